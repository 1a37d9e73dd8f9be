"""The network of customers, read whole: for reports and a member's page."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from django.db import connection, transaction

from members.models import Organization
from tags.conditions import moments
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import referrals
from tags.models_of.network import sharing, standing
from tags.models_of.network.sharing import Graph
from tags.models_of.network.standing import Network
from tags.queries import catalogue, columns, planning

EVERYTHING = (standing.WORTH, standing.OPENED, standing.SHARED, standing.RECRUITED, standing.IN_ROLE)

# Arrows of the share graph, and those of referrals that were told later than another, too.
ARROWS = "SELECT other AS source, member_id AS target FROM ({facts}) f WHERE kind IN ({brought}, {opened}) AND other > 0"


@dataclass(frozen=True)
class Role:
    """By what profession somebody brings, and who he is to the house; ``name`` is empty of a customer."""

    role: str
    name: str


@dataclass(frozen=True)
class Read:
    """``roles`` by node: everybody who is no customer, and customers who bring by profession."""

    network: Network
    roles: dict[int, Role] = field(default_factory=dict)

    def role(self, node: int) -> str:
        return self.roles[node].role if node in self.roles else "member"


def at(*, node: Organization, as_of: dt.datetime, kinds: Collection[int] = EVERYTHING) -> Read:
    """Who brought whom, as the node may know it; and of each what these ``kinds`` of rows tell."""
    setting = _setting(node, as_of)
    facts = referrals.facts(setting, *kinds)
    return Read(standing.read(columns.columns(facts, standing.COLUMNS)), _roles(setting))


def shared(*, node: Organization, as_of: dt.datetime) -> tuple[np.ndarray, Graph]:
    """(ids of members; the graph of who brought whom or opened whose shared page): customers only."""
    facts = referrals.facts(_setting(node, as_of), standing.OPENED)
    query = build(ARROWS, facts=facts, brought=standing.BROUGHT, opened=standing.OPENED)
    found = columns.columns(query, ("source", "target"))
    return sharing.of(source=found["source"], target=found["target"])


def _setting(node: Organization, as_of: dt.datetime) -> Setting:
    return Setting(catalogue.at(node=node), moments.moment(as_of))


def _roles(setting: Setting) -> dict[int, Role]:
    return {number: Role(role, name) for number, role, name in _rows(referrals.named(setting))}


def _rows(query: Sql) -> list[tuple]:
    with transaction.atomic(), connection.cursor() as cursor:
        planning.plain()
        cursor.execute(query.text, query.params)
        return cursor.fetchall()
