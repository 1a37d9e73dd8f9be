import datetime as dt

import pytest

from members.models import Membership
from members.queries import memberships
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


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
