"""Facts that came before what they name: joined to it as soon as it is there."""

from identity.actions import bindings, happenings
from members import sets
from members.actions import accounts, events, memberships, orders, returns, reviews

OVERDUE_PEOPLE = """
SELECT DISTINCT a.channel_id, a.external_id
FROM (SELECT channel_id, account_key FROM members_order WHERE account_id IS NULL AND account_key <> ''
      UNION SELECT channel_id, account_key FROM members_return WHERE account_id IS NULL AND account_key <> ''
      UNION SELECT channel_id, account_key FROM members_review WHERE account_id IS NULL AND account_key <> ''
      UNION SELECT channel_id, account_key FROM members_event WHERE account_id IS NULL AND account_key <> '') w
JOIN members_account a ON a.channel_id = w.channel_id AND a.external_id = w.account_key AND a.emptied_at IS NULL
"""
OVERDUE_SALES = """
SELECT DISTINCT o.channel_id, o.external_id
FROM (SELECT channel_id, order_key FROM members_return WHERE order_id IS NULL AND order_key <> ''
      UNION SELECT channel_id, order_key FROM members_review WHERE order_id IS NULL AND order_key <> '') w
JOIN members_order o ON o.channel_id = w.channel_id AND o.external_id = w.order_key
UNION
SELECT o.channel_id, o.external_id
FROM (SELECT order_id FROM members_return WHERE account_id IS NULL AND order_id IS NOT NULL
      UNION SELECT order_id FROM members_review WHERE account_id IS NULL AND order_id IS NOT NULL) w
JOIN members_order o ON o.id = w.order_id WHERE o.account_id IS NOT NULL
"""


class Joined:
    """What a joining changed: accounts that gained contacts, and accounts whose orders or returns changed;
    `sales` are the orders (channel id, order number) that found their account."""

    def __init__(self):
        self.sales = set()
        self.bound = set()
        self.traded = set()


def join(*, people, sales, now) -> Joined:
    """Join what waited for `people` (rows channel, external id, account) and `sales` (rows channel, order
    number, order, account or None). Each account that gained something gets an event `account.joined`."""
    joined = Joined()
    people, sales = sorted(people), sorted(sales, key=lambda row: row[:3])
    found = orders.join(accounts=people)
    own = {row[0]: row[1] for row in found}
    joined.sales = {row[4:] for row in found}
    sales = [(*row[:3], own.get(row[2], row[3])) for row in sales]
    owned = sorted(own.items() | {row[2:] for row in sales if row[3]})
    joined.traded |= (
        set(own.values()) | returns.join_accounts(accounts=people) | returns.join_orders(orders=sales)
    )
    joined.traded |= returns.follow(orders=owned)
    reviewed = reviews.join_accounts(accounts=people) | reviews.join_orders(orders=sales)
    reviewed |= reviews.follow(orders=owned)
    joined.bound = bindings.add_orders(orders=sorted(own))
    memberships.visit(visits=[(node, account, at) for _order, account, node, at, *_key in found])
    joined.traded.discard(None)
    _tell(joined.traded | reviewed | events.join(accounts=people), people, sales, now)
    return joined


def _tell(gained, people, sales, now):
    """Readers of the log that have passed a waiting fact learn of its joining, also for those whom it leaves."""
    channels = {row[2]: row[0] for row in people} | {row[3]: row[0] for row in sales}
    told = sorted(gained & channels.keys() - {None})
    events.record(
        happenings=[
            events.Happening(
                name="account.joined", occurred_at=now, channel=channels[account], account=account
            )
            for account in told
        ]
    )
    happenings.say(name=happenings.WENT, accounts=gained - channels.keys() - {None}, now=now)


def named(entries) -> tuple[set, set]:
    """(accounts waited for, orders named) by entries, as (channel id, external id)."""
    people = {(e.channel, e.cleaned.customer) for e in entries if "account" in e.waiting}
    numbers = ((e.channel, getattr(e.cleaned.record, "order", None)) for e in entries)
    return people, {key for key in numbers if key[1]}


def look_up(*, people, sales) -> tuple[list, list]:
    """The rows that `join` wants, of those keys that are known by now.

    A return that is linked to its order follows the account that the order has; one that gets its account takes
    along the returns linked to it. The order's lock lets whoever comes second see what the first one did.
    """
    known = accounts.look_up(keys=people)
    sold = orders.settled(keys=sales)
    return (
        [(each.channel, each.external_id, each.id) for each in known.values()],
        [(each.channel, each.external_id, each.id, each.account) for each in sold.values()],
    )


def overdue() -> tuple[set, set]:
    """Accounts and orders (channel id, external id) that are there although something still waits for them."""
    return set(sets.run(OVERDUE_PEOPLE, [], 0)), set(sets.run(OVERDUE_SALES, [], 0))
