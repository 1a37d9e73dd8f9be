"""What a sale brings besides its goods: noted with it; points that are due at once are given with it."""

import datetime as dt

import msgspec

from campaigns.actions.till.selling import Sold
from campaigns.offers.quote import Reward
from members import sets
from members.actions import points
from members.models import Account, Book

NOTE = """
INSERT INTO campaigns_reward (sale_id, offer, activity, version, account_id, kind, what, amount, given, whole, back, short, worth, told, state,
    after, days, coupons, why, at)
VALUES (%(sale)s, %(offer)s, %(activity)s, 1, %(account)s, %(kind)s, %(what)s, %(amount)s, 0, %(whole)s, 0, 0, %(worth)s, %(told)s, 'due',
    %(after)s, %(days)s, '{}', '', %(now)s)
RETURNING id
"""
GIVEN = "UPDATE campaigns_reward SET state = 'given', given = amount, posting_id = %s, given_at = %s WHERE id = %s"


def promise(*, sale: int, sold: Sold, now: dt.datetime) -> None:
    """One row a reward of the quote. Raises points.Closed."""
    activities = {use.offer: use.activity for use in sold.quote.uses}
    for reward in sold.quote.rewards:
        told = msgspec.json.encode(reward).decode()
        [[id]] = sets.named(
            NOTE, sale=sale, offer=reward.offer, activity=activities[reward.offer], kind=reward.kind,
            what=reward.what, amount=reward.amount, told=told, after=reward.when, days=reward.days, now=now,
            account=sold.account, whole=reward.base or reward.amount, worth=reward.worth,
        )  # fmt: skip
        if reward.kind == "points" and reward.when in ("", "paid") and not reward.days:
            posting = _give_points(id, reward, activities[reward.offer], sold.account, now)
            sets.prepared(GIVEN, posting, now, id)


def _give_points(id: int, reward: Reward, activity: str, account: int, now: dt.datetime) -> int:
    book = Book.objects.get(code=reward.what)
    receipt = points.earn(
        account=Account.everything.get(pk=account), book=book, amount=book.shown(reward.amount),
        key=f"reward:{id}", now=now, reason=activity,
    )  # fmt: skip
    return receipt.posting
