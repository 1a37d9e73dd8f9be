"""A sale without a line happened, whatever was used up meanwhile: what can still be had of coupons, counters, budgets and
allowances is taken as for any sale; for the rest the store stands in.

Locks as everywhere: coupons, counters of uses, allowances and their holds, wallets and pots at once.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from django.db import transaction
from django.utils import timezone

from campaigns.actions import budgets, coupon_uses, coupons
from campaigns.actions.till import rewarding, setting_aside, uses
from campaigns.actions.till.sales import Till
from campaigns.models import Coupon, SpendAllowance, StoreCharge
from campaigns.offers import currencies
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote, Use
from campaigns.queries import budgets as standing
from campaigns.queries.till import giveable
from campaigns.queries.till.pricing import Priced
from campaigns.till.items import Pay
from members.actions import holds, points, wallets
from members.models import Account, Hold

Kind = StoreCharge.Kind


@dataclass(frozen=True)
class Asked:
    """``priced``: as the till sold it; ``ours``: the house's own price; ``costs``: what each offer that the house's rules give cost, minor units; ``shares``: who
    pays which."""

    till: Till
    sale: int
    key: str
    priced: Priced
    ours: Quote
    pays: tuple[Pay, ...]
    costs: Mapping[str, int]
    shares: Mapping[str, tuple]
    sold_at: dt.datetime
    now: dt.datetime

    @property
    def quote(self) -> Quote:
        return self.priced.quote

    @property
    def account(self) -> Account | None:
        person = self.priced.person
        return Account(pk=person.account, member=person.member) if person else None


@dataclass
class Covered:
    """``lost``: coupons that somebody used meanwhile; ``missed``: offers of which nothing is left to give. ``paid``: [book, amount, minor units]; ``unpaid``: (book, minor units)
    that no allowance covered. ``charges``: {(kind, what): minor units} to the store. ``hold``: the ledger's key, "" for none."""

    costs: dict[str, int]
    lost: set[str] = field(default_factory=set)
    missed: list[str] = field(default_factory=list)
    paid: list[tuple[str, str, int]] = field(default_factory=list)
    unpaid: list[tuple[str, int]] = field(default_factory=list)
    charges: dict[tuple[str, str], int] = field(default_factory=dict)
    hold: str = ""

    def charge(self, kind: str, what: str, amount: int) -> None:
        if amount > 0:
            self.charges[kind, what] = self.charges.get((kind, what), 0) + amount

    def charge_offer(self, kind: str, what: str, offer: str) -> None:
        """What is not covered wholly is the store's wholly: so a return finds all of it in one place."""
        self.charge(kind, what, self.costs.pop(offer, 0))


@dataclass
class _Part:
    row: SpendAllowance
    amount: Decimal
    minor: int


def cover(asked: Asked) -> Covered:
    """Within the transaction of the sale."""
    covered = Covered(dict(asked.costs))
    _coupons(asked, covered)
    given = _rewards(asked, covered)
    for use in sorted(asked.quote.uses, key=lambda use: use.offer):
        _use(asked, covered, use)
    parts = _parts(asked, covered)
    _money(asked, covered, parts, beside=rewarding.wallets_of(priced=given))
    for part in parts:
        _hold_the_rest(part, asked)
    return covered


def _coupons(asked: Asked, covered: Covered) -> None:
    named = {code: use for use in asked.quote.uses for code in use.coupons}
    list(Coupon.objects.select_for_update().filter(code__in=named).order_by("id"))
    for code in sorted(named):
        try:
            with transaction.atomic():
                coupon_uses.hold(
                    codes=[code], held_by=asked.till.held_by, now=asked.sold_at, store=asked.till.store,
                    account=asked.account,
                )  # fmt: skip
        except (coupons.Refused, coupons.Unknown):
            covered.lost.add(code)
    for use in asked.quote.uses:
        for code in covered.lost.intersection(use.coupons):
            covered.charge_offer(Kind.COUPON, code, use.offer)


def _rewards(asked: Asked, covered: Covered) -> Priced:
    """What was promised besides is set aside as far as there is still some; a quote of that."""
    offers = {rule.code: rule.offer for rule in asked.priced.rules.compiled.rules}
    quote = _as_ours(_giving(asked.quote, offers if asked.account else ()), asked.ours)
    purse = ""
    if quote.rewards:
        currency = asked.priced.basket.currency
        found = giveable.of(
            quote=quote, offers=offers, member=asked.account.member, store=asked.till.store, currency=currency,
            digits=currencies.digits(currency), now=asked.now,
        )  # fmt: skip
        quote, purse = _giving(quote, offers.keys() - found.left.keys()), found.purse
    while True:
        given = dataclasses.replace(asked.priced, quote=quote, purse=purse)
        try:
            with transaction.atomic():
                setting_aside.set_aside(sale=asked.sale, priced=given, now=asked.now)
            break
        except setting_aside.Gone as gone:
            quote = _giving(quote, offers.keys() - {gone.offer})
    kept = {each.offer for each in (*quote.rewards, *quote.gifts)}
    for each in (*asked.quote.rewards, *asked.quote.gifts):
        if each.offer not in kept and each.offer not in covered.missed:
            covered.missed.append(each.offer)
            covered.costs.pop(each.offer, None)
    return given


def _as_ours(quote: Quote, ours: Quote) -> Quote:
    """Only what the house promises itself: whatever else a till tells, nobody gets."""
    return msgspec.structs.replace(
        quote,
        rewards=tuple(each for each in quote.rewards if each in ours.rewards),
        gifts=tuple(each for each in quote.gifts if each in ours.gifts),
    )


def _giving(quote: Quote, offers: Collection[str]) -> Quote:
    """Only of these offers."""
    return msgspec.structs.replace(
        quote,
        rewards=tuple(each for each in quote.rewards if each.offer in offers),
        gifts=tuple(each for each in quote.gifts if each.offer in offers),
    )


def _use(asked: Asked, covered: Covered, use: Use) -> None:
    account = asked.account
    told = {
        "sale": asked.sale, "uses": [use], "member": account.member if account else None,
        "account": account.pk if account else None, "store": asked.till.store,
        "day": timezone.localtime(asked.sold_at).date(), "now": asked.now,
    }  # fmt: skip
    try:
        with transaction.atomic():
            uses.take(offers=_capped(asked, use), **told)
    except uses.UsedUp:
        uses.take(offers={}, **told)
        covered.charge_offer(Kind.CAP, use.offer, use.offer)


def _capped(asked: Asked, use: Use) -> dict[str, Offer]:
    offer = asked.priced.capped.get(use.offer)
    return {use.offer: offer} if offer else {}


def _parts(asked: Asked, covered: Covered) -> list[_Part]:
    """What each allowance gives, locked; what it does not cover is the store's."""
    found = SpendAllowance.objects.select_for_update(of=("self",)).select_related("book", "hold", "account")
    rows = {
        row.key: row
        for row in found.filter(
            channel=asked.till.channel, key__in=[pay.allowance for pay in asked.pays if asked.account]
        ).order_by("id")
    }
    parts = []
    for pay in asked.pays:
        row, given = rows.get(pay.allowance), 0
        if row and row.store_id == asked.till.store.pk and row.account.member_id == asked.account.member.pk:
            digits = currencies.digits(row.book.unit)
            given = min(pay.amount, int((row.amount - row.spent).scaleb(digits)))
            if given:
                parts.append(_Part(row, Decimal(given).scaleb(-digits), given))
        if given < pay.amount:
            covered.unpaid.append((row.book.code if row else pay.allowance, pay.amount - given))
            covered.charge(Kind.ALLOWANCE, pay.allowance, pay.amount - given)
    return parts


def _money(asked: Asked, covered: Covered, parts: list[_Part], *, beside: set[int]) -> None:
    """Value and budgets in one hold of the sale, as at any till."""
    costs = budgets.costs(amounts=covered.costs, shares=asked.shares)
    _lock(asked, costs, parts, beside)
    for part in parts:
        with suppress(holds.HoldEnded):
            holds.cancel(key=part.row.hold.key, now=asked.now)
    while costs or parts:
        try:
            with transaction.atomic():
                _reserve(asked, costs, parts)
        except budgets.NoBudget as less:
            offer = max(cost.offer for cost in costs if cost.budget.pk == less.budget.pk)
            costs = [cost for cost in costs if cost.offer != offer]
            covered.charge_offer(Kind.BUDGET, offer, offer)
        except points.NotEnough:
            for part in parts:  # it was over before it was uploaded, and the value is spent
                covered.unpaid.append((part.row.book.code, part.minor))
                covered.charge(Kind.ALLOWANCE, part.row.key, part.minor)
            parts.clear()
        else:
            covered.hold = asked.key
            break
    covered.paid = [(book, str(amount), minor) for book, (amount, minor) in _summed(parts).items()]


def _reserve(asked: Asked, costs: list[budgets.Cost], parts: list[_Part]) -> None:
    books = {part.row.book.code: part.row.book for part in parts}
    budgets.hold(
        costs=costs, account=asked.account, key=asked.key, until=asked.now + dt.timedelta(minutes=1), now=asked.now,
        parts=[holds.Part(books[book], amount) for book, (amount, _minor) in _summed(parts).items()],
        cause=asked.till.number, organization=asked.till.store,
    )  # fmt: skip


def _summed(parts: list[_Part]) -> dict[str, tuple[Decimal, int]]:
    found: dict[str, tuple[Decimal, int]] = {}
    for part in parts:
        amount, minor = found.get(part.row.book.code, (Decimal(), 0))
        found[part.row.book.code] = amount + part.amount, minor + part.minor
    return found


def _lock(asked: Asked, costs: list[budgets.Cost], parts: list[_Part], beside: set[int]) -> None:
    """All that will be touched, at once."""
    list(Hold.objects.select_for_update().filter(pk__in=[part.row.hold_id for part in parts]).order_by("id"))
    pots = standing.wallets(budgets=[cost.budget for cost in costs]) if costs else {}
    pairs = {(part.row.book_id, asked.account.pk) for part in parts} if asked.account else set()
    of_house = {wallet for pot in pots.values() for wallet in pot}
    if wanted := of_house | wallets.mates(pairs=pairs) | beside:
        wallets.lock(wallets=wanted)


def _hold_the_rest(part: _Part, asked: Asked) -> None:
    row, now = part.row, asked.now
    row.spent += part.amount
    rest = row.amount - row.spent
    if rest > 0 and row.until > now:
        key = f"{row.hold.key.partition('#')[0]}#{asked.sale}"
        holds.place(
            account=Account.everything.get(pk=row.account_id), parts=[holds.Part(row.book, rest)], key=key,
            until=row.until, now=now, organization=asked.till.store,
        )  # fmt: skip
        row.hold = Hold.objects.get(key=key)
    row.save(update_fields=["spent", "hold"])
