"""The pool: how many accounts, people and joined members, by channel and source, and how many came each week."""

import dataclasses
import datetime as dt

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Channel, Organization
from reports.table import Column, Table

WEEKS = 12

# A person of a channel is counted once there, whatever his accounts; the pool is the union of all channels.
STATEMENT = """
WITH known AS MATERIALIZED (
    SELECT a.member_id, a.channel_id, count(*) AS accounts, min(a.first_seen_at) AS first_at,
           bool_or(k.joined) AS joined
    FROM members_account a
    JOIN (
        SELECT k.account_id, coalesce(bool_or(k.joined_at <= %(as_of)s), false) AS joined
        FROM members_membership k
        JOIN members_organization o ON o.id = k.organization_id
        WHERE o.path LIKE %(path)s
        GROUP BY k.account_id
    ) k ON k.account_id = a.id
    WHERE a.first_seen_at <= %(as_of)s AND a.emptied_at IS NULL
    GROUP BY a.member_id, a.channel_id
),
person AS MATERIALIZED (
    SELECT k.member_id, sum(k.accounts) AS accounts, min(k.first_at) AS first_at, bool_or(k.joined) AS joined,
           bool_or(c.first_party) AS first_party
    FROM known k
    JOIN members_channel c ON c.id = k.channel_id
    GROUP BY k.member_id
)
SELECT 'all' AS part, '' AS key, coalesce(sum(accounts), 0), count(*), count(*) FILTER (WHERE joined) FROM person
UNION ALL
SELECT 'first_party', '', coalesce(sum(accounts), 0), count(*), count(*) FILTER (WHERE joined)
FROM person WHERE first_party
UNION ALL
SELECT 'channel', c.code, sum(k.accounts), count(*), count(*) FILTER (WHERE k.joined)
FROM known k JOIN members_channel c ON c.id = k.channel_id
GROUP BY c.code
UNION ALL
SELECT 'source', s.source_class, sum(s.accounts), count(*), count(*) FILTER (WHERE s.joined)
FROM (
    SELECT c.source_class, k.member_id, sum(k.accounts) AS accounts, bool_or(k.joined) AS joined
    FROM known k JOIN members_channel c ON c.id = k.channel_id
    GROUP BY c.source_class, k.member_id
) s
GROUP BY s.source_class
UNION ALL
SELECT 'week', date_trunc('week', first_at AT TIME ZONE %(zone)s)::date::text, sum(accounts), count(*),
       count(*) FILTER (WHERE joined)
FROM person
WHERE first_at >= %(since)s
GROUP BY 2
"""


@dataclasses.dataclass(frozen=True)
class Line:
    """Accounts, people and those of them who joined, of one channel, source class or week."""

    name: str
    accounts: int
    people: int
    joined: int


@dataclasses.dataclass(frozen=True)
class Pool:
    as_of: dt.datetime
    total: Line
    first_party_people: int
    channels: list[Line]
    sources: list[Line]
    weeks: list[tuple[dt.date, int]]

    @property
    def first_party_share(self) -> float:
        """People with an account at a channel of the group's own, of all people; 0 of an empty pool."""
        return self.first_party_people / self.total.people if self.total.people else 0.0

    def tables(self) -> list[Table]:
        return [
            self._table(_("Channels"), _("Channel"), self.channels),
            self._table(_("Sources"), _("Source"), self.sources),
            Table(
                _("New people a week"),
                [Column(_("Week from"), "date"), Column(_("New people"), "count")],
                self.weeks,
                self.as_of,
            ),
        ]

    def _table(self, title, first, lines):
        counts = [Column(label, "count") for label in (_("Accounts"), _("People"), _("Joined"))]
        return Table(
            title,
            [Column(first), *counts, Column(_("Share of people"), "share")],
            [(*dataclasses.astuple(line), self._share(line)) for line in lines],
            self.as_of,
            total=(*dataclasses.astuple(self.total), self._share(self.total)),
            notes=[_("A person of several channels counts in each, and once in the total.")],
        )

    def _share(self, line):
        return line.people / self.total.people if self.total.people else None


def report(*, node: Organization, as_of: dt.datetime) -> Pool:
    """The pool as known at ``node`` or below by ``as_of``: accounts first seen by then, on today's OneIDs."""
    zone = timezone.get_current_timezone()
    monday = _monday(as_of, zone)
    first_week = monday - dt.timedelta(weeks=WEEKS - 1)
    parts = _parts(
        {
            "as_of": as_of,
            "path": f"{node.path}%",
            "zone": str(zone),
            "since": dt.datetime.combine(first_week, dt.time(), zone),
        }
    )
    new = {line.name: line.people for line in parts["week"]}
    weeks = [first_week + dt.timedelta(weeks=number) for number in range(WEEKS)]
    return Pool(
        as_of=as_of,
        total=dataclasses.replace(parts["all"][0], name=_("All")),
        first_party_people=parts["first_party"][0].people,
        channels=_named(parts["channel"], dict(Channel.objects.values_list("code", "name"))),
        sources=_named(parts["source"], dict(Channel.SourceClass.choices)),
        weeks=[(week, new.get(week.isoformat(), 0)) for week in weeks],
    )


def _parts(parameters):
    parts = {part: [] for part in ("all", "first_party", "channel", "source", "week")}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        for part, *line in cursor.fetchall():
            parts[part].append(Line(line[0], *(int(number) for number in line[1:])))
    return parts


def _named(lines, names):
    ordered = sorted(lines, key=lambda line: (-line.people, line.name))
    return [dataclasses.replace(line, name=str(names[line.name])) for line in ordered]


def _monday(moment, zone):
    day = moment.astimezone(zone).date()
    return day - dt.timedelta(days=day.weekday())
