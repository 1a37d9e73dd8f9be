"""Actions of customers as the log and the reviews have them: those that rules of plans speak of."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection
from django.utils import timezone
from msgspec import Struct

from members import sets
from members.lifecycle.house import REVIEWED
from members.models import Organization
from members.rules.acts import DAY, ONCE

FIRST, LAST = dt.datetime(1, 1, 2, tzinfo=dt.UTC), dt.datetime(9999, 12, 30, tzinfo=dt.UTC)

# Reviews are asked themselves: one may find its account later than its event.
ACTED = """
SELECT acted.account_id, a.member_id, acted.name, acted.occurred_at, acted.channel_id, c.code, node.path, acted.id,
       acted.number
FROM ({acted}) acted JOIN members_account a ON a.id = acted.account_id AND a.emptied_at IS NULL
JOIN members_channel c ON c.id = acted.channel_id
JOIN members_organization node ON node.id = coalesce(acted.organization_id, c.organization_id)
"""
ASKED = """
SELECT e.account_id, e.name, e.occurred_at, e.channel_id, e.organization_id, e.id,
       coalesce(e.properties ->> 'external_id', '') AS number
FROM asked n JOIN members_event e ON e.account_id = n.account_id AND e.name = n.name
     AND e.occurred_at BETWEEN n.since AND n.until
WHERE n.name <> 'review.posted'
UNION ALL
SELECT r.account_id, n.name, r.occurred_at, r.channel_id, o.organization_id, r.id, r.external_id
FROM asked n JOIN members_review r ON r.account_id = n.account_id AND r.occurred_at BETWEEN n.since AND n.until
LEFT JOIN members_order o ON o.id = r.order_id
WHERE n.name = 'review.posted'
"""
SPANS = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[]) AS n (account_id, name, since, until)
)
"""
OF_ACCOUNTS = SPANS + ACTED.format(acted=ASKED) + "ORDER BY acted.occurred_at, acted.id"
RECENT = """
SELECT e.account_id, e.name, e.occurred_at, e.channel_id, e.organization_id, e.id,
       coalesce(e.properties ->> 'external_id', '') AS number
FROM members_event e
WHERE e.name = ANY(%(names)s) AND e.name <> 'review.posted' AND e.account_id IS NOT NULL
  AND e.occurred_at > %(since)s AND e.occurred_at <= %(until)s
UNION ALL
SELECT r.account_id, 'review.posted', r.occurred_at, r.channel_id, o.organization_id, r.id, r.external_id
FROM members_review r LEFT JOIN members_order o ON o.id = r.order_id
WHERE 'review.posted' = ANY(%(names)s) AND r.account_id IS NOT NULL
  AND r.occurred_at > %(since)s AND r.occurred_at <= %(until)s
"""
LATELY = (
    ACTED.format(acted=RECENT)
    + "WHERE node.path LIKE %(path)s ORDER BY acted.occurred_at DESC, acted.id DESC LIMIT %(limit)s"
)
MATES = """
SELECT DISTINCT mate.id, mate.member_id FROM members_account a JOIN members_account mate USING (member_id)
WHERE a.id = ANY(%s::bigint[])
"""
# What an erased person was given stays, though the log says less of him by now.
ERASED = "SELECT n.id FROM unnest(%s::bigint[]) AS n (id) JOIN members_erasure e ON n.id = ANY(e.accounts)"
BEHIND = """
SELECT id, account_id, name, occurred_at FROM members_event
WHERE id > %s AND name = ANY(%s) AND account_id IS NOT NULL ORDER BY id LIMIT %s
"""

Mark = tuple[int, str, object]  # account, event, and when or on which day


class Told(NamedTuple):
    """An event of the log that names its account."""

    account: int
    name: str
    at: dt.datetime


class Acted(Struct):
    """One action: whose it is (account, member), what, when, where (channel, its code, path of the node); ``number``:
    what its sender calls it, if anything."""

    account: int
    member: int
    name: str
    at: dt.datetime
    channel: int
    code: str
    path: str
    id: int
    number: str

    def which(self, per: str) -> str:
        """What tells it from others of its kind that are given as well."""
        if per == DAY:
            return self.day().isoformat()
        if per == ONCE:
            return ""
        return _digest(self.channel, self.number) if self.number else str(self.id)

    def day(self) -> dt.date:
        """By the company's calendar."""
        return self.at.astimezone(timezone.get_default_timezone()).date()

    def marks(self) -> set[Mark]:
        return marks([self])


def marks(told: Iterable["Told | Acted"]) -> set[Mark]:
    """The instants and days of what was told. Reviews are told of as of their last change: they have none."""
    zone, found = timezone.get_default_timezone(), set()
    for each in told:
        known = each.name != REVIEWED
        when = (each.at, each.at.astimezone(zone).date()) if known else (None,)
        found |= {(each.account, each.name, one) for one in when}
    return found


def of(
    *, told: Collection[Told], whole: Collection[int], pers: dict[str, set[str]], first: Collection[tuple[int, str]]
) -> list[Acted]:  # fmt: skip
    """The actions told, those of their day where a rule asks for the first of it, those before them where it may be the
    ``first`` ever of an (account, event), and all actions of the accounts ``whole``; in the order in which they happened."""
    spans = {(account, name): (FIRST, LAST) for account in whole for name in pers}
    for each in told:
        since, until = (
            _span(each.at, DAY in pers[each.name], each[:2] in first)
            if each.name != REVIEWED
            else (FIRST, LAST)
        )
        begins, ends = spans.get(each[:2], (since, until))
        spans[each[:2]] = min(begins, since), max(ends, until)
    return [
        Acted(*row)
        for row in sets.run(OF_ACCOUNTS, [(*key, *span) for key, span in sorted(spans.items())], 4)
    ]


def _span(at: dt.datetime, of_day: bool, from_first: bool) -> tuple[dt.datetime, dt.datetime]:
    since = until = at
    if of_day:
        zone = timezone.get_default_timezone()
        midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        since = midnight
        until = (midnight + dt.timedelta(days=1)).replace(fold=0) - dt.timedelta(microseconds=1)
    return (FIRST if from_first else since), until


def lately(
    *, names: Collection[str], node: Organization, since: dt.datetime, until: dt.datetime, limit: int
) -> list[Acted]:
    """The latest actions at the node and below, in the order in which they happened."""
    given = {"names": sorted(names), "path": f"{node.path}%", "since": since, "until": until, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(LATELY, given)
        return [Acted(*row) for row in reversed(cursor.fetchall())]


def behind(*, after: int, names: Collection[str], limit: int) -> list[tuple[int, Told]]:
    """(id, event) of these names behind the event ``after``, by id."""
    rows = sets.run(BEHIND, [], 0, after, sorted(names), limit)
    return [(id, Told(*row)) for id, *row in rows]


def mates(*, accounts: Collection[int]) -> dict[int, int]:
    """{account: member} of these accounts and all others of the same people."""
    return dict(sets.run(MATES, [], 0, sets.array(sorted(accounts)))) if accounts else {}


def living(*, accounts: dict[int, int]) -> dict[int, int]:
    """Those of them whose people were not erased."""
    gone = {id for (id,) in sets.run(ERASED, [(id,) for id in sorted(accounts)], 1)} if accounts else ()
    return {account: member for account, member in accounts.items() if account not in gone}


def _digest(*told: object) -> str:
    return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()
