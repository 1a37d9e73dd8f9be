"""Of one article: what its buyers bought too, and what its viewers looked at in the same session.

Buyers and viewers are people: merged accounts count once; an order of nobody counts as a buyer of its own. Two views
belong to one session if the channel gave both the same ``session``, else if no silence of 30 minutes lies between.
"""

import dataclasses
import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext as _

from members.models import Organization
from reports.table import Column, Table
from tags.queries import catalogue, planning

LEAST, SHOWN = 2, 20
SILENCE = dt.timedelta(minutes=30)

BOUGHT = """
WITH line AS MATERIALIZED (
    SELECT DISTINCT coalesce(a.member_id, -o.id) AS buyer, l.sku
    FROM members_orderline l JOIN members_order o ON o.id = l.order_id
    JOIN members_organization n ON n.id = o.organization_id
    LEFT JOIN members_account a ON a.id = o.account_id AND a.emptied_at IS NULL
    WHERE o.status IN ('paid', 'completed') AND NOT o.reward AND n.path LIKE %(path)s AND l.sku <> ''
      AND o.occurred_at >= %(start)s AND o.occurred_at <= %(until)s),
mine AS (SELECT buyer FROM line WHERE sku = %(sku)s)
SELECT l.sku, count(m.buyer), count(*), (SELECT count(*) FROM mine), (SELECT count(DISTINCT buyer) FROM line)
FROM line l LEFT JOIN mine m ON m.buyer = l.buyer WHERE l.sku <> %(sku)s
GROUP BY l.sku HAVING count(m.buyer) >= %(least)s ORDER BY count(m.buyer) DESC, count(*), l.sku LIMIT %(shown)s
"""

# The sessions of everybody who looked at the article: a silence, or another name of the session, begins a new one.
VIEWED = """
WITH seen AS MATERIALIZED (
    SELECT a.member_id AS viewer, e.occurred_at, e.id, e.properties ->> 'sku' AS sku, e.channel_id,
           e.properties ->> 'session' AS session
    FROM members_event e JOIN members_account a ON a.id = e.account_id AND a.emptied_at IS NULL
    WHERE e.name = 'product_view' AND e.properties ->> 'sku' <> '' AND e.occurred_at >= %(start)s AND e.occurred_at <= %(until)s
      AND (%(branch)s::bigint[] IS NULL OR e.organization_id IS NULL OR e.organization_id = ANY(%(branch)s))),
lookers AS (SELECT DISTINCT viewer FROM seen WHERE sku = %(sku)s),
begun AS (
    SELECT s.*, (s.occurred_at - lag(s.occurred_at) OVER w <= %(silence)s) IS NOT TRUE AS new
    FROM seen s JOIN lookers USING (viewer)
    WINDOW w AS (PARTITION BY s.viewer, s.channel_id, s.session ORDER BY s.occurred_at, s.id)),
visit AS (
    SELECT b.viewer, b.sku, b.channel_id, b.session,
           CASE WHEN b.session IS NULL THEN count(*) FILTER (WHERE b.new)
                OVER (PARTITION BY b.viewer, b.channel_id, b.session ORDER BY b.occurred_at, b.id) END AS number
    FROM begun b),
mine AS (SELECT DISTINCT viewer, channel_id, session, number FROM visit WHERE sku = %(sku)s),
together AS (
    SELECT DISTINCT v.sku, v.viewer FROM visit v JOIN mine m ON m.viewer = v.viewer AND m.channel_id = v.channel_id
    AND (m.session, m.number) IS NOT DISTINCT FROM (v.session, v.number) WHERE v.sku <> %(sku)s),
every AS (SELECT sku, count(DISTINCT viewer) AS viewers FROM seen GROUP BY sku)
SELECT t.sku, count(*), e.viewers, (SELECT count(*) FROM lookers), (SELECT count(DISTINCT viewer) FROM seen)
FROM together t JOIN every e ON e.sku = t.sku
GROUP BY t.sku, e.viewers HAVING count(*) >= %(least)s ORDER BY count(*) DESC, e.viewers, t.sku LIMIT %(shown)s
"""

# Articles sold here by number or part of the name, those of most lines first.
FOUND = """
SELECT l.sku, max(l.name) FROM members_orderline l JOIN members_order o ON o.id = l.order_id
JOIN members_organization n ON n.id = o.organization_id
WHERE o.status IN ('paid', 'completed') AND NOT o.reward AND n.path LIKE %(path)s AND l.sku <> ''
  AND o.occurred_at >= %(start)s AND o.occurred_at <= %(until)s
  AND (l.sku = %(text)s OR strpos(lower(l.name), lower(%(text)s)) > 0)
GROUP BY l.sku ORDER BY l.sku = %(text)s DESC, count(*) DESC, l.sku LIMIT %(shown)s
"""

NAMES = """
SELECT DISTINCT ON (l.sku) l.sku, l.name FROM members_orderline l
WHERE l.sku = ANY(%s) AND l.name <> '' ORDER BY l.sku, l.id DESC"""


@dataclasses.dataclass(frozen=True)
class Beside:
    """``together`` of the ``people`` of the article asked for came to this one too, of ``others`` who did in all; ``lift``
    against chance among ``everybody``."""

    sku: str
    name: str
    together: int
    others: int
    people: int
    everybody: int

    @property
    def share(self) -> float:
        return self.together / self.people

    @property
    def lift(self) -> float:
        return self.together * self.everybody / (self.people * self.others)


@dataclasses.dataclass(frozen=True)
class Alongside:
    """``matches``: (number, name) of all articles that fit what was asked for; the first is the one reported."""

    as_of: dt.datetime
    sku: str
    name: str
    bought: list[Beside]
    viewed: list[Beside]
    matches: list[tuple[str, str]]

    def tables(self) -> list[Table]:
        return [
            self._table(_("Bought, and also bought"), _("Buyers of both"), self.bought),
            self._table(
                _("Looked at, and also looked at"), _("Who looked at both in a session"), self.viewed
            ),
        ]

    def _table(self, title: str, counted: str, found: list[Beside]) -> Table:
        columns = [
            Column(_("Article")), Column(_("Name")), Column(counted, "count"), Column(_("Share"), "share"), Column(_("Lift"), "number"),
        ]  # fmt: skip
        rows = [(each.sku, each.name, each.together, each.share, each.lift) for each in found]
        note = _("At least %(least)d people; share of those of %(article)s; lift against chance.")
        return Table(
            title,
            columns,
            rows,
            self.as_of,
            notes=[note % {"least": LEAST, "article": self.name or self.sku}],
        )


def report(
    *, node: Organization, as_of: dt.datetime, start: dt.datetime, text: str, least: int = LEAST
) -> Alongside:
    """``text``: an article's number, or part of its name. Orders at ``node`` and below; views of its branch."""
    names_here = catalogue.at(node=node)
    asked = {
        "path": f"{node.path}%", "start": start, "until": as_of, "text": text, "least": least, "shown": SHOWN,
        "silence": SILENCE, "branch": None if names_here.node.is_group else list(names_here.branch()),
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        planning.plain()
        matches = _asked(cursor, FOUND, asked)
        sku = matches[0][0] if matches else text
        found = [_asked(cursor, statement, asked | {"sku": sku}) for statement in (BOUGHT, VIEWED)]
        cursor.execute(NAMES, [[sku, *(row[0] for rows in found for row in rows)]])
        names = dict(cursor.fetchall())
    bought, viewed = ([Beside(row[0], names.get(row[0], ""), *row[1:]) for row in rows] for rows in found)
    return Alongside(as_of, sku, names.get(sku, ""), bought, viewed, matches)


def _asked(cursor, statement: str, asked: dict) -> list[tuple]:
    cursor.execute(statement, asked)
    return cursor.fetchall()
