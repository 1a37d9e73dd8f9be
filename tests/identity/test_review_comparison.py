"""Both people of a case side by side."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity.admin.review import rows
from identity.models import Identifier
from identity.queries import comparison
from members.queries import scopes
from members.queries.scopes import EVERYTHING
from tests.identity import cases, company

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]


def seen(case, reach=EVERYTHING):
    return comparison.of(case=case, reach=reach)


def lines(case, reach=EVERYTHING):
    return {str(line.label): line for line in rows.lines(seen(case, reach))}


@pytest.mark.parametrize(
    ("field", "left", "right", "mark"),
    [
        ("name", ["王小明"], ["王小明"], "same"),
        ("name", ["王小明"], ["王晓明"], "near"),
        ("name", ["王**"], ["王晓明"], "near"),
        ("name", ["王小明"], ["李冬梅"], "differs"),
        ("phone", ["+861", "+862"], ["+862"], "same"),
        ("phone", ["+861"], ["+862"], "differs"),
        ("gender", ["male"], [], "one"),
        ("gender", [], [""], "none"),
    ],
)
def test_differences_are_marked(field, left, right, mark):
    assert comparison.difference(field=field, left=left, right=right) == mark
    assert comparison.difference(field=field, left=right, right=left) == mark


def test_what_each_side_says_is_shown_masked_and_marked():
    case = cases.candidate()
    found = lines(case)
    phones = list(Identifier.objects.filter(kind="phone").values_list("value", flat=True))

    assert [(found[label].mark) for label in ("Name", "Birthday", "Telephone", "Address")] == [
        "same", "one", "differs", "same",
    ]  # fmt: skip
    assert found["Name"].left[0].text == "王**"
    assert found["Birthday"].right[0].text == "1984-**-**"
    shown = " ".join(cell.text for line in found.values() for cell in (*line.left, *line.right))
    assert "王小明" not in shown
    assert not any(value.removeprefix("+86") in shown for value in phones)


def test_orders_amounts_tiers_and_consents_stand_on_their_side():
    membership = {"organization": "b1", "number": "M1", "tier": "gold", "points": "1200"}
    consent = {"purpose": "marketing", "channel": "sms", "granted": True, "at": company.day(0)}
    left = cases.person("l", sent={"membership": membership, "consents": [consent]})
    case = cases.candidate(left=left)
    (right,) = seen(case).right.accounts
    company.accept(
        company.order("o1", "l", amount="100.50"),
        company.order("o2", "l", amount="20.00"),
        company.order("o3", "l", amount="999.00", status="cancelled"),
        company.order("o4", right.external_id, channel="tmall", amount="7.00"),
    )
    found = seen(case)

    assert (found.left.orders, found.left.amounts) == (2, {"CNY": Decimal("120.50")})
    assert (found.right.orders, found.right.amounts) == (1, {"CNY": Decimal("7.00")})
    assert [(row.tier, row.points) for row in found.left.memberships] == [("gold", 1200)]
    assert [(row.purpose, row.granted) for row in found.left.consents] == [("marketing", True)]
    whole = comparison.merged(comparison=found)
    assert (whole.orders, whole.amounts) == (3, {"CNY": Decimal("127.50")})
    assert len(whole.accounts) == 2


def test_the_merged_person_goes_by_the_oneid_that_a_merge_then_gives():
    from identity.actions import reviewing
    from members.models import Account
    from tests import factories

    case = cases.candidate()
    expected = comparison.merged(comparison=seen(case)).oneid
    reviewing.decide(case=case, decision="merge", by=factories.staff(superuser=True), now=company.NOW)
    assert Account.objects.get(pk=case.left[0]).member == expected


def test_who_else_carries_what_both_carry():
    case = cases.refused(phone="13900139666")
    cases.unnamed(phone="13900139666")
    case.refresh_from_db()
    (common,) = seen(case).common

    assert common.identifier == case.identifier
    assert common.others == len(common.examples) == 1


def test_accounts_of_other_organizations_are_counted_and_not_shown(nodes):
    case = cases.candidate(left=cases.person("p", channel="pos"), right=cases.person("m", channel="mall"))
    found = seen(case, scopes.of_node(nodes["s1"]))

    assert [account.external_id for account in found.left.accounts] == ["p"]
    assert (found.right.accounts, found.right.hidden) == ([], 1)
    assert found.right.traits["name"] == []


def test_as_many_queries_for_many_accounts_as_for_two():
    small = cases.candidate()
    joined = [cases.person(f"a{number}", phone="13900139111") for number in range(6)]
    large = cases.candidate(left=joined[0])

    def count(case):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rows.lines(seen(case))
        return len(queries)

    assert len(seen(large).left.accounts) == 6
    assert count(large) == count(small)
