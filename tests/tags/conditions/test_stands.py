"""The tiers of everybody at once are those that the standings say of each, however many facts somebody has."""

from random import Random

import pytest

from members.models import Membership, OpeningRule
from members.queries import standings
from tags.conditions.setting import Setting
from tags.conditions.sources_of_value import Stands
from tags.queries import catalogue, selection
from tests import factories
from tests.members import clubs
from tests.tags import world
from tests.tags.world import NOW, days_ago

pytestmark = pytest.mark.django_db
PEOPLE = 70


@pytest.fixture(params=["as channels state", "ruled", "ruled, statements taken over"])
def club(town, request):
    made = clubs.club(organization=town.group)
    if request.param != "as channels state":
        clubs.ruled(made, book=clubs.growth(organization=town.group), months=12)
    if request.param == "ruled, statements taken over":
        OpeningRule.objects.create(programme=made, channel=town.app, tiers=True)
    return made


def _stated(draw, account, nodes):
    """What its channel says, perhaps in two memberships, perhaps a tier that the programme does not know."""
    for node in draw.sample(nodes, draw.choice((0, 1, 1, 2))):
        tier = draw.choice(("", "", "silver", "gold", "black", "unheard-of"))
        at = days_ago(draw.randrange(1, 700))
        said = {"tier": tier, "stated_at": at, "tier_at": at if tier or draw.random() < 0.5 else None}
        Membership.objects.update_or_create(
            account=account, organization=node, defaults={"known_at": at} | said
        )


def _granted(draw, club, accounts, stranger):
    for _grant in range(draw.choice((0, 0, 1, 1, 2, 3))):
        basis = draw.sample(accounts, draw.randrange(1, len(accounts) + 1))
        basis += [stranger] if draw.random() < 0.1 else []
        begun = days_ago(draw.randrange(-20, 700))  # some to come
        until = max(begun, days_ago(draw.randrange(-400, 20))) if draw.random() < 0.7 else None
        tier = draw.choice(("silver", "gold", "black", "none"))
        clubs.fact(club, *basis, tier=tier, day=f"{begun:%F %T}", until=until and f"{until:%F %T}")


@pytest.mark.parametrize("seed", [1, 2])
def test_everybody_at_once_stands_where_each_does(town, club, seed):
    draw, nodes = Random(seed), [town.group, town.nodes["b1"]]
    people = [world.person(town) for _person in range(PEOPLE)]
    stranger = world.person(town).account
    for member in people:
        more = [
            factories.account(channel=town.tmall, member=member) for _more in range(draw.choice((0, 0, 1, 2)))
        ]
        for account in (member.account, *more):
            _stated(draw, account, nodes)
        _granted(draw, club, [member.account, *more], stranger)

    for chosen in (None, tuple(member.pk for member in people[:20])):
        rows = selection.rows(Stands(club.pk).rows(Setting(catalogue.at(node=town.group), NOW, chosen)))
        found = {member: tuple(rest) for member, *rest in rows if rest[0]}
        asked = chosen or [member.pk for member in (*people, stranger.member)]
        told = {
            each.member: (each.tier, each.tier_rank, each.since, each.until)
            for each in standings.of(members=asked, at=NOW)
            if each.tier
        }
        assert found == told
        assert len(rows) == len({row[0] for row in rows})
        assert len(set(told.values())) > 5
