"""What a case rests on is said in words that a steward understands, and nobody is shown in full."""

import pytest

from identity.admin.review import conflict, evidence, picture, rows
from identity.models import IdentifierKind, ReviewCase
from identity.queries import comparison
from members.models import Account, Channel, Membership, Organization, Programme
from members.queries import scopes
from tests.identity import cases, company
from tests.members import clubs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]
PHONE = "13900139555"


def unionid(value):
    return {"kind": "unionid", "namespace": "wechat", "value": value}


def told(case, reach=scopes.EVERYTHING):
    return evidence.told(case=case, found=comparison.of(case=case, reach=reach))


def two(**more):
    """Two accounts of one name behind one phone, each sending what else is given for it."""
    for external_id, channel, sent in (
        ("left-0001", "app", more.get("left")),
        ("right-0001", "mall", more.get("right")),
    ):
        record = company.account(external_id, channel=channel, phone=PHONE, profile={"name": "王小明"})
        record["identifiers"] += sent or []
        company.accept(record)
    return ReviewCase.objects.get(sort="refused")


def test_too_many_values_name_the_kind_the_limit_and_both_sides_masked():
    case = two(left=[unionid("oU-left-000000001")], right=[unionid("oU-right-00000002")])
    first, left, right = told(case)
    assert first.startswith("A person has at most 1 WeChat unionid in one application")
    assert (left, right) == ("Left: oU****01", "Right: oU****02")


def test_a_channel_of_one_account_a_person_is_named_with_both_accounts():
    Channel.objects.filter(code="app").update(one_account_a_person=True)
    for external_id in ("account-aaaa", "account-bbbb"):
        company.accept(company.account(external_id, phone=PHONE, profile={"name": "王小明"}))
    [said] = told(ReviewCase.objects.get(sort="refused"))
    assert said == "Both have an account at app, where a person has one: ac****aa and ac****bb."


def test_names_that_differ_need_no_more_words():
    assert told(cases.refused()) == []


def test_a_crowd_says_how_many_carry_it_and_where_the_limits_lie():
    for number in range(4):
        sent = {
            "identifiers": [
                {"kind": "device", "value": "TABLET-0001"},
                {"kind": "phone", "value": next(cases.PHONES)},
            ]
        }
        cases.person(f"t{number}", sent=sent)
    who, limits = told(ReviewCase.objects.get(sort="shared"))
    assert who == "4 accounts carry it, of 4 people."
    assert limits.startswith(
        "Limits of the kind “device”: 12 accounts; 2 people; different among its carriers: WeChat unionid 2,"
    )


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "the channel stated it"),
        ({"act": "bind"}, "the customer did it: bound"),
    ],
)
def test_how_an_account_came_by_what_both_carry(sent, said):
    phone = {"kind": "phone", "value": PHONE, **sent}
    for number, (name, born) in enumerate((("王小明", "1984-05-06"), ("李冬梅", "1961-02-03"))):
        profile = {"name": name, "birth_date": born}
        company.accept(company.account(f"account-{number}", profile=profile) | {"identifiers": [phone]})
    case = ReviewCase.objects.get(sort="refused")
    [common] = comparison.of(case=case, reach=scopes.EVERYTHING).common
    assert [evidence.how(binding) for binding in common.bindings] == [said, said]


def conflicting() -> ReviewCase:
    ladder = (("silver", 0), ("gold", 1000), ("black", 2000))
    club = clubs.club(
        organization=Organization.objects.get(code="b1"),
        ladder=ladder,
        tier_policy="ask",
        points_policy="ask",
    )
    clubs.ruled(club, ladder=ladder)
    for external_id, channel, tier, points, growth in (
        ("k1", "app", "gold", "500", "1200"),
        ("k2", "pos", "silver", "1000", "900"),
    ):
        stated = {
            "organization": "b1",
            "number": external_id,
            "tier": tier,
            "points": points,
            "growth": growth,
        }
        company.accept(company.account(external_id, channel=channel, phone=PHONE, membership=stated))
    return ReviewCase.objects.get(sort="conflict")


def test_a_conflict_says_what_each_answer_gives():
    case = conflicting()
    shown = conflict.shown(case=case, found=comparison.of(case=case, reach=scopes.EVERYTHING))
    assert shown["programme"] == "Club"
    assert [(row["channel"], row["tier"], row["points"]) for row in shown["stated"]] == [
        ("app", "Gold", "500"),
        ("pos", "Silver", "1,000"),
    ]
    assert [(value, gives) for value, _label, gives in shown["tiers"]] == [
        ("highest", "Gold"),
        ("growth", "Black"),
    ]
    assert [(value, gives) for value, _label, gives in shown["sums"]] == [
        ("add", "1,500"),
        ("highest", "1,000"),
    ]


def test_where_the_ledger_rules_an_answer_goes_by_its_growth():
    case = conflicting()
    club = Programme.objects.get()
    book = clubs.growth(organization=club.organization)
    clubs.ruled(club, book=book, starts_at=clubs.at("2024-06-01"))
    clubs.earn(Account.objects.get(external_id="k2"), 600, "2024-06-02")
    shown = conflict.shown(case=case, found=comparison.of(case=case, reach=scopes.EVERYTHING))
    assert [gives for _value, _label, gives in shown["tiers"]] == ["Gold", "Silver"]


def test_what_another_organization_states_is_not_shown_nor_to_be_computed():
    case = conflicting()
    elsewhere = Membership.objects.filter(account__external_id="k2")
    elsewhere.exclude(pk=elsewhere.first().pk).delete()
    elsewhere.update(organization=Organization.objects.get(code="s4"))
    reach = scopes.of_node(Organization.objects.get(code="b1"))
    shown = conflict.shown(case=case, found=comparison.of(case=case, reach=reach))
    assert [row.get("points") for row in shown["stated"]] == ["500", None]
    assert "tiers" not in shown


def test_a_kind_that_is_gone_from_the_table_says_nothing():
    case = two(left=[unionid("oU-left-000000001")], right=[unionid("oU-right-00000002")])
    case.evidence["detail"] = "fax"
    assert not IdentifierKind.objects.filter(pk="fax").exists()
    assert told(case) == []


def test_a_contact_named_on_an_order_stands_there_too():
    left = cases.person("left-0009")
    contact = {"kind": "phone", "value": "13900139888", "role": "contact"}
    company.accept(company.order("o-9", "left-0009", identifiers=[contact]))
    case = cases.candidate(left=left)
    lines = {str(line.label): line for line in rows.lines(comparison.of(case=case, reach=scopes.EVERYTHING))}
    assert [cell.text for cell in lines["Contact on orders"].left] == ["139****9888"]
    assert lines["Contact on orders"].mark == "one"


def test_the_telephone_that_was_compared_is_named_masked_where_it_may_stand_on_orders_alone():
    same = {
        "field": "phone",
        "left": "+8613800138001",
        "right": "+8613800138001",
        "level": "exact",
        "weight": 9.0,
    }
    other = {
        "field": "phone",
        "left": "+8613800138001",
        "right": "+8613900139002",
        "level": "else",
        "weight": -3.0,
    }
    name = {"field": "name", "left": "王小明", "right": "王小明", "level": "exact", "weight": 7.9}
    drawn = picture.drawn({"prior": -9.6, "model": "people 0", "fields": [same, other, name]})
    said = {(step["field"], step["level"]): step["value"] for step in drawn["steps"]}
    assert said["phone", "the same"] == "138****8001"
    assert said["phone", "different"] == "138****8001 / 139****9002"
    assert said["name", "the same"] == ""
    assert drawn["model"] == "default figures"
