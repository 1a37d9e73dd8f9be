"""What was set aside for rewards that nobody gets is there for others: places in quotas, packets, what budgets paid.

Locks, as everywhere: the counters of coupons by template, the sales' holds, every wallet and pot at once; of all of them together.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from campaigns.actions import budgets
from campaigns.actions.till import setting_aside
from campaigns.queries import budgets as costs
from members import sets
from members.actions import wallets

if TYPE_CHECKING:
    from campaigns.actions.till.giving import Due

COUNTERS = """
SELECT c.template_id FROM campaigns_couponcounter c JOIN campaigns_coupontemplate t ON t.id = c.template_id
WHERE t.code = ANY(%s::text[]) ORDER BY c.template_id FOR UPDATE OF c
"""
HOLDS = "SELECT id FROM members_hold WHERE key = ANY(%s::text[]) ORDER BY id FOR UPDATE"
POTS = """
SELECT DISTINCT l.wallet_id FROM members_posting p JOIN members_lotuse u ON u.posting_id = p.id JOIN members_lot l ON l.id = u.lot_id
WHERE p.hold_id = ANY(%s::bigint[]) AND p.verb = 'hold' AND p.account_id IS NULL
"""


def lock_counters(*, rewards: Sequence["Due"]) -> None:
    """For who locks something between these and `lock`."""
    if templates := {each.what for each in rewards if each.kind == "voucher"}:
        sets.prepared(COUNTERS, sets.array(sorted(templates)))


def lock(*, rewards: Sequence["Due"], beside: Collection[int] = ()) -> None:
    """All that `put_back` will write, and the wallets ``beside`` it."""
    lock_counters(rewards=rewards)
    wanted = set(beside)
    if holds := {each.hold for each in rewards if each.hold}:
        locked = [id for (id,) in sets.prepared(HOLDS, sets.array(sorted(holds)))]
        wanted |= {wallet for (wallet,) in sets.prepared(POTS, sets.array(locked))}
    wallets.lock(wallets=wanted)


def put_back(*, rewards: Sequence["Due"], now: dt.datetime) -> None:
    """Behind `lock`. The holds of their sales are committed."""
    if not rewards:
        return
    setting_aside.unreserve(rewards=[(each.kind, each.what, each.left) for each in rewards])
    setting_aside.put_packets_back(rewards=[each.id for each in rewards if each.kind == "packet"])
    for each in rewards:
        _pay_back(each, now)


def _pay_back(reward: "Due", now: dt.datetime) -> None:
    """What it cost its budgets."""
    if not reward.hold:
        return
    if room := sum(draw.room for draw in costs.drawn(hold=reward.hold, offer=reward.offer, lock=True)):
        budgets.give_back(
            hold=reward.hold, offer=reward.offer, steps=room, key=f"{reward.key}:budget", now=now
        )
