"""A steward's word: it counts as long as it stands, and leaves no trace when it is withdrawn."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from identity.actions import oneid, verdicts
from identity.models import Identifier, ReviewCase
from identity.queries import lineage, links
from members.models import Account, Member
from tests.identity import oneids
from tests.identity.oneids import DAY, NOW, account, people, resolve

pytestmark = pytest.mark.django_db
PHONE = "phone:+8613800138000"


@pytest.fixture
def steward():
    return User.objects.create_user("steward")


def nothing_to_rebuild() -> bool:
    return not oneid.rebuild(now=NOW, dry_run=True)


def test_not_same_undoes_a_merge_and_survives_recomputation(mall, steward):
    a, b = account(mall, "a", PHONE), account(mall, "b", PHONE, at=NOW + DAY)
    resolve(a, b)
    verdict = verdicts.not_same(left=[a.pk], right=[b.pk], by=steward, now=NOW)
    assert people() == [["a"], ["b"]]
    assert [each.member_id for each in Account.objects.order_by("id")] == [a.minted_id, b.minted_id]
    resolve(a, b)
    assert people() == [["a"], ["b"]]
    assert not ReviewCase.objects.exists()
    assert verdicts.withdraw(verdict=verdict, by=steward, now=NOW) == {a.minted_id, b.minted_id}
    assert people() == [["a", "b"]]
    assert verdicts.withdraw(verdict=verdict, by=steward, now=NOW) == set()
    assert nothing_to_rebuild()


def test_same_joins_what_nothing_else_joins(mall, steward):
    a, b = account(mall, "a"), account(mall, "b")
    verdict = verdicts.same(left=[a.pk], right=[b.pk], by=steward, now=NOW)
    assert people() == [["a", "b"]]
    assert nothing_to_rebuild()
    verdicts.withdraw(verdict=verdict, by=steward, now=NOW)
    assert people() == [["a"], ["b"]]


def test_an_older_verdict_that_contradicts_is_a_case_and_counts_again(mall, steward):
    a, b = account(mall, "a"), account(mall, "b")
    verdicts.same(left=[a.pk], right=[b.pk], by=steward, now=NOW)
    newer = verdicts.not_same(left=[a.pk], right=[b.pk], by=steward, now=NOW + DAY, set_aside=True)
    assert people() == [["a"], ["b"]]
    case = ReviewCase.objects.get()
    assert (case.sort, case.state) == ("contradiction", "open")
    verdicts.withdraw(verdict=newer, by=steward, now=NOW + DAY)
    case.refresh_from_db()
    assert (people(), case.state) == ([["a", "b"]], "obsolete")


def test_a_shared_identifier_parts_its_carriers_until_withdrawn(mall, steward):
    a, b = account(mall, "a", PHONE), account(mall, "b", PHONE)
    resolve(a, b)
    phone = Identifier.objects.get()
    verdict = verdicts.shared(identifier=phone, by=steward, now=NOW)
    phone.refresh_from_db()
    assert (people(), phone.shared) == ([["a"], ["b"]], "verdict")
    resolve(a, b)
    assert people() == [["a"], ["b"]]
    assert nothing_to_rebuild()
    verdicts.withdraw(verdict=verdict, by=steward, now=NOW)
    phone.refresh_from_db()
    assert (people(), phone.shared) == ([["a", "b"]], "")


def test_an_identifier_said_not_to_be_shared_links_beyond_its_limits(mall, steward):
    everyone = [account(mall, f"a{n:02}", PHONE) for n in range(15)]
    resolve(*everyone)
    assert len(people()) == 15
    verdict = verdicts.not_shared(identifier=Identifier.objects.get(), by=steward, now=NOW)
    assert len(people()) == 1
    resolve(account(mall, "z", PHONE))
    assert len(people()) == 1
    assert nothing_to_rebuild()
    verdicts.withdraw(verdict=verdict, by=steward, now=NOW)
    assert len(people()) == 16


@pytest.mark.parametrize("sides", [([], [1]), ([1], []), ([1], [1]), ([1], [999])])
def test_impossible_verdicts_are_refused(mall, steward, sides):
    known = account(mall, "a").pk
    left, right = ([known if each == 1 else each for each in side] for side in sides)
    with pytest.raises(verdicts.Impossible):
        verdicts.same(left=left, right=right, by=steward, now=NOW)


def test_a_model_never_overrides_a_stewards_not_same(mall, steward):
    a, b = account(mall, "a"), account(mall, "b")
    verdicts.not_same(left=[a.pk], right=[b.pk], by=steward, now=NOW)
    verdicts.same(left=[a.pk], right=[b.pk], by=steward, now=NOW + DAY, model="splink 1")
    assert people() == [["a"], ["b"]]


@pytest.mark.requirement("IDN-059")
def test_why_linked_returns_the_chain_of_shared_identifiers(mall):
    a = account(mall, "a", PHONE, "device:d1", at=NOW)
    b = account(mall, "b", "email:b@x.com", "device:d1", at=NOW + DAY)
    c = account(mall, "c", "email:b@x.com", "openid@app:o1", at=NOW + DAY * 2)
    resolve(a, b, c)
    reasons = links.why_linked(member=a.minted)
    assert [
        (
            reason.account.external_id,
            [(link.left.external_id, link.identifier.value, link.by) for link in reason.chain],
        )
        for reason in reasons
    ] == [
        ("a", []),
        ("b", [("a", "d1", "observed")]),
        ("c", [("a", "d1", "observed"), ("b", "b@x.com", "observed")]),
    ]
    assert [link.identifier.value for link in links.between(left=c, right=a)] == ["b@x.com", "d1"]
    assert links.between(left=a, right=account(mall, "stranger")) is None
    assert links.why_linked(member=b.minted) == []


def test_why_linked_names_verdicts(mall, steward):
    a, b = account(mall, "a"), account(mall, "b")
    verdict = verdicts.same(left=[a.pk], right=[b.pk], by=steward, now=NOW)
    (link,) = links.between(left=a, right=b)
    assert (link.verdict, link.identifier, link.by) == (verdict, None, "business")


@pytest.mark.requirement("IDN-067")
def test_the_person_shows_all_linked_identifiers_closest_first(mall):
    a = account(mall, "a", PHONE, "device:d1", at=NOW)
    b = account(mall, "b", "email:b@x.com", "device:d1", at=NOW + DAY)
    c = account(mall, "c", "email:b@x.com", "openid@app:o1", at=NOW + DAY * 2)
    resolve(a, b, c)
    shown = [(row.kind_id, row.accounts) for row in links.identifiers(member=a.minted)]
    assert shown == [("phone", 1), ("email", 2), ("openid", 1), ("device", 2)]


def test_a_retired_oneid_leads_to_the_person_for_ever(mall, steward):
    a, b = account(mall, "a", PHONE, at=NOW), account(mall, "b", PHONE, at=NOW + DAY)
    old = b.minted.oneid
    assert lineage.current(oneid=old) == b.minted
    resolve(a, b)
    assert lineage.current(oneid=old) == a.minted
    verdicts.not_same(left=[a.pk], right=[b.pk], by=steward, now=NOW)
    assert lineage.current(oneid=old) == b.minted
    assert lineage.current(oneid="0000000000000") is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("alone_on_the_server")
def test_lineage_is_a_feed_with_a_cursor():
    mall = oneids.house(mall={})["mall"]
    a, b = account(mall, "a", PHONE, at=NOW), account(mall, "b", PHONE, at=NOW + DAY)
    resolve(a, b)
    (first,) = lineage.since()
    assert (first.account, first.from_member, first.to_member) == (b, b.minted, a.minted)
    resolve(account(mall, "c", PHONE, at=NOW + DAY))
    (second,) = lineage.since(tx=first.tx, id=first.pk)
    assert second.account.external_id == "c"
    assert not lineage.since(tx=second.tx, id=second.pk).exists()


def test_rebuild_command_checks_and_corrects(mall, capsys):
    a, b = account(mall, "a", PHONE, at=NOW), account(mall, "b", PHONE, at=NOW + DAY)
    with pytest.raises(CommandError, match="differ from the facts"):
        call_command("rebuild_oneid", check=True)
    call_command("rebuild_oneid", dry_run=True)
    assert people() == [["a"], ["b"]]
    call_command("rebuild_oneid")
    assert people() == [["a", "b"]]
    assert "1 accounts moved between 2 OneIDs" in capsys.readouterr().out
    call_command("rebuild_oneid", check=True)
    assert Member.objects.active().get() == a.minted
    assert b.minted_id != a.minted_id
