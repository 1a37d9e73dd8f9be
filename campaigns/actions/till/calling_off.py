"""Rewards that nobody is to get any more. What was set aside for those that are due is put back at once."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from campaigns.actions.till import giving, putting_back
from members import sets

OF_ORDERS = f"""
{giving.READ} JOIN unnest(%s::bigint[], %s::text[]) AS n (channel_id, number) ON s.channel_id = n.channel_id AND s.number = n.number
WHERE r.state = 'due' ORDER BY r.id FOR UPDATE OF r
"""
OF_ACCOUNTS = (
    f"{giving.READ} WHERE r.account_id = ANY(%s::bigint[]) AND r.state = 'due' ORDER BY r.id FOR UPDATE OF r"
)
LOSE = """
UPDATE campaigns_reward SET why = %s WHERE account_id = ANY(%s::bigint[]) AND state = 'held' AND why = ''
    AND (kind <> 'goods' OR after = 'received' OR days > 0) RETURNING id
"""
WITHDRAW = """
UPDATE campaigns_reward SET state = 'withdrawn', back = whole, ended_at = %s WHERE id = ANY(%s::bigint[])
"""


def of_orders(*, orders: Sequence[tuple[int, str]], now: dt.datetime, beside: Collection[int] = ()) -> int:
    """Of cancelled orders, by channel and number; how many rewards. ``beside``: wallets that the caller writes next."""
    return _call_off(sets.prepared(OF_ORDERS, *sets.columns(orders, 2)), now, beside)


def of_accounts(*, accounts: Collection[int], now: dt.datetime) -> int:
    """Of somebody who is erased; how many rewards. Of sales that are held, all but the goods that he takes with him are lost
    once they are committed."""
    owners = sets.array(sorted(accounts))
    promised = sets.prepared(LOSE, _("The customer was forgotten at their own wish."), owners)
    return len(promised) + _call_off(sets.prepared(OF_ACCOUNTS, owners), now)


def _call_off(rows: list[tuple], now: dt.datetime, beside: Collection[int] = ()) -> int:
    rewards = giving.read(rows)
    if rewards:
        putting_back.lock(rewards=rewards, beside=beside)
        putting_back.put_back(rewards=rewards, now=now)
        sets.prepared(WITHDRAW, now, sets.array([each.id for each in rewards]))
    return len(rewards)
