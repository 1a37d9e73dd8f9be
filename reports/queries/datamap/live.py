"""What arrives at each touchpoint: events, and the people behind them."""

import dataclasses
import datetime as dt

from django.db import connection

from identity.models import Touchpoint
from members.models import Organization

DAYS = 30

# One row an event name, account and place first, so that people are counted over few rows. What the pool tells itself
# (identity.*, OWN) is no signal of a customer, and of who was erased or taken back nobody is left to be counted.
OWN = ("account.joined", "account.withdrawn", "account.erased", "account.revoked", "account.restored")
STATEMENT = """
WITH touchpoint AS (SELECT id, kind, place FROM identity_touchpoint),
seen AS MATERIALIZED (
    SELECT e.channel_id, e.name, e.touchpoint, e.account_id, count(*) AS events,
           count(*) FILTER (WHERE e.occurred_at > %(since)s) AS lately
    FROM members_event e
    WHERE e.occurred_at <= %(as_of)s AND e.name NOT LIKE 'identity.%%' AND e.name <> ALL (%(own)s)
    GROUP BY 1, 2, 3, 4
),
placed AS MATERIALIZED (
    SELECT t.id AS touchpoint_id, s.name, a.member_id, s.events, s.lately
    FROM seen s
    JOIN members_channel c ON c.id = s.channel_id
    JOIN touchpoint t ON t.kind = c.kind AND t.place = CASE
        WHEN EXISTS (SELECT FROM touchpoint p WHERE p.kind = c.kind AND p.place = s.touchpoint) THEN s.touchpoint
        ELSE '' END
    LEFT JOIN members_account a ON a.id = s.account_id AND a.emptied_at IS NULL
    WHERE %(everything)s OR EXISTS (
        SELECT FROM members_membership k JOIN members_organization o ON o.id = k.organization_id
        WHERE k.account_id = s.account_id AND o.path LIKE %(path)s)
)
SELECT touchpoint_id, name, sum(events)::bigint, sum(lately)::bigint, count(DISTINCT member_id),
       count(DISTINCT member_id) FILTER (WHERE lately > 0)
FROM placed GROUP BY touchpoint_id, name
UNION ALL
SELECT touchpoint_id, '', sum(events)::bigint, sum(lately)::bigint, count(DISTINCT member_id),
       count(DISTINCT member_id) FILTER (WHERE lately > 0)
FROM placed GROUP BY touchpoint_id
"""

JOINED = """
WITH present AS MATERIALIZED (
    SELECT DISTINCT a.member_id, t.id AS touchpoint_id
    FROM members_account a
    JOIN members_channel c ON c.id = a.channel_id
    JOIN identity_touchpoint t ON t.kind = c.kind AND t.place = ''
    WHERE t.id = ANY (%(touchpoints)s::bigint[]) AND a.emptied_at IS NULL AND (%(everything)s OR EXISTS (
        SELECT FROM members_membership k JOIN members_organization o ON o.id = k.organization_id
        WHERE k.account_id = a.id AND o.path LIKE %(path)s))
)
SELECT l.touchpoint_id, r.touchpoint_id, count(*)
FROM present l JOIN present r ON r.member_id = l.member_id AND r.touchpoint_id > l.touchpoint_id
GROUP BY 1, 2
"""


@dataclasses.dataclass(frozen=True)
class Count:
    """Events ever and in the last 30 days, and the distinct people (OneIDs) behind them."""

    events: int = 0
    lately: int = 0
    people: int = 0
    people_lately: int = 0


def counts(*, node: Organization, as_of: dt.datetime) -> dict[int, dict[str, Count]]:
    """{touchpoint id: {event name: Count}}; the name "" is all of the touchpoint together.

    People are those known at `node` or below; at the top of the house, anonymous events count as well.
    """
    found: dict[int, dict[str, Count]] = {}
    since = as_of - dt.timedelta(days=DAYS)
    for touchpoint, name, *numbers in _fetch(STATEMENT, node, as_of=as_of, since=since, own=list(OWN)):
        found.setdefault(touchpoint, {})[name] = Count(*numbers)
    return found


def joined(*, node: Organization, touchpoints: list[Touchpoint]) -> dict[tuple[int, int], int]:
    """{(touchpoint id, larger touchpoint id): people with an account at both}."""
    rows = _fetch(JOINED, node, touchpoints=[each.pk for each in touchpoints])
    return {(left, right): people for left, right, people in rows}


def _fetch(statement, node, **given):
    scope = {"path": f"{node.path}%", "everything": node.parent_id is None}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**given, **scope})
        return cursor.fetchall()
