"""How budgets stand, and what drew on them. Amounts are steps of the budget's book: minor units of its currency."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Sum

from campaigns.models import Budget, BudgetMove
from members import sets
from members.models import Organization

WHOLE = 10_000
POTS = """
SELECT b.id, w.id, w.balance FROM campaigns_budget b CROSS JOIN LATERAL generate_series(0, b.slices - 1) AS slice
JOIN members_wallet w ON w.book_id = b.book_id AND w.pot = 'budget:' || b.id || ':' || slice AND w.pot <> ''
WHERE b.id = ANY(%s::bigint[]) ORDER BY b.id, slice
"""
RESERVED = """
SELECT d.budget_id, -sum(p.amount)::bigint FROM members_hold h
JOIN members_posting p ON p.hold_id = h.id AND p.verb = 'hold' JOIN campaigns_budgetdraw d ON d.posting_id = p.id
WHERE h.state = 'open' AND d.budget_id = ANY(%s::bigint[]) GROUP BY 1
"""
DRAWN = """
SELECT p.id, d.budget_id, e.id, -p.amount - coalesce(r.amount, 0)
FROM members_hold h JOIN members_posting p ON p.hold_id = h.id AND p.verb = 'hold'
JOIN campaigns_budgetdraw d ON d.posting_id = p.id
JOIN members_posting e ON e.corrects_id = p.id AND e.verb = 'commit'
LEFT JOIN LATERAL (
    SELECT sum(amount)::bigint AS amount FROM members_posting WHERE corrects_id = e.id AND verb = 'reverse'
) r ON true
WHERE h.key = %s AND d.offer = %s ORDER BY d.budget_id
"""
LOCK = "SELECT id FROM members_hold WHERE key = %s FOR UPDATE"
# What was settled in a time, less what came back in it, by whoever's budget paid and the place where it was given. Reads the
# movements of that time (index posting_of_house) and what these are of, whatever happened before: OFFSET 0 keeps it so.
SETTLED = """
WITH moved AS MATERIALIZED (
    SELECT e.corrects_id AS posting_id, 1 AS ended, -e.amount AS kept, 0::bigint AS back FROM members_posting e
    WHERE e.verb = 'commit' AND e.recorded_at >= %(since)s AND e.recorded_at < %(until)s AND e.account_id IS NULL
    UNION ALL
    SELECT e.corrects_id, 0, 0, r.amount FROM members_posting r JOIN members_posting e ON e.id = r.corrects_id
    WHERE r.verb = 'reverse' AND e.verb = 'commit' AND r.recorded_at >= %(since)s AND r.recorded_at < %(until)s
      AND r.account_id IS NULL
), here AS MATERIALIZED (SELECT id FROM members_organization WHERE path LIKE %(path)s)
SELECT d.organization_id, d.budget_id, d.offer, sum(m.kept - m.ended * d.amount)::bigint, sum(m.back)::bigint,
       count(DISTINCT d.cause)
FROM moved m CROSS JOIN LATERAL (
    SELECT w.*, p.amount FROM campaigns_budgetdraw w JOIN members_posting p ON p.id = w.posting_id
    WHERE w.posting_id = m.posting_id OFFSET 0
) d
WHERE d.organization_id IN (SELECT id FROM here)
   OR d.organization_id IS NOT NULL
      AND d.budget_id IN (SELECT b.id FROM campaigns_budget b WHERE b.organization_id IN (SELECT id FROM here))
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class Standing:
    """``given``: what came in, less what went on to others; it is what was ``spent``, is ``reserved`` and is ``left``."""

    given: int
    reserved: int
    left: int

    @property
    def spent(self) -> int:
        return self.given - self.reserved - self.left


@dataclass(frozen=True)
class Draw:
    """What an offer cost a budget: ``commit`` settled it, ``room`` steps of it were not given back yet."""

    posting: int
    budget: int
    commit: int
    room: int


@dataclass(frozen=True)
class Settled:
    """What a budget paid for an offer at a place, and what came back to it."""

    organization: int
    budget: int
    offer: str
    spent: int
    back: int
    orders: int


def wallets(*, budgets: Iterable[Budget]) -> dict[int, dict[int, int]]:
    """{budget: {wallet: balance}}, the slices in their order; as many as there are by now."""
    found: dict[int, dict[int, int]] = {budget.pk: {} for budget in budgets}
    for budget, wallet, balance in sets.run(POTS, [(id,) for id in found], 1) if found else ():
        found[budget][wallet] = balance
    return found


def standings(*, budgets: Collection[Budget]) -> dict[int, Standing]:
    """Of each budget, by its id. Reads no draw that has ended: a budget of a million orders costs no more than a new one."""
    ids = [budget.pk for budget in budgets]
    came = dict(_sums(BudgetMove.objects.filter(budget__in=ids), "budget_id"))
    went = dict(_sums(BudgetMove.objects.filter(source__in=ids), "source_id"))
    reserved = dict(sets.run(RESERVED, [(id,) for id in ids], 1)) if ids else {}
    pots = wallets(budgets=budgets)
    return {
        id: Standing(came.get(id, 0) - went.get(id, 0), reserved.get(id, 0), sum(pots[id].values()))
        for id in ids
    }


def left(*, shares: Mapping[str, Collection[tuple[Budget, int]]]) -> dict[str, int]:
    """{offer: what it may still cost}, given who pays how many basis points of it; what the engine is told."""
    pots = wallets(budgets={budget for paid in shares.values() for budget, _points in paid})
    sums = {id: sum(each.values()) for id, each in pots.items()}
    return {
        offer: min(sums[budget.pk] * WHOLE // points for budget, points in paid)
        for offer, paid in shares.items()
        if paid
    }


def apportioned(steps: int, weights: Mapping[int, int]) -> dict[int, int]:
    """By largest remainder (ties: the first): adds up exactly, and none gets more than its weight where the steps are no
    more than all weights together."""
    whole = sum(weights.values())
    parts = {each: divmod(steps * weight, whole) for each, weight in weights.items()}
    lacking = steps - sum(part for part, _rest in parts.values())
    longest = sorted(parts, key=lambda each: -parts[each][1])[:lacking]
    return {each: part + (each in longest) for each, (part, _rest) in parts.items()}


def drawn(*, hold: str, offer: str, lock: bool = False) -> list[Draw]:
    """What the offer cost each budget under this hold, if it was committed; locked: nobody gives back beside it."""
    if lock:
        sets.run(LOCK, [], 0, hold)
    return [Draw(*row) for row in sets.run(DRAWN, [], 0, hold, offer)]


def settlement(*, node: Organization, since: dt.datetime, until: dt.datetime) -> list[Settled]:
    """What was settled in this time at places below the node, or paid by budgets below it."""
    told = {"since": since, "until": until, "path": f"{node.path}%"}
    return [Settled(*row) for row in sets.named(SETTLED, **told)]


def _sums(moves, field):
    return moves.values_list(field).annotate(Sum("steps")).order_by(field)
