"""Rewards that are due and that nobody is to get any more: quotas and budgets get back what was set aside for them."""

import datetime as dt
from collections.abc import Collection, Sequence

from campaigns.actions.till import giving, setting_aside
from members import sets

OF_ORDERS = f"""
{giving.READ} JOIN unnest(%s::bigint[], %s::text[]) AS n (channel_id, number) ON s.channel_id = n.channel_id AND s.number = n.number
WHERE r.state = 'due' ORDER BY r.id FOR UPDATE OF r
"""
OF_ACCOUNTS = (
    f"{giving.READ} WHERE r.account_id = ANY(%s::bigint[]) AND r.state = 'due' ORDER BY r.id FOR UPDATE OF r"
)
WITHDRAW = """
UPDATE campaigns_reward SET state = 'withdrawn', back = whole, ended_at = %s WHERE id = ANY(%s::bigint[])
"""


def of_orders(*, orders: Sequence[tuple[int, str]], now: dt.datetime) -> int:
    """Of cancelled orders, by channel and number; how many rewards."""
    return _call_off(sets.prepared(OF_ORDERS, *sets.columns(orders, 2)), now)


def of_accounts(*, accounts: Collection[int], now: dt.datetime) -> int:
    """Of somebody who is erased; how many rewards."""
    return _call_off(sets.prepared(OF_ACCOUNTS, sets.array(sorted(accounts))), now)


def _call_off(rows: list[tuple], now: dt.datetime) -> int:
    rewards = giving.read(rows)
    if rewards:
        setting_aside.unreserve(rewards=[(each.kind, each.what, each.left) for each in rewards])
        for each in rewards:
            giving.give_back(reward=each, now=now)
        sets.prepared(WITHDRAW, now, sets.array([each.id for each in rewards]))
    return len(rewards)
