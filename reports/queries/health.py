"""Health of the membership as an index from 0 to 100, with its parts.

    index = Σ weight · part / Σ weight, over the parts that are known

| part | weight | of 100 |
|---|---|---|
| activity | 25 | members with a purchase or an action of their own in 90 days, of all members |
| repurchase | 20 | buyers of 365 days with two orders or more, of all buyers of 365 days |
| tier flow | 15 | raised tiers of 365 days, of all that were raised or lowered |
| redemption | 20 | points spent in 365 days, of those issued in that time (at most 100) |
| retention | 20 | buyers of the 180 days before the last 180 who bought again in the last 180 (the rest churned) |

An additive index: a part moves it by its weight and nothing else. The parts are those of customer-base analysis (Farris et
al., "Marketing Metrics", retention and active customers), the weights the house's own.
"""

import dataclasses
import datetime as dt

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Organization
from members.queries import scopes
from reports.table import Column, Table
from tags.models_of.interactions import NAMES

WEIGHTS = {"activity": 25, "repurchase": 20, "tier_flow": 15, "redemption": 20, "retention": 20}
TITLES = {
    "activity": (gettext_lazy("Activity"), gettext_lazy("members who bought or did something in 90 days")),
    "repurchase": (gettext_lazy("Repurchase"), gettext_lazy("buyers of a year with two orders or more")),
    "tier_flow": (gettext_lazy("Tier flow"), gettext_lazy("tiers raised, of those raised or lowered in a year")),
    "redemption": (gettext_lazy("Redemption"), gettext_lazy("points spent, of those issued in a year")),
    "retention": (gettext_lazy("Retention"), gettext_lazy("buyers of the half-year before who bought again")),
}  # fmt: skip

KNOWN = """
WITH known AS MATERIALIZED (
    SELECT DISTINCT a.id, a.member_id FROM members_account a JOIN members_membership k ON k.account_id = a.id
    JOIN members_organization n ON n.id = k.organization_id
    WHERE n.path LIKE %(path)s AND a.emptied_at IS NULL AND a.first_seen_at <= %(at)s
), bought AS MATERIALIZED (
    SELECT k.member_id, count(*) FILTER (WHERE o.occurred_at > %(year)s) AS year,
           bool_or(o.occurred_at > %(season)s) AS lately, bool_or(o.occurred_at > %(half)s) AS again,
           bool_or(o.occurred_at <= %(half)s AND o.occurred_at > %(before)s) AS before
    FROM known k JOIN members_order o ON o.account_id = k.id JOIN members_organization n ON n.id = o.organization_id
    WHERE n.path LIKE %(path)s AND o.status IN ('paid', 'completed') AND o.occurred_at <= %(at)s AND o.occurred_at > %(year)s
    GROUP BY k.member_id
), acted AS MATERIALIZED (
    SELECT DISTINCT k.member_id FROM members_event e JOIN known k ON k.id = e.account_id
    WHERE e.name = ANY(%(acts)s) AND e.occurred_at > %(season)s AND e.occurred_at <= %(at)s
)
SELECT (SELECT count(DISTINCT member_id) FROM known),
       (SELECT count(*) FROM (SELECT member_id FROM acted UNION SELECT member_id FROM bought WHERE lately) t),
       (SELECT count(*) FROM bought WHERE year > 0), (SELECT count(*) FROM bought WHERE year > 1),
       (SELECT count(*) FROM bought WHERE before), (SELECT count(*) FROM bought WHERE before AND again)
"""
TIERS = """
SELECT count(*) FILTER (WHERE t.rank > coalesce(t.earlier, 0)), count(*) FILTER (WHERE t.rank < t.earlier) FROM (
    SELECT g.from_at, coalesce(r.rank, 0) AS rank,
           lag(coalesce(r.rank, 0)) OVER (PARTITION BY g.account_id, g.programme_id ORDER BY g.from_at, g.id) AS earlier
    FROM members_tiergrant g LEFT JOIN members_tier r ON r.id = g.tier_id JOIN members_programme p ON p.id = g.programme_id
    JOIN members_organization n ON n.id = p.organization_id
    WHERE (n.path LIKE %(path)s OR n.id = ANY(%(above)s)) AND g.from_at <= %(at)s
) t WHERE t.from_at > %(year)s
"""
POINTS = """
SELECT coalesce(sum(-e.amount / 10.0 ^ b.scale) FILTER (WHERE w.role = 'issued'), 0)::float8,
       coalesce(sum(e.amount / 10.0 ^ b.scale) FILTER (WHERE w.role = 'spent'), 0)::float8
FROM members_book b JOIN members_organization n ON n.id = b.organization_id
JOIN members_wallet w ON w.book_id = b.id AND w.role IN ('issued', 'spent')
JOIN members_entry e ON e.wallet_id = w.id JOIN members_posting p ON p.id = e.posting_id
WHERE b.kind = 'points' AND (n.path LIKE %(path)s OR n.id = ANY(%(above)s))
  AND p.occurred_at > %(year)s AND p.occurred_at <= %(at)s
"""


@dataclasses.dataclass(frozen=True)
class Part:
    """``of`` and ``whole`` are what was counted; the part is of 100, or None where there is nothing to divide by."""

    code: str
    weight: int
    of: float
    whole: float

    @property
    def value(self) -> float | None:
        return min(100.0, max(0.0, 100 * self.of / self.whole)) if self.whole > 0 else None


@dataclasses.dataclass(frozen=True)
class Health:
    as_of: dt.datetime
    parts: list[Part]

    @property
    def index(self) -> float | None:
        known = [part for part in self.parts if part.value is not None]
        whole = sum(part.weight for part in known)
        return sum(part.weight * part.value for part in known) / whole if whole else None

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Part")), Column(_("What it measures")), Column(_("Weight"), "count"),
            Column(_("Counted"), "number"), Column(_("of"), "number"), Column(_("Part, of 100"), "number"),
        ]  # fmt: skip
        rows = [
            (
                str(TITLES[part.code][0]),
                str(TITLES[part.code][1]),
                part.weight,
                part.of,
                part.whole,
                part.value,
            )
            for part in self.parts
        ]
        total = (_("Index"), _("weighted mean of the parts that are known"), 100, None, None, self.index)
        notes = [_("A part without anything to divide by is left out, and the others' weights stand for it.")]
        return [Table(_("Health of the membership"), columns, rows, self.as_of, total=total, notes=notes)]


def report(*, node: Organization, as_of: dt.datetime) -> Health:
    """Of the members known at the node and their purchases there; books and tiers above it hold for it too."""
    back = {"year": 365, "season": 90, "half": 180, "before": 360}
    given = {
        "path": f"{node.path}%", "above": scopes.above(node=node), "at": as_of, "acts": list(NAMES),
        **{name: as_of - dt.timedelta(days=days) for name, days in back.items()},
    }  # fmt: skip
    members, active, buyers, twice, before, again = _row(KNOWN, given)
    raised, lowered = _row(TIERS, given)
    issued, spent = _row(POINTS, given)
    counted = {
        "activity": (active, members), "repurchase": (twice, buyers), "tier_flow": (raised, raised + lowered),
        "redemption": (spent, issued), "retention": (again, before),
    }  # fmt: skip
    return Health(as_of, [Part(code, weight, *counted[code]) for code, weight in WEIGHTS.items()])


def _row(statement: str, given: dict) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchone()
