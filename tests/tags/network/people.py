"""Customers who bring each other, as events tell it."""

from tags.conditions.setting import Setting
from tags.models_of.learning import Scored
from tags.models_of.network import standing
from tags.queries import catalogue, columns
from tests import factories
from tests.tags import world


def planted(town: world.World, parents: list[int], *, bought: float = 0) -> list:
    """Members of a tree of ``trees``: parents stand before their children, who came a minute later each."""
    people = [world.person(town) for _each in parents]
    for place, (person, parent) in enumerate(zip(people, parents, strict=True)):
        if parent >= 0:
            refer(people[parent], person, days=100 - place / 1440)
        if bought:
            factories.order(account=person.account, amount=str(bought), at=world.days_ago(5))
    return people


def refer(inviter, invitee, *, days: float = 50, **properties):
    """Told of the inviter."""
    other = {"channel": invitee.account.channel.code, "external_id": invitee.account.external_id}
    at = world.days_ago(days)
    return factories.event(account=inviter.account, name="referral", at=at, invitee=other, **properties)


def brought_by(person, *, days: float = 50, **inviter):
    """Told of who was brought: by a guide, a group chat, a live stream, or another customer."""
    return factories.event(account=person.account, name="referral", at=world.days_ago(days), inviter=inviter)


def scored(
    module, town: world.World, parameters: dict | None = None, *, node: str = "g", as_of=world.NOW
) -> dict:
    """Member → code or number, as a run asks the model."""
    model = module.parse(parameters or {})
    query = model.asks(Setting(catalogue.at(node=town.nodes[node]), as_of))
    found: Scored = model.scored(columns.columns(query, standing.COLUMNS), {})
    members = [int(member) for member in found.members]
    assert len(members) == len(set(members))
    return dict(zip(members, [*found.values], strict=True))
