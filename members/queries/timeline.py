"""Everything that happened with one member, over all his accounts, newest first, a page at a time.

Each account gives at most one page from its own index, in its order, with all that happened at the page's last instant;
the pages are merged. So the first page of ten thousand events costs no more than that of a hundred.
"""

import datetime as dt
import json
from dataclasses import dataclass

from members import sets
from members.models import Book, Member
from members.queries.scopes import Reach

# Value belongs to the organization of its book, and is told to whom keeps it; besides, to the place of the till that moved
# it. Nobody outside can say such an event.
WITHIN = """(
    %(all)s OR e.organization_id IN (SELECT id FROM members_organization WHERE path LIKE %(path)s)
    OR e.name ~ %(value)s AND e.properties ->> 'till' IN (
        SELECT t.code FROM members_channel t JOIN members_organization p ON p.id = t.organization_id
        WHERE p.path LIKE %(path)s)
)"""
PAGE = f"""
SELECT e.id, e.name, e.occurred_at, e.recorded_at, e.touchpoint, e.properties, e.account_id,
       coalesce(c.code, ''), coalesce(c.name, ''), coalesce(c.source_class, ''), coalesce(o.code, ''),
       coalesce(o.name, '')
FROM members_account a CROSS JOIN LATERAL (
    SELECT * FROM members_event e
    WHERE e.account_id = a.id AND {WITHIN}
      AND (%(name)s = '' OR e.name = %(name)s)
      AND (%(channel)s = '' OR e.channel_id = (SELECT id FROM members_channel WHERE code = %(channel)s))
      AND e.occurred_at >= %(since)s AND e.occurred_at < %(until)s
      AND e.occurred_at <= %(at)s AND (e.occurred_at, e.id) < (%(at)s, %(id)s)
    ORDER BY e.occurred_at DESC FETCH FIRST %(limit)s ROWS WITH TIES
) e LEFT JOIN members_channel c ON c.id = e.channel_id LEFT JOIN members_organization o ON o.id = e.organization_id
WHERE a.member_id = %(member)s AND a.emptied_at IS NULL
ORDER BY e.occurred_at DESC, e.id DESC LIMIT %(limit)s
"""  # noqa: S608

KINDS = f"""
SELECT e.name, coalesce(c.code, ''), coalesce(c.name, ''), count(*)
FROM members_account a JOIN members_event e ON e.account_id = a.id
     LEFT JOIN members_channel c ON c.id = e.channel_id
WHERE a.member_id = %(member)s AND a.emptied_at IS NULL AND {WITHIN}
GROUP BY 1, 2, 3
"""  # noqa: S608
VALUE = f"^({'|'.join(Book.Kind.values)})[.]"
EVER = (dt.datetime(1, 1, 2, tzinfo=dt.UTC), dt.datetime(9999, 12, 30, tzinfo=dt.UTC))
LAST = 2**63 - 1


@dataclass(frozen=True)
class Happening:
    """One row of the timeline. ``channel`` and ``organization`` are codes, empty where none is known."""

    id: int
    name: str
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    touchpoint: str
    properties: dict
    account: int
    channel: str
    channel_name: str
    source_class: str
    organization: str
    organization_name: str

    @property
    def position(self) -> tuple[dt.datetime, int]:
        """Where the page after this row begins."""
        return self.occurred_at, self.id


@dataclass(frozen=True)
class Kinds:
    """What can be filtered by: names of events, channels as {code: name}, and how many events there are."""

    names: list[str]
    channels: dict[str, str]
    count: int


def of(
    *,
    member: Member,
    reach: Reach,
    channel: str = "",
    name: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    before: tuple[dt.datetime, int] | None = None,
    limit: int = 50,
) -> list[Happening]:
    """Events in [``since``, ``until``) within reach, newest first, of one instant the last recorded first: those of
    organizations within it, and what its tills moved.

    ``before`` is the ``position`` of the last row of the page before. ``channel`` is a code, ``name`` an event's.
    """
    if not reach:
        return []
    at, last = before or (EVER[1], LAST)
    given = {"channel": channel, "name": name, "since": since or EVER[0], "until": until or EVER[1],
             "at": at, "id": last, "limit": limit}  # fmt: skip
    rows = _run(PAGE, member, reach, **given)
    return [Happening(*row[:5], json.loads(row[5]), *row[6:]) for row in rows]


def kinds(*, member: Member, reach: Reach) -> Kinds:
    """What the timeline of a member holds."""
    rows = _run(KINDS, member, reach) if reach else []
    channels = {code: called for _name, code, called, _count in rows if code}
    return Kinds(
        names=sorted({row[0] for row in rows}),
        channels=dict(sorted(channels.items(), key=lambda each: each[1])),
        count=sum(row[3] for row in rows),
    )


def _run(sql, member, reach, **given):
    path = reach.node.path if reach.node else ""
    return sets.named(sql, member=member.pk, all=reach.everything, path=f"{path}%", value=VALUE, **given)
