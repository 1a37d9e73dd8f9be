"""Value out of allowances and money out of budgets, for a sale without a line: in one hold, as at any till.

What the sale does not take of an allowance is reserved anew. An allowance that is over pays with whatever is free; it never
takes what is still reserved by another.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from campaigns.actions import budgets
from campaigns.actions.till.covering_facts import Asked, Covered, Kind
from campaigns.models import SpendAllowance
from campaigns.offers import currencies
from campaigns.queries import budgets as standing
from members.actions import holds, points, wallets
from members.models import Account, Hold


@dataclass
class _Part:
    """``reserved``: until now, so that it is certainly there. ``taken``: the sale gets it."""

    row: SpendAllowance
    amount: Decimal
    minor: int
    reserved: bool = False
    taken: bool = True

    @property
    def rest(self) -> Decimal:
        return self.row.amount - self.row.spent - (self.amount if self.taken else 0)


def take(*, asked: Asked, covered: Covered, beside: set[int]) -> None:
    """Within the transaction of the sale. ``beside``: wallets that it writes later."""
    parts, costs = _parts(asked, covered), budgets.costs(amounts=covered.costs, shares=asked.shares)
    _lock(asked, costs, parts, beside)
    _set_free(parts, asked.now)
    while True:
        try:
            with transaction.atomic():
                _reserve(asked, costs, parts)
                kept = _hold_the_rests(asked, parts)
            break
        except budgets.NoBudget as less:
            offer = max(cost.offer for cost in costs if cost.budget.pk == less.budget.pk)
            costs = [cost for cost in costs if cost.offer != offer]
            covered.charge_offer(Kind.BUDGET, offer, offer)
        except points.NotEnough as less:
            _drop(next(_lacking(parts, less)), covered)
    taken = [part for part in parts if part.taken]
    covered.hold = asked.key if costs or taken else ""
    covered.paid = [(book, str(amount), minor) for book, (amount, minor) in _summed(taken).items()]
    _note(parts, kept)


def _parts(asked: Asked, covered: Covered) -> list[_Part]:
    """What each allowance gives, locked; what it does not cover is the store's."""
    told: dict[str, int] = {}
    for pay in asked.pays:
        told[pay.allowance] = told.get(pay.allowance, 0) + pay.amount
    rows, parts = _rows(asked, told), []
    for key, wanted in told.items():
        row, given = rows.get(key), 0
        if row and row.store_id == asked.till.store.pk and row.account.member_id == asked.account.member.pk:
            digits = currencies.digits(row.book.unit)
            given = min(wanted, int((row.amount - row.spent).scaleb(digits)))
            if given:
                parts.append(_Part(row, Decimal(given).scaleb(-digits), given))
        if given < wanted:
            covered.unpaid.append((row.book.code if row else key, wanted - given))
            covered.charge(Kind.ALLOWANCE, key, wanted - given)
    return parts


def _rows(asked: Asked, keys: Iterable[str]) -> dict[str, SpendAllowance]:
    found = SpendAllowance.objects.select_for_update(of=("self",)).select_related("book", "hold", "account")
    named = found.filter(channel=asked.till.channel, key__in=list(keys) if asked.account else [])
    return {row.key: row for row in named.order_by("id")}


def _lock(asked: Asked, costs: list[budgets.Cost], parts: list[_Part], beside: set[int]) -> None:
    """All that will be touched, at once."""
    found = (
        Hold.objects.select_for_update().filter(pk__in=[part.row.hold_id for part in parts]).order_by("id")
    )
    still = {hold.pk for hold in found if hold.state == Hold.State.OPEN}
    for part in parts:
        part.reserved = part.row.hold_id in still
    pots = standing.wallets(budgets=[cost.budget for cost in costs]) if costs else {}
    pairs = {(part.row.book_id, asked.account.pk) for part in parts} if asked.account else set()
    of_house = {wallet for pot in pots.values() for wallet in pot}
    if wanted := of_house | wallets.mates(pairs=pairs) | beside:
        wallets.lock(wallets=wanted)


def _set_free(parts: list[_Part], now: dt.datetime) -> None:
    for part in parts:
        if part.reserved:
            holds.cancel(key=part.row.hold.key, now=now)


def _reserve(asked: Asked, costs: list[budgets.Cost], parts: list[_Part]) -> None:
    books = {part.row.book.code: part.row.book for part in parts}
    summed = _summed(part for part in parts if part.taken)
    if not costs and not summed:
        return
    budgets.hold(
        costs=costs, account=asked.account, key=asked.key, until=asked.now + dt.timedelta(minutes=1), now=asked.now,
        parts=[holds.Part(books[book], amount) for book, (amount, _minor) in summed.items()],
        cause=asked.till.number, organization=asked.till.store,
    )  # fmt: skip


def _summed(parts: Iterable[_Part]) -> dict[str, tuple[Decimal, int]]:
    found: dict[str, tuple[Decimal, int]] = {}
    for part in parts:
        amount, minor = found.get(part.row.book.code, (Decimal(), 0))
        found[part.row.book.code] = amount + part.amount, minor + part.minor
    return found


def _hold_the_rests(asked: Asked, parts: list[_Part]) -> dict[int, str]:
    """{allowance: key of its new hold}"""
    return {
        part.row.pk: key
        for part in parts
        if part.reserved and part.rest > 0 and part.row.until > asked.now
        if (key := _hold_the_rest(asked, part, parts))
    }


def _hold_the_rest(asked: Asked, part: _Part, parts: list[_Part]) -> str:
    key = f"{part.row.hold.key.partition('#')[0]}#{asked.sale}"
    told = {
        "account": Account.everything.get(pk=part.row.account_id), "key": key, "until": part.row.until,
        "now": asked.now, "organization": asked.till.store,
    }  # fmt: skip
    try:
        with transaction.atomic():
            holds.place(parts=[holds.Part(part.row.book, part.rest)], **told)
    except points.NotEnough as less:
        if any(_is_over(each, less) for each in parts):
            raise
        if less.available <= 0:
            return ""
        holds.place(parts=[holds.Part(part.row.book, less.available)], **told)
    return key


def _lacking(parts: list[_Part], less: points.NotEnough) -> Iterable[_Part]:
    """Of that book; those first whose time was up before the sale was uploaded."""
    yield from (part for part in reversed(parts) if _is_over(part, less))
    yield from (part for part in reversed(parts) if part.taken and part.row.book_id == less.book.pk)


def _is_over(part: _Part, less: points.NotEnough) -> bool:
    return part.taken and not part.reserved and part.row.book_id == less.book.pk


def _drop(part: _Part, covered: Covered) -> None:
    part.taken = False
    covered.unpaid.append((part.row.book.code, part.minor))
    covered.charge(Kind.ALLOWANCE, part.row.key, part.minor)


def _note(parts: list[_Part], kept: dict[int, str]) -> None:
    holds_of = {hold.key: hold for hold in Hold.objects.filter(key__in=kept.values())} if kept else {}
    for part in parts:
        part.row.spent += part.amount if part.taken else 0
        part.row.hold = holds_of[kept[part.row.pk]] if part.row.pk in kept else part.row.hold
        part.row.save(update_fields=["spent", "hold"])
