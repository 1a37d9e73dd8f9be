"""The stage of a relation as a tag: prospect, new, growing, mature, dormant, lost, by the rules of ``members.lifecycle``.

The page of a member tells the whole history of his stages (``members.queries.relation``); here only today's, of everybody
in one statement. Silence is measured from his last purchase on: a single gap between two signs of life of more than 180
days makes dormant, of more than 365 lost, and only a purchase wakes. So of those who bought lately, and of those first seen
lately, no events are read at all.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from members.lifecycle import house, stages
from tags.conditions import reading
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought
from tags.conditions.sql import Sql, also, build
from tags.models_of import everyone

CODE = "lifecycle_stage"
VERSION = "1"
SHAPE = "one"
SORT = "group"
FORMULA = gettext_noop(
    "Prospect without a purchase, new with one, growing from two, mature from four or after 365 days; dormant after 180 days"
    " of silence, lost after 365, until the next purchase. The rules of docs/customer.md."
)
VALUES = (
    (stages.PROSPECT, gettext_noop("Prospect"), "潜客"),
    (stages.NEW, gettext_noop("New"), "新客"),
    (stages.GROWING, gettext_noop("Growing"), "成长"),
    (stages.MATURE, gettext_noop("Mature"), "成熟"),
    (stages.DORMANT, gettext_noop("Dormant"), "沉睡"),
    (stages.LOST, gettext_noop("Lost"), "流失"),
)
RULES = stages.Settings()

ROWS = """
SELECT t.member_id,
       CASE WHEN q.gap > {lost} OR {as_of} - coalesce(q.last_at, t.since) >= {lost} THEN 'lost'
            WHEN q.gap > {dormant} OR {as_of} - coalesce(q.last_at, t.since) >= {dormant} THEN 'dormant'
            WHEN t.orders IS NULL THEN 'prospect'
            WHEN t.orders < {growing_from} THEN 'new'
            WHEN t.orders >= {mature_from} OR {as_of} - t.first_at >= {mature} THEN 'mature'
            ELSE 'growing' END::text AS code
FROM ({begun}) t LEFT JOIN ({quiet}) q ON q.member_id = t.member_id"""

# Since when somebody may have been silent: his last purchase, else when he was first seen.
BEGUN = """
SELECT e.member_id, b.orders, b.first_at, coalesce(b.last_at, s.first_at) AS since
FROM ({everyone}) e LEFT JOIN {bought} b ON b.member_id = e.member_id
LEFT JOIN (SELECT a.member_id, min(a.first_seen_at) AS first_at FROM members_account a
           WHERE a.emptied_at IS NULL AND a.first_seen_at <= {as_of}{seen} GROUP BY a.member_id) s
       ON s.member_id = e.member_id
WHERE coalesce(b.last_at, s.first_at) IS NOT NULL"""

QUIET = """
SELECT c.member_id, max(c.at - c.before) AS gap, max(c.at) AS last_at
FROM (SELECT t.member_id, v.occurred_at AS at,
             lag(v.occurred_at, 1, t.since) OVER (PARTITION BY t.member_id ORDER BY v.occurred_at) AS before
      FROM ({begun}) t JOIN members_account a ON a.member_id = t.member_id AND a.emptied_at IS NULL
      JOIN members_event v ON v.account_id = a.id AND v.occurred_at > t.since
      WHERE t.since <= {as_of} - {dormant} AND v.occurred_at <= {as_of}
        AND (strpos(v.name, '.') = 0 OR v.name = ANY({acts}) OR v.name !~ {house}){terms}) c
GROUP BY c.member_id"""


@dataclass(frozen=True)
class Stage:
    rules: stages.Settings = RULES

    def source(self) -> Bought:
        return Bought(Purchases(net=False), needs=("orders", "first_at", "last_at"))

    def signals(self) -> set[str]:
        return {"orders", "events"}

    def sources(self) -> tuple:
        return (self.source(),)

    def told(self, _fitted: dict | None = None) -> dict[str, str]:
        rules = self.rules
        return {
            stages.PROSPECT: _("no purchase"),
            stages.NEW: _("fewer than %(count)d purchases") % {"count": rules.growing_from},
            stages.GROWING: _("from %(count)d purchases") % {"count": rules.growing_from},
            stages.MATURE: _("from %(count)d purchases, or %(days)d days after the first of several")
            % {"count": rules.mature_from, "days": rules.mature_days},
            stages.DORMANT: _("silent for %(days)d days") % {"days": rules.dormant_days},
            stages.LOST: _("silent for %(days)d days") % {"days": rules.lost_days},
        }

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        begun = self._begun(setting)
        dormant = dt.timedelta(days=self.rules.dormant_days)
        return build(
            ROWS,
            as_of=setting.as_of,
            dormant=dormant,
            lost=dt.timedelta(days=self.rules.lost_days),
            mature=dt.timedelta(days=self.rules.mature_days),
            growing_from=self.rules.growing_from,
            mature_from=self.rules.mature_from,
            begun=begun,
            quiet=self._quiet(setting, begun, dormant),
        )

    def _begun(self, setting: Setting) -> Sql:
        known = Sql()
        if not setting.catalogue.node.is_group:
            known = build(
                "a.id IN (SELECT account_id FROM members_membership WHERE organization_id = ANY({nodes}))",
                nodes=setting.catalogue.under(),
            )
        return build(
            BEGUN,
            everyone=everyone.of(setting),
            bought=setting.table(self.source()),
            as_of=setting.as_of,
            seen=also([known, setting.only(Sql("a.member_id"))]),
        )

    def _quiet(self, setting: Setting, begun: Sql, dormant: dt.timedelta) -> Sql:
        return build(
            QUIET,
            begun=begun,
            as_of=setting.as_of,
            dormant=dormant,
            acts=list(house.OF_CUSTOMERS),
            house=house.EVENTS,
            terms=also(
                [setting.seen_here(Sql("v.organization_id")), setting.only_accounts(Sql("v.account_id"))]
            ),
        )


def parse(parameters: object, place: str = "parameters") -> Stage:
    """The bounds are those of members' pages: there is nothing to set."""
    reading.mapping(parameters, place)
    return Stage()
