"""What arrives at each touchpoint: events, and the people behind them."""

import contextlib
import dataclasses
import datetime as dt
import re
from collections.abc import Iterator

from django.db import connection, transaction

from identity.models import Touchpoint
from members.models import Organization

DAYS = 30

# What the pool tells itself (identity.*, OWN) is no signal of a customer, and of who was erased or taken back nobody is
# left to be counted. People are counted over one row a touchpoint, event name and person: no sort of a million values.
OWN = ("account.joined", "account.withdrawn", "account.erased", "account.revoked", "account.restored")
STATEMENT = """
WITH place AS (
    SELECT c.id AS channel_id, t.place, t.id FROM members_channel c JOIN identity_touchpoint t ON t.kind = c.kind
), told AS MATERIALIZED (
    SELECT coalesce(within.id, whole.id) AS touchpoint_id, e.name, a.member_id, count(*) AS events,
           count(*) FILTER (WHERE e.occurred_at > %(since)s) AS lately
    FROM members_event e
    LEFT JOIN place within ON within.channel_id = e.channel_id AND within.place = e.touchpoint
    LEFT JOIN place whole ON whole.channel_id = e.channel_id AND whole.place = ''
    LEFT JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
    WHERE e.occurred_at <= %(as_of)s AND e.name NOT LIKE 'identity.%%' AND e.name <> ALL (%(own)s)
      AND coalesce(within.id, whole.id) IS NOT NULL /* e.account_id */
    GROUP BY 1, 2, 3
)
SELECT touchpoint_id, name, sum(events)::bigint, sum(lately)::bigint, count(member_id),
       count(member_id) FILTER (WHERE lately > 0)
FROM told GROUP BY touchpoint_id, name
UNION ALL
SELECT touchpoint_id, '', sum(events)::bigint, sum(lately)::bigint, count(member_id),
       count(member_id) FILTER (WHERE lately > 0)
FROM (SELECT touchpoint_id, member_id, sum(events) AS events, sum(lately) AS lately FROM told GROUP BY 1, 2) person
GROUP BY touchpoint_id
"""

JOINED = """
WITH place AS (
    SELECT c.id AS channel_id, t.place, t.id FROM members_channel c JOIN identity_touchpoint t ON t.kind = c.kind
), present AS MATERIALIZED (
    SELECT DISTINCT a.member_id, place.id AS touchpoint_id
    FROM members_account a JOIN place ON place.channel_id = a.channel_id AND place.place = ''
    WHERE place.id = ANY (%(touchpoints)s::bigint[]) AND a.emptied_at IS NULL /* a.id */
)
SELECT l.touchpoint_id, r.touchpoint_id, count(*)
FROM present l JOIN present r ON r.member_id = l.member_id AND r.touchpoint_id > l.touchpoint_id
GROUP BY 1, 2
"""

# Of a node below the top: accounts that are known there or below it.
KNOWN = """AND {} IN (SELECT k.account_id FROM members_membership k JOIN members_organization o ON o.id = k.organization_id
                 WHERE o.path LIKE %(path)s)"""
SCOPE = re.compile(r"/\* (\S+) \*/")
# One long statement whose expressions are short: to compile them takes longer than it saves.
SETTINGS = "SELECT set_config('work_mem', '128MB', true), set_config('jit', 'off', true)"


@dataclasses.dataclass(frozen=True)
class Count:
    """Events ever and in the last 30 days, and the distinct people (OneIDs) behind them."""

    events: int = 0
    lately: int = 0
    people: int = 0
    people_lately: int = 0


@contextlib.contextmanager
def counting() -> Iterator[None]:
    """People are gathered in memory meanwhile, and nothing is compiled."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        yield


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
    known = KNOWN.format if node.parent_id else "".format
    scoped = SCOPE.sub(lambda found: known(found[1]), statement)
    with connection.cursor() as cursor:
        cursor.execute(scoped, {**given, "path": f"{node.path}%"})
        return cursor.fetchall()
