"""The identity graph of one person: accounts, what they carry, and what was said of them."""

import datetime as dt
import itertools
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connection

from identity.models import Identifier, Verdict
from members import masking
from members.models import Account

BUSINESS, OBSERVED, MODEL = "business", "observed", "model"

# Derived hashed forms are drawn only where they join accounts: alone they say what the plain value says already.
CARRIED = """
SELECT b.account_id, b.identifier_id, bool_or(b.act <> ''), bool_and(b.role = 'contact'),
       min(b.first_at), max(b.last_at)
FROM identity_carried b
WHERE b.account_id = ANY(%(accounts)s) AND b.role <> 'receiver' AND (
    b.source_id IS NULL OR EXISTS (
        SELECT FROM identity_carried o WHERE o.identifier_id = b.identifier_id
        AND o.account_id = ANY(%(accounts)s) AND o.account_id <> b.account_id))
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Edge:
    """An account carries an identifier. ``by``: business (an act of the customer) or observed by the channel;
    ``contact``: only named on orders."""

    account: int
    identifier: int
    by: str
    contact: bool
    first_at: dt.datetime
    last_at: dt.datetime


@dataclass(frozen=True)
class Said:
    """Two accounts that a verdict calls one person: a steward's word is business, an accepted score model."""

    left: int
    right: int
    by: str
    verdict: Verdict


@dataclass(frozen=True)
class Graph:
    accounts: list[Account]
    identifiers: dict[int, Identifier]
    edges: list[Edge]
    said: list[Said] = field(default_factory=list)

    def carriers(self, identifier: int) -> list[int]:
        return [edge.account for edge in self.edges if edge.identifier == identifier]


def of(*, accounts: Collection[Account]) -> Graph:
    """The graph of these accounts, which belong to one person: three queries, however many."""
    accounts = list(accounts)
    ids = [account.pk for account in accounts]
    with connection.cursor() as cursor:
        cursor.execute(CARRIED, {"accounts": ids})
        edges = [
            Edge(account, identifier, BUSINESS if act else OBSERVED, contact, first_at, last_at)
            for account, identifier, act, contact, first_at, last_at in cursor.fetchall()
        ]
    identifiers = Identifier.objects.select_related("kind").in_bulk({edge.identifier for edge in edges})
    for identifier in identifiers.values():
        identifier.masked = masking.contact(kind=identifier.kind_id, value=identifier.value)
    return Graph(accounts, identifiers, edges, list(_said(set(ids))))


def _said(ids: set[int]):
    among = Verdict.objects.filter(kind=Verdict.Kind.SAME, withdrawn_at=None)
    verdicts = among.filter(left__overlap=list(ids)) | among.filter(right__overlap=list(ids))
    for verdict in verdicts.order_by("decided_at", "id"):
        here = sorted((set(verdict.left) | set(verdict.right)) & ids)
        for left, right in itertools.pairwise(here):
            yield Said(left, right, MODEL if verdict.model else BUSINESS, verdict)
