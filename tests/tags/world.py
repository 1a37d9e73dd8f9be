"""A small world for tests of tags: a tree of organizations, two channels, and people with facts."""

import datetime as dt
from dataclasses import dataclass

from members.models import Channel, Member, MemberProfile, Organization
from tags.actions import giving
from tags.conditions import compile, parse
from tags.conditions.setting import Setting
from tags.models import Tag
from tags.queries import catalogue, selection
from tests import factories

NOW = factories.NOW


@dataclass(frozen=True)
class World:
    nodes: dict[str, Organization]
    app: Channel
    tmall: Channel

    @property
    def group(self) -> Organization:
        return self.nodes["g"]


def build() -> World:
    nodes = factories.tree()
    return World(
        nodes=nodes,
        app=factories.channel(organization=nodes["g"], code="app"),
        tmall=factories.channel(
            organization=nodes["b1"], code="tmall", kind="tmall", source_class="ecommerce", first_party=False
        ),
    )


def person(
    world: World, *, channel: Channel | None = None, at: dt.datetime | None = None, **profile
) -> Member:
    """A member with one account (``member.account``) and, where anything is said of him, a profile."""
    organization = profile.pop("organization", None)
    chosen = channel or world.app
    account = factories.account(
        channel=chosen, at=at or days_ago(3_000), organization=organization or chosen.organization
    )
    if profile:
        MemberProfile.objects.create(member=account.member, **profile)
    account.member.account = account
    return account.member


def give(tag: Tag, member: Member, value: str, *, until: dt.datetime | None = None) -> None:
    """By hand, as staff does."""
    giving.give(
        tag=tag, members=[member.pk], values=[value], by=factories.staff(superuser=True), reason="he asked",
        now=NOW, expires_at=until,
    )  # fmt: skip


def days_ago(days: float) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def chosen(
    world: World,
    document: object,
    *,
    node: str = "g",
    as_of: dt.datetime = NOW,
    members: list[int] | None = None,
) -> set[int]:
    """The ids of the members that a condition chooses; refuses one that comes twice."""
    names = catalogue.at(node=world.nodes[node])
    condition = parse.condition(document, catalogue=names)
    rows = selection.ids(
        compile.members(condition, Setting(names, as_of, None if members is None else tuple(members)))
    )
    assert len(rows) == len(set(rows))
    return set(rows)
