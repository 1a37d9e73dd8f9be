"""The review of tiers beside one statement written by hand: everybody reaches a tier, and a night later nobody does."""

import datetime as dt
import time

from django.db import connection, transaction

from benchmarks import fixtures, ledger_fill
from benchmarks.measures import Measure, times_at_most
from members.actions import plans, tiers
from members.models import EarningRule, Organization, Plan, Programme, Tier, TierRule

TIERS = (("basic", 0), ("silver", 150), ("gold", 1_000))
EARNED = 2  # of 100 growth each
MONTHS = 24  # the window, and how long a tier lasts

# What a review writes, for everybody at once: the growth of the window, the tier it reaches, the one that stands, and
# where it rises a grant and an event.
BY_HAND = """
WITH grown AS MATERIALIZED (
    SELECT a.member_id, array_agg(DISTINCT a.id) AS basis, sum(l.remaining)::bigint AS steps, max(p.occurred_at) AS latest
    FROM members_account a JOIN members_wallet w ON w.account_id = a.id AND w.book_id = %(book)s
    JOIN members_lot l ON l.wallet_id = w.id AND l.remaining <> 0 JOIN members_posting p ON p.id = l.posting_id
    WHERE p.occurred_at > %(since)s AND p.occurred_at <= %(now)s GROUP BY a.member_id
), standing AS (
    SELECT DISTINCT ON (a.member_id) a.member_id, t.rank, t.code
    FROM members_tiergrant g JOIN members_account a ON a.id = g.account_id JOIN members_tier t ON t.id = g.tier_id
    WHERE g.programme_id = %(programme)s AND (g.valid_until IS NULL OR g.valid_until > %(now)s)
    ORDER BY a.member_id, g.from_at DESC, g.id DESC
), rises AS MATERIALIZED (
    SELECT g.*, s.code AS before, r.tier_id, r.code, r.months
    FROM grown g LEFT JOIN standing s USING (member_id) CROSS JOIN LATERAL (
        SELECT t.id AS tier_id, t.code, t.rank, r.validity_months AS months
        FROM members_tierrule r JOIN members_tier t ON t.id = r.tier_id
        WHERE r.plan_id = %(plan)s AND r.growth_from <= g.steps ORDER BY t.rank DESC LIMIT 1
    ) r WHERE r.rank > coalesce(s.rank, -1)
), granted AS (
    INSERT INTO members_tiergrant (key, programme_id, account_id, basis, tier_id, reason, plan_id, growth, from_at,
                                   valid_until, recorded_at)
    SELECT 'by hand:' || member_id, %(programme)s, basis[1], basis, tier_id, 'reached', %(plan)s, steps, latest,
           latest + make_interval(months => months), %(now)s
    FROM rises
)
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT a.id, a.channel_id, p.organization_id, 'tier.reached', r.latest,
       jsonb_build_object('programme', o.code, 'from', coalesce(r.before, ''), 'to', r.code, 'growth', r.steps::text)
FROM rises r JOIN members_account a ON a.id = r.basis[1]
JOIN members_programme p ON p.id = %(programme)s JOIN members_organization o ON o.id = p.organization_id
"""


def measure(*, members: int, begin: dt.datetime, now: dt.datetime) -> list[Measure]:
    """For ``members`` with an account each, none of whom has a tier."""
    plan = _plan(members, begin)
    first = _both(plan, now, grants=members)
    again = _both(plan, now, grants=0)
    return [
        times_at_most(
            f"review of {members:,} members, a tier for each", first[0], "s", 2, yardstick=first[1]
        ),
        times_at_most("the same a night later", again[0], "s", 2, yardstick=again[1]),
    ]


def _plan(members, begin) -> Plan:
    growth = ledger_fill.book(code="growth", kind="growth", members=members, earned=EARNED, begin=begin)
    programme = Programme.objects.create(organization=Organization.objects.earliest("id"), name="Club")
    plan = plans.draft(
        programme=programme, cycle="long", name="Tiers", starts_at=begin, by=None, now=begin, growth_book=growth,
        window_months=MONTHS,
    )  # fmt: skip
    EarningRule.objects.create(plan=plan, position=1, book=growth, currency="CNY", rate=1)
    for rank, (code, growth_from) in enumerate(TIERS):
        tier = Tier.objects.create(programme=programme, code=code, name=code.title(), rank=rank)
        TierRule.objects.create(
            plan=plan, tier=tier, growth_from=growth_from, validity_months=MONTHS if growth_from else 0
        )
    return plans.publish(plan=plan, by=None, now=begin - dt.timedelta(seconds=1))


def _both(plan, now, *, grants) -> tuple[float, float]:
    """Seconds of the review, and of the statement, which is taken back before."""
    by_hand = _by_hand(plan, now)
    fixtures.settle()
    begun = time.perf_counter()
    if (made := tiers.review(now=now)) != grants:
        raise RuntimeError(f"{made:,} tiers were given, not {grants:,}")
    return time.perf_counter() - begun, by_hand


def _by_hand(plan, now) -> float:
    asked = {
        "programme": plan.programme_id,
        "plan": plan.pk,
        "book": plan.growth_book_id,
        "now": now,
        "since": now - dt.timedelta(days=MONTHS * 30),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        begun = time.perf_counter()
        cursor.execute(BY_HAND, asked)
        seconds = time.perf_counter() - begun
        transaction.set_rollback(True)
    return seconds
