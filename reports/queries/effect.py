"""What a campaign did: those who were to get its message against those held out, who would have got it."""

import dataclasses
import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from members.actions.profiles import UNUSUAL
from members.models import Organization
from reports import intervals
from reports.intervals import Interval, Sample
from reports.table import Column, Table

FEW_BUYERS = 5
FEW_MEMBERS = 100

# Members who could be reached and had consented, in both arms alike (docs/adr/040). Two decisions that turned out to be
# one person's count once; a person in both arms counts in neither.
STATEMENT = """
WITH person AS MATERIALIZED (
    SELECT coalesce(a.member_id, d.member_id) AS id, min(d.arm) AS arm,
           CASE WHEN %(follows)s THEN min(d.decided_at) ELSE %(start)s END AS since
    FROM campaigns_decision d
    LEFT JOIN members_account a ON a.minted_id = d.member_id
    WHERE d.campaign_id = %(campaign)s AND d.outcome IN ('sending', 'sent', 'unknown', 'failed', 'held_out')
    GROUP BY 1
    HAVING count(DISTINCT d.arm) = 1
),
bought AS MATERIALIZED (
    SELECT p.id, o.currency,
           CASE WHEN back.amount >= o.amount - o.shipping THEN 0 ELSE o.amount - coalesce(back.amount, 0) END AS amount,
           back.amount >= o.amount - o.shipping IS NOT TRUE AS kept
    FROM person p
    JOIN members_account a ON a.member_id = p.id
    JOIN members_order o
      ON o.account_id = a.id AND o.status IN ('paid', 'completed') AND NOT o.reward
     AND o.occurred_at >= p.since AND o.occurred_at < least(p.since + %(days)s * interval '1 day', %(as_of)s) AND abs(o.amount) < %(unusual)s
    JOIN members_organization n ON n.id = o.organization_id AND n.path LIKE %(path)s
    LEFT JOIN LATERAL (
        SELECT sum(r.amount) AS amount FROM members_return r
        WHERE r.order_id = o.id AND r.occurred_at <= %(as_of)s
    ) back ON true
),
main AS (
    SELECT currency FROM bought GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1
),
spent AS (
    SELECT b.id, bool_or(b.kept) AS buyer,
           coalesce(sum(b.amount) FILTER (WHERE b.currency = main.currency), 0) AS amount,
           bool_or(b.currency <> main.currency) AS foreign_money
    FROM bought b CROSS JOIN main
    GROUP BY b.id
)
SELECT p.arm, (SELECT currency FROM main), count(*), count(*) FILTER (WHERE s.buyer), coalesce(sum(s.amount), 0),
       coalesce(sum(s.amount ^ 2), 0), count(*) FILTER (WHERE s.foreign_money)
FROM person p
LEFT JOIN spent s ON s.id = p.id
GROUP BY p.arm
"""


@dataclasses.dataclass(frozen=True)
class Arm:
    """Members of one arm, how many of them bought, what they paid net of returns, and the sum of its squares."""

    members: int = 0
    buyers: int = 0
    revenue: Decimal = Decimal(0)
    squares: Decimal = Decimal(0)

    @property
    def conversion(self) -> float | None:
        return self.buyers / self.members if self.members else None

    @property
    def revenue_per_member(self) -> float | None:
        return float(self.revenue) / self.members if self.members else None


@dataclasses.dataclass(frozen=True)
class Effect:
    """``lift`` is in shares (0.04 = 4 percentage points), ``revenue_lift`` in money a member; None if not known."""

    campaign: Campaign
    as_of: dt.datetime
    days: int
    until: dt.datetime
    currency: str
    treated: Arm
    holdout: Arm
    lift: Interval | None
    revenue_lift: Interval | None
    warnings: list[str]

    @property
    def extra_buyers(self) -> Interval | None:
        """Buyers among the treated who would not have bought."""
        return _scaled(self.lift, self.treated.members)

    @property
    def extra_revenue(self) -> Interval | None:
        return _scaled(self.revenue_lift, self.treated.members)

    def tables(self) -> list[Table]:
        return [
            Table(
                _("Treated and held out"),
                [
                    Column(_("Arm")),
                    Column(_("Members"), "count"),
                    Column(_("Buyers"), "count"),
                    Column(_("Conversion"), "share"),
                    Column(_("Revenue %s") % self.currency, "money"),
                    Column(_("Revenue a member"), "money"),
                ],
                [_row(_("Treated"), self.treated), _row(_("Held out"), self.holdout)],
                self.as_of,
                notes=self.warnings,
            ),
            Table(
                _("Effect with its 95 percent interval"),
                [
                    Column(_("Measure")),
                    *(Column(label, "number") for label in (_("Effect"), _("From"), _("To"))),
                ],
                [
                    _interval(_("Conversion, percentage points"), self.lift, 100),
                    _interval(_("Revenue a member"), self.revenue_lift),
                    _interval(_("Extra buyers"), self.extra_buyers),
                    _interval(_("Extra revenue"), self.extra_revenue),
                ],
                self.as_of,
            ),
        ]


def report(*, campaign: Campaign, node: Organization, as_of: dt.datetime, days: int = 30) -> Effect:
    """Orders at ``node`` or below in the ``days`` after the campaign's start, as far as ``as_of`` has seen them.

    Orders count as in the tags: net of refunds, nothing once all goods were given back, unusual amounts left out; a
    buyer has one that counts. Revenue is in the currency of most orders. Both arms have the same window, so
    that a pause delays them alike; where people enter as they come (ADR 126), each has his own, from his first decision.
    """
    start = campaign.started_at or campaign.starts_at
    last = start if not campaign.follows else campaign.ended_at or as_of
    until = min(last + dt.timedelta(days=days), as_of)
    arms, currency, foreign = _arms(campaign, node, start, days, as_of)
    treated, holdout = arms.get("treated", Arm()), arms.get("holdout", Arm())
    return Effect(
        campaign=campaign,
        as_of=as_of,
        days=days,
        until=until,
        currency=currency,
        treated=treated,
        holdout=holdout,
        lift=_lift(treated, holdout),
        revenue_lift=_revenue_lift(treated, holdout),
        warnings=_warnings(treated, holdout, foreign, complete=until >= last + dt.timedelta(days=days)),
    )


def _arms(campaign, node, start, days, as_of):
    parameters = {
        "campaign": campaign.pk, "path": f"{node.path}%", "start": start, "days": days, "as_of": as_of,
        "follows": campaign.follows, "unusual": UNUSUAL,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        rows = cursor.fetchall()
    arms = {arm: Arm(*numbers[:4]) for arm, _currency, *numbers in rows}
    return arms, next((row[1] for row in rows if row[1]), ""), sum(row[-1] for row in rows)


def _lift(treated, holdout):
    if not treated.members or not holdout.members:
        return None
    return intervals.difference_of_proportions(
        hits=(treated.buyers, holdout.buyers), sizes=(treated.members, holdout.members)
    )


def _revenue_lift(treated, holdout):
    if min(treated.members, holdout.members) < 5:
        return None
    return intervals.difference_of_means(
        *(Sample(arm.members, float(arm.revenue), float(arm.squares)) for arm in (treated, holdout))
    )


def _warnings(treated, holdout, foreign, *, complete):
    said = []
    if not complete:
        said.append(
            _("The days after the start are not over yet: both arms are counted as far as they have come.")
        )
    if not holdout.members:
        return [
            *said,
            _("Nobody was held out, so the effect cannot be told from what would have happened anyway."),
        ]
    if foreign:
        said.append(_("%d members also bought in other currencies; revenue leaves that out.") % foreign)
    few = min(treated.buyers, holdout.buyers) < FEW_BUYERS
    if few or min(treated.members, holdout.members) < FEW_MEMBERS:
        said.append(_("Few members or buyers in an arm: take the interval, not the number."))
    if treated.members and (treated.buyers or holdout.buyers):
        share = (treated.buyers + holdout.buyers) / (treated.members + holdout.members)
        least = intervals.smallest_detectable(share=share, sizes=(treated.members, holdout.members))
        said.append(
            _("Groups of this size find a difference of %.1f percentage points four times in five.")
            % (least * 100)
        )
    return said


def _scaled(interval, factor):
    return interval and Interval(interval.value * factor, interval.low * factor, interval.high * factor)


def _row(name, arm):
    return (name, arm.members, arm.buyers, arm.conversion, arm.revenue, arm.revenue_per_member)


def _interval(name, interval, factor=1):
    scaled = _scaled(interval, factor)
    if scaled is None:
        return (name, None, None, None)
    return (name, *(round(number, 2) for number in (scaled.value, scaled.low, scaled.high)))
