import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import sets
from members.actions import memberships as actions
from members.models import Account, Membership
from members.queries import memberships
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PARTS = ("number", "tier", "points", "growth")


def join(*, account, organization, at, **fields):
    return Membership.objects.create(
        account=account, organization=organization, known_at=at, joined_at=at, join_source=organization,
        stated_at=at, **fields,
    )  # fmt: skip


def test_joining_two_brands_gives_two_brand_memberships_and_one_group_membership():
    tree = factories.tree()
    channel = factories.channel(organization=tree["g"])
    first = factories.account(channel=channel)
    second = factories.account(channel=channel, member=first.member)
    join(account=first, organization=tree["b1"], at=factories.NOW, number="B1-7", tier="gold")
    join(account=second, organization=tree["b2"], at=factories.NOW + DAY, number="B2-9", tier="silver")

    levels = {level.organization: level for level in memberships.joined(member=first.member)}

    assert {code: level.kind for code, level in levels.items()} == {
        "g": "group",
        "b1": "brand",
        "b2": "brand",
    }
    assert (levels["b1"].number, levels["b1"].tier) == ("B1-7", "gold")
    assert (levels["b2"].number, levels["b2"].joined_at) == ("B2-9", factories.NOW + DAY)
    assert (levels["g"].joined_at, levels["g"].join_source) == (factories.NOW, "b1")


def test_joining_by_a_store_names_the_store_as_source_at_every_level():
    tree = factories.tree()
    account = factories.account(channel=factories.channel(organization=tree["b1"]))
    join(account=account, organization=tree["s1"], at=factories.NOW)
    levels = memberships.joined(member=account.member)
    assert [(level.organization, level.join_source) for level in levels] == [
        ("g", "s1"), ("b1", "s1"), ("d1", "s1"), ("s1", "s1"),
    ]  # fmt: skip


def test_a_number_belongs_to_the_node_that_gave_it():
    tree = factories.tree()
    account = factories.account(channel=factories.channel(organization=tree["b1"]))
    join(account=account, organization=tree["s1"], at=factories.NOW, number="S-1")
    numbers = {level.organization: level.number for level in memberships.levels(member=account.member)}
    assert numbers == {"g": "", "b1": "", "d1": "", "s1": "S-1"}


def test_the_number_that_was_given_first_stays_the_members_number():
    tree = factories.tree()
    channel = factories.channel(organization=tree["b1"])
    first, second, third = (factories.account(channel=channel) for _ in range(3))
    Account.objects.update(member=first.member)
    actions.state(
        statements=[
            statement(first, tree["b1"], 2, joined=2, number="B1-2"),
            statement(second, tree["b1"], 1, joined=1, number="B1-1"),
            statement(third, tree["b1"], 0, joined=0),
        ]
    )
    [level] = [each for each in memberships.levels(member=first.member) if each.organization == "b1"]
    assert level.number == memberships.number(member=first.member, node=tree["b1"]) == "B1-1"
    assert level.joined_at == factories.NOW
    assert memberships.number(member=first.member, node=tree["s1"]) == ""


def test_the_tier_is_the_one_stated_last_by_whoever_states_any():
    tree = factories.tree()
    channel = factories.channel(organization=tree["b1"])
    first, second = factories.account(channel=channel), factories.account(channel=channel)
    Account.objects.update(member=first.member)
    said = [
        statement(first, tree["b1"], 1, tier="silver"),
        statement(second, tree["b1"], 2, tier="gold"),
        statement(first, tree["b1"], 3, points=Decimal(5)),
    ]
    actions.state(statements=said)
    assert {each.organization: each.tier for each in memberships.levels(member=first.member)} == {
        "g": "",
        "b1": "gold",
    }


def statement(account, organization, day, *, joined=None, number="", tier="", points=None, growth=None):
    at = factories.NOW + day * DAY
    known = at if joined is None else min(at, factories.NOW + joined * DAY)
    joining = (factories.NOW + joined * DAY, organization.pk) if joined is not None else (None, None)
    return (organization.pk, account.pk, known, *joining, at, number, tier, points, growth)


amounts = st.none() | st.decimals(-5, 5, places=1)
statements = st.fixed_dictionaries({
    "day": st.integers(0, 4),
    "joined": st.none() | st.integers(0, 4),
    "number": st.sampled_from(["", "a", "B", "ä"]),
    "tier": st.sampled_from(["", "gold", "Silver", "银"]),
    "points": amounts,
    "growth": amounts,
})  # fmt: skip


def latest(said, part):
    """Of what is said of it, the latest; at one time the greatest."""
    found = [(each["day"], each[part]) for each in said if each[part] not in (None, "")]
    return max(found)[1] if found else ("" if part in ("number", "tier") else None)


@pytest.fixture
def told(db):
    tree = factories.tree()
    account = factories.account(channel=factories.channel(organization=tree["b1"]))
    return lambda said: actions.state(statements=[statement(account, tree["b1"], **each) for each in said])


@given(st.lists(statements, min_size=1, max_size=5), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_part_is_of_its_latest_statement_in_whatever_order_and_batches(told, said, data):
    Membership.objects.all().delete()
    left = data.draw(st.permutations(said))
    while left:
        size = data.draw(st.integers(1, len(left)))
        told(left[:size])
        left = left[size:]
    row = Membership.objects.get()
    assert {part: getattr(row, part) for part in PARTS} == {part: latest(said, part) for part in PARTS}
    assert row.stated_at == factories.NOW + max(each["day"] for each in said) * DAY
    joined = [each["joined"] for each in said if each["joined"] is not None]
    assert row.joined_at == (factories.NOW + min(joined) * DAY if joined else None)
    before = Membership.objects.values().get()
    told(said)
    assert Membership.objects.values().get() == before


def test_what_was_told_before_is_not_written_again(told):
    told([{"day": 1, "joined": 0, "number": "M-1", "tier": "gold", "points": Decimal(5)}])
    written = "SELECT ctid FROM members_membership"
    before = sets.run(written, [], 0)
    told([{"day": 1, "joined": 0, "number": "M-1", "tier": "gold", "points": Decimal(5)}])
    told([{"day": 0, "tier": "silver", "points": Decimal(5), "growth": None}])
    assert sets.run(written, [], 0) == before
