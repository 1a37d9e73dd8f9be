"""Rewards are given: value into books, coupons, goods as an order of nothing. Any number of locked rewards at once.

Each has a key of its own (``reward:{id}``), so that none is given twice. What cannot be given any more is missed, with the
reason, and what was set aside for it is put back. That is decided first, so that all of them lock in one order.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from campaigns.actions import coupons
from campaigns.actions.till import gifts, putting_back
from campaigns.models import CouponTemplate
from campaigns.offers.amounts import whole_pieces
from members import sets
from members.actions import points, postings, wallets
from members.actions.postings import Draft, Role, Verb
from members.models import Account, Book, Channel
from members.queries import books

READ = """
SELECT r.id, r.sale_id, s.number, s.channel_id, s.store_id, s.currency, coalesce(h.key, ''), r.offer, r.activity, r.kind, r.what, r.amount, r.whole,
    r.back, r.account_id, r.after, r.days,
    coalesce((SELECT b.scale FROM members_book b WHERE r.kind = 'points' AND b.code = r.what), 0), r.why
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
    """A reward to be given, of a sale. ``hold``: key of the ledger's hold that its budgets paid under; ``scale``: of points;
    ``gone``: why nobody is to get it, which came to be known while the sale was held."""

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
    gone: str

    @property
    def left(self) -> int:
        """What is to be given: less where goods came back before."""
        return self.amount - part(self.kind, self.amount, self.back, self.whole)

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


class Decided(NamedTuple):
    """Which rewards are ``given`` and which are ``lost``, and why (by id); the books and templates that they are of."""

    given: list[Due]
    lost: list[Due]
    why: dict[int, str]
    books: dict[str, Book]
    templates: dict[str, CouponTemplate]

    @property
    def value(self) -> list[Due]:
        return [each for each in self.given if each.kind in VALUE]

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """The books and accounts that value goes into."""
        return {(self.books[each.what].pk, each.account) for each in self.value}


def part(kind: str, amount: int, back: int, whole: int) -> int:
    """How much of a reward is back with ``back`` of the ``whole`` that its lines share. Goods by the piece."""
    gone = amount * back // whole
    return whole_pieces(gone, of=amount) if kind == "goods" else gone


def decide(*, rewards: Sequence[Due], now: dt.datetime) -> Decided:
    """Before anything of them is locked. Multipliers are not among them: they follow what the plan gives."""
    value = {each.what for each in rewards if each.kind in VALUE}
    vouchers = {each.what for each in rewards if each.kind == "voucher"}
    found = books.of_codes(value)
    templates = CouponTemplate.objects.in_bulk(vouchers, field_name="code") if vouchers else {}
    said = {each.id: _why_not(each, found, templates, now) for each in rewards}
    why = {id: words for id, words in said.items() if words}
    given = [each for each in rewards if each.id not in why]
    return Decided(given, [each for each in rewards if each.id in why], why, found, templates)


def give(*, rewards: Sequence[Due], now: dt.datetime, decided: Decided | None = None) -> list[Given]:
    """All of these, which their caller has locked. ``decided``: what became of that, if all that they touch is locked, too."""
    if decided is None:
        decided = decide(rewards=rewards, now=now)
        _lock_all(decided)
    done = [Given(each.id, MISSED, why=decided.why[each.id]) for each in decided.lost]
    putting_back.put_back(rewards=decided.lost, now=now)
    done += [*_vouchers(decided, now), *_value(decided, now), *_goods(decided.given, now)]
    if done:
        sets.prepared(SETTLE, now, now, now, *sets.columns(done, len(Given._fields)))
    return done


def _why_not(
    reward: Due, found: dict[str, Book], templates: dict[str, CouponTemplate], now: dt.datetime
) -> str:
    if reward.gone:
        return reward.gone
    if reward.kind in VALUE and not _is_open(found.get(reward.what), now):
        return _("The book is closed.")
    if reward.kind == "voucher":
        try:
            coupons.check_open(template=templates[reward.what], now=now)
        except coupons.NotNow as refused:
            return str(refused)[:200]
    return ""


def _lock_all(decided: Decided) -> None:
    """Where nothing is lost, whoever gives locks what it gives into."""
    if decided.lost:
        putting_back.lock(rewards=decided.lost, beside=_wallets(_pairs(decided)))


def _pairs(decided: Decided) -> list[tuple[Book, int]]:
    return [(decided.books[each.what], each.account) for each in decided.value]


def _wallets(pairs: Iterable[tuple[Book, int]]) -> set[int]:
    """Those of these books and accounts, made where they lack; in books that slide all of their people's."""
    own = {(book.pk, account) for book, account in pairs}
    sliding = {(book.pk, account) for book, account in pairs if book.expiry == Book.Expiry.SLIDING}
    wallets.make(pairs=own)
    return wallets.own(pairs=own) | wallets.mates(pairs=sliding)


def _value(decided: Decided, now: dt.datetime) -> list[Given]:
    if len(decided.value) == 1:
        [alone] = decided.value
        return [_earned(alone, decided.books[alone.what], now)]
    return _posted(decided, now)


def _is_open(book: Book | None, now: dt.datetime) -> bool:
    return book is not None and not points.is_closed(book=book, now=now)


def _earned(reward: Due, book: Book, now: dt.datetime) -> Given:
    """One alone: mostly a single statement."""
    receipt = points.earn(
        account=Account(pk=reward.account), book=book, amount=book.shown(reward.left), key=reward.key, now=now,
        reason=reward.activity,
    )  # fmt: skip
    return Given(reward.id, GIVEN, reward.left, receipt.posting)


def _posted(decided: Decided, now: dt.datetime) -> list[Given]:
    """Several: their wallets are locked at once, and one statement writes them."""
    if not (rewards := decided.value):
        return []
    found = {each.what: decided.books[each.what] for each in rewards}
    held = wallets.lock(wallets=_wallets(_pairs(decided)))
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


def _vouchers(decided: Decided, now: dt.datetime) -> list[Given]:
    asked: dict[str, list[Due]] = {}
    for each in decided.given:
        if each.kind == "voucher":
            asked.setdefault(each.what, []).append(each)
    return [done for code in sorted(asked) for done in _issued(decided.templates[code], asked[code], now)]


def _issued(template: CouponTemplate, rewards: list[Due], now: dt.datetime) -> list[Given]:
    """One statement for each channel of a template."""
    done = []
    for channel in sorted({each.channel for each in rewards}):
        here = [each for each in rewards if each.channel == channel]
        keys = {f"{each.key}:{number}": each for each in here for number in range(each.left)}
        accounts = {key: each.account for key, each in keys.items()}
        made = coupons.issue(template=template, accounts=accounts, channel=Channel(pk=channel), now=now)
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
