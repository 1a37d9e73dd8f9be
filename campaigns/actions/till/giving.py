"""Rewards are given: value into books, coupons, goods as an order of nothing. Any number of locked rewards at once.

Each has a key of its own (``reward:{id}``), so that none is given twice. What cannot be given any more is missed, with the
reason, and its budgets get back what it cost them. Locks: the hold of who misses something, then all wallets, sorted.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from campaigns.actions import budgets, coupons
from campaigns.actions.till import gifts, setting_aside
from campaigns.models import CouponTemplate
from campaigns.queries import budgets as costs
from members import sets
from members.actions import points, postings, wallets
from members.actions.postings import Draft, Role, Verb
from members.models import Account, Book, Channel

READ = """
SELECT r.id, r.sale_id, s.number, s.channel_id, s.store_id, s.currency, coalesce(h.key, ''), r.offer, r.activity, r.kind, r.what, r.amount, r.whole,
    r.back, r.account_id, r.after, r.days,
    coalesce((SELECT b.scale FROM members_book b WHERE r.kind = 'points' AND b.code = r.what), 0)
FROM campaigns_reward r JOIN campaigns_tillorder s ON s.id = r.sale_id LEFT JOIN members_hold h ON h.id = s.hold_id
"""
SETTLE = """
UPDATE campaigns_reward r SET state = n.state, given = n.given, posting_id = n.posting, coupons = n.coupons::bigint[], order_id = n.gift,
    why = n.why, due_at = coalesce(r.due_at, %s), given_at = CASE n.state WHEN 'given' THEN %s::timestamptz END,
    ended_at = CASE n.state WHEN 'missed' THEN %s::timestamptz END
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::text[])
    AS n (id, state, given, posting, coupons, gift, why)
WHERE r.id = n.id
"""
VALUE = ("points", "cash", "packet")
GIVEN, MISSED = "given", "missed"


class Due(NamedTuple):
    """A reward to be given, of a sale. ``hold``: key of the ledger's hold that its budgets paid under; ``scale``: of points."""

    id: int
    sale: int
    number: str
    channel: int
    store: int
    currency: str
    hold: str
    offer: str
    activity: str
    kind: str
    what: str
    amount: int
    whole: int
    back: int
    account: int | None
    after: str
    days: int
    scale: int

    @property
    def left(self) -> int:
        """What is to be given: less where goods came back before."""
        return self.amount - self.amount * self.back // self.whole

    @property
    def key(self) -> str:
        return f"reward:{self.id}"


class Given(NamedTuple):
    """What became of one; ``coupons``: ids as an array."""

    id: int
    state: str
    given: int = 0
    posting: int | None = None
    coupons: str = "{}"
    order: int | None = None
    why: str = ""


def give(*, rewards: Sequence[Due], now: dt.datetime) -> list[Given]:
    """All of these, which their caller has locked. Multipliers are not among them: they follow what the plan gives."""
    done = [*_vouchers(rewards, now), *_goods(rewards, now), *_value(rewards, now)]
    missed = {each.id for each in done if each.state == MISSED}
    lost = [each for each in rewards if each.id in missed]
    setting_aside.unreserve(rewards=[(each.kind, each.what, each.left) for each in lost])
    for each in lost:
        give_back(reward=each, now=now)
    if done:
        sets.prepared(SETTLE, now, now, now, *sets.columns(done, len(Given._fields)))
    return done


def give_back(*, reward: Due, now: dt.datetime) -> None:
    """What a reward that nobody gets cost its budgets."""
    if not reward.hold:
        return
    if room := sum(draw.room for draw in costs.drawn(hold=reward.hold, offer=reward.offer, lock=True)):
        budgets.give_back(
            hold=reward.hold, offer=reward.offer, steps=room, key=f"{reward.key}:budget", now=now
        )


def books(*, codes: Iterable[str]) -> dict[str, Book]:
    return {book.code: book for book in Book.objects.filter(code__in=set(codes))}


def _lock(pairs: Iterable[tuple[Book, int]]) -> wallets.Locked:
    """The wallets of these books and accounts, made where they lack; in books that slide all of their people's."""
    own = {(book.pk, account) for book, account in pairs}
    sliding = {(book.pk, account) for book, account in pairs if book.expiry == Book.Expiry.SLIDING}
    wallets.make(pairs=own)
    return wallets.lock(wallets=wallets.own(pairs=own) | wallets.mates(pairs=sliding))


def _value(rewards: Sequence[Due], now: dt.datetime) -> list[Given]:
    asked = [each for each in rewards if each.kind in VALUE]
    if not asked:
        return []
    found = books(codes=(each.what for each in asked))
    given = [each for each in asked if _is_open(found.get(each.what), now)]
    done = [Given(each.id, MISSED, why=_("The book is closed.")) for each in asked if each not in given]
    if len(given) == 1:
        return [*done, _earned(given[0], found[given[0].what], now)]
    return [*done, *_posted(given, found, now)]


def _is_open(book: Book | None, now: dt.datetime) -> bool:
    return book is not None and not points.is_closed(book=book, now=now)


def _earned(reward: Due, book: Book, now: dt.datetime) -> Given:
    """One alone: mostly a single statement."""
    receipt = points.earn(
        account=Account(pk=reward.account), book=book, amount=book.shown(reward.left), key=reward.key, now=now,
        reason=reward.activity,
    )  # fmt: skip
    return Given(reward.id, GIVEN, reward.left, receipt.posting)


def _posted(rewards: list[Due], found: dict[str, Book], now: dt.datetime) -> list[Given]:
    """Several: their wallets are locked at once, and one statement writes them."""
    if not rewards:
        return []
    held = _lock([(found[each.what], each.account) for each in rewards])
    own = {pair: wallet for wallet, pair in held.items()}
    owing = {own[found[each.what].pk, each.account] for each in rewards if found[each.what].below_zero}
    owed = wallets.lots(wallets=owing) if owing else []
    drafts = []
    for each in rewards:
        book = found[each.what]
        wallet = own[book.pk, each.account]
        debts = [lot for lot in owed if lot.wallet == wallet]
        drafts.append(_draft(each, book, now))
        points.bring(drafts[-1], wallet, each.left, debts, ends=book.ends(now), ready=book.ready(now))
    written = postings.write(drafts=drafts, now=now)
    for book in found.values():
        points.prolong(
            book=book, held=[id for id, pair in held.items() if pair[0] == book.pk], at=now, now=now
        )
    return [Given(each.id, GIVEN, each.left, written[each.key]) for each in rewards]


def _draft(reward: Due, book: Book, now: dt.datetime) -> Draft:
    content = postings.digest("reward", reward.id, reward.left)
    told = Verb.EARN, reward.key, Role.ISSUED, now, content, None, reward.activity
    return points.drafted(book, Account(pk=reward.account), *told)


def _vouchers(rewards: Sequence[Due], now: dt.datetime) -> list[Given]:
    asked: dict[str, list[Due]] = {}
    for each in rewards:
        if each.kind == "voucher":
            asked.setdefault(each.what, []).append(each)
    templates = CouponTemplate.objects.in_bulk(asked, field_name="code") if asked else {}
    return [done for code in sorted(asked) for done in _issued(templates[code], asked[code], now)]


def _issued(template: CouponTemplate, rewards: list[Due], now: dt.datetime) -> list[Given]:
    """One statement for each channel of a template."""
    done = []
    for channel in sorted({each.channel for each in rewards}):
        here = [each for each in rewards if each.channel == channel]
        keys = {f"{each.key}:{number}": each for each in here for number in range(each.left)}
        accounts = {key: each.account for key, each in keys.items()}
        try:
            made = coupons.issue(template=template, accounts=accounts, channel=Channel(pk=channel), now=now)
        except coupons.NotNow as refused:
            done += [Given(each.id, MISSED, why=str(refused)[:200]) for each in here]
            continue
        for each in here:
            ids = sets.array([coupon.pk for key, coupon in made.items() if keys[key] is each])
            done.append(Given(each.id, GIVEN, each.left, coupons=ids))
    return done


def _goods(rewards: Sequence[Due], now: dt.datetime) -> list[Given]:
    asked = [each for each in rewards if each.kind == "goods"]
    if not asked:
        return []
    made = gifts.order(rewards=asked, now=now)
    return [Given(each.id, GIVEN, each.left, order=made[each.id]) for each in asked]


def read(rows: Iterable[tuple]) -> list[Due]:
    return [Due(*row) for row in rows]
