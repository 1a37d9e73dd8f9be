"""What comes back when goods come back: from the recorded answer of the sale only, never from today's rules.

Of a line of q thousandths with net n, all returns of together k thousandths have refunded  f(k) = n × k ÷ q  rounded down. So a
return refunds f(before + now) − f(before), and however a return is parted, the parts add up to the whole. What each offer took
off, what was given for the line, and what the offer cost, goes the same way.

Goods that an offer gave are lines as well: see `numbered`. ``handed``: {offer: thousandths} of goods that were not handed over as
they were promised. Of nothing there is no line: it falls with what it was promised for. Goods fall by the piece, so of what was
promised nothing less than a piece is lost or left.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct

from campaigns.offers.amounts import whole_pieces
from campaigns.offers.quote import Extra, Part, PricedLine, Quote, Use

Counts = Mapping[int, int]  # thousandths by line number
Handed = Mapping[str, int]  # thousandths by offer
AS_PROMISED: Handed = {}


class NotSold(ValueError):
    """More would come back of a line than was sold and not yet returned. ``sold`` and ``left``: thousandths."""

    def __init__(self, *, number: int, left: int, sold: int = 0) -> None:
        super().__init__(f"line {number}: {left} thousandths can still come back: return at most so many")
        self.number, self.left, self.sold = number, left, sold


class RefundedLine(Struct, frozen=True, kw_only=True):
    """Minor units: ``net`` is paid back; ``parts`` of the discount go back to the offers."""

    number: int
    quantity: int
    net: int
    parts: tuple[Part, ...]


class TakenBack(Struct, frozen=True, kw_only=True):
    """``amount`` of what ``offer`` gave (points, coupons, minor units, thousandths of goods; of a multiplier: of its base).
    ``whole``: with this return all of its goods are back."""

    offer: str
    kind: str
    what: str
    amount: int
    whole: bool


class Refund(Struct, frozen=True, kw_only=True):
    """``total``: minor units to pay back. ``costs``: minor units that each offer no longer costs. ``uses``: offers of which
    all is back now, the goods and what was given with them; ``coupons``: those that were used for them."""

    lines: tuple[RefundedLine, ...]
    total: int
    rewards: tuple[TakenBack, ...]
    costs: tuple[Part, ...]
    uses: tuple[str, ...]
    coupons: tuple[str, ...]


def numbered(sold: Quote) -> tuple[tuple[int, Extra], ...]:
    """Goods that offers gave, with their line numbers: behind the customer's own, exchanges first, then gifts."""
    first = max(line.number for line in sold.lines) + 1
    return tuple(enumerate((*sold.exchanges, *sold.gifts), start=first))


def lines(sold: Quote, *, handed: Handed = AS_PROMISED) -> dict[int, PricedLine]:
    """All that may come back, by line number. An exchanged piece costs its price, a gift nothing."""
    extras = (
        PricedLine(number=number, quantity=quantity, list=extra.amount, net=extra.amount)
        for number, extra in numbered(sold)
        if (quantity := handed.get(extra.offer, extra.quantity))
    )
    return {line.number: line for line in (*sold.lines, *extras)}


def refund(*, sold: Quote, before: Counts, now: Counts, handed: Handed = AS_PROMISED) -> Refund:
    """``before`` and ``now``: thousandths by line number, already returned and coming back. Raises NotSold."""
    every = lines(sold, handed=handed)
    for number, count in now.items():
        quantity = every[number].quantity if number in every else 0
        left = max(0, quantity - before.get(number, 0))
        if not 0 < count <= left:
            raise NotSold(number=number, left=left, sold=quantity)
    after = {number: before.get(number, 0) + now.get(number, 0) for number in every}
    return Refunding(sold, every, {number: before.get(number, 0) for number in every}, after).refund(now)


class Refunding:
    """A sale between two states of what is back."""

    def __init__(self, sold: Quote, every: dict[int, PricedLine], before: Counts, after: Counts) -> None:
        self.sold, self.every, self.before, self.after = sold, every, before, after
        self.given = [(number, extra) for number, extra in numbered(sold) if number in every]
        self.hung = [(each.offer, each.shares) for each in sold.rewards]
        self.hung += [(extra.offer, extra.shares) for number, extra in numbered(sold) if number not in every]

    def refund(self, now: Counts) -> Refund:
        refunded = tuple(self._line(self.every[number]) for number in sorted(now))
        back = [use for use in self.sold.uses if self._came(self._numbers(use))]
        return Refund(
            lines=refunded,
            total=sum(line.net for line in refunded),
            rewards=tuple(self._rewards()),
            costs=tuple(self._costs()),
            uses=tuple(use.offer for use in back),
            coupons=tuple(code for use in back for code in use.coupons),
        )

    def _line(self, line: PricedLine) -> RefundedLine:
        parts = (Part(offer=part.offer, amount=self._fell(part.amount, line.number)) for part in line.parts)
        return RefundedLine(
            number=line.number,
            quantity=self.after[line.number] - self.before[line.number],
            net=self._fell(line.net, line.number),
            parts=tuple(part for part in parts if part.amount),
        )

    def _rewards(self) -> Iterator[TakenBack]:
        sold = self.sold
        given = [(extra.offer, "goods", extra.sku, extra.shares) for extra in (*sold.gifts, *sold.exchanges)]
        given += [(reward.offer, reward.kind, reward.what, reward.shares) for reward in sold.rewards]
        for offer, kind, what, shares in given:
            amount = sum(self._fell(share.amount, share.number) for share in shares)
            whole = self._came([share.number for share in shares])
            if amount or whole:
                yield TakenBack(offer=offer, kind=kind, what=what, amount=amount, whole=whole)

    def _costs(self) -> Iterator[Part]:
        """Discounts fall with the lines they were on; what was given falls with what it was given for, goods with themselves."""
        off: Counter[str] = Counter()
        for line in self.sold.lines:
            for part in line.parts:
                off[part.offer] += self._fell(part.amount, line.number)
        for use in self.sold.uses:
            if amount := off[use.offer] + self._worth(use):
                yield Part(offer=use.offer, amount=amount)

    def _worth(self, use: Use) -> int:
        whole = sum(extra.quantity for extra in self._goods(use)) or sum(
            share.amount
            for reward in self.sold.rewards
            if reward.offer == use.offer
            for share in reward.shares
        )
        if not whole or not use.worth:
            return 0
        was, now = (self._gone(use, back) for back in (self.before, self.after))
        return use.worth * now // whole - use.worth * was // whole

    def _gone(self, use: Use, back: Counts) -> int:
        """Of what it gave: goods that are back or were never handed over, else what fell with its lines."""
        given = dict(self._gave(use))
        short = sum(extra.quantity for extra in self._goods(use)) - sum(
            self.every[number].quantity for number in given
        )
        if given:
            return short + sum(back[number] for number in given)
        fell = sum(
            share.amount * back[share.number] // self.every[share.number].quantity
            for offer, shares in self.hung
            if offer == use.offer
            for share in shares
        )
        return whole_pieces(fell, of=short) if short else fell

    def _goods(self, use: Use) -> list[Extra]:
        """As they were promised."""
        return [extra for _number, extra in numbered(self.sold) if extra.offer == use.offer]

    def _numbers(self, use: Use) -> list[int]:
        """The lines that an offer fell on, that what it gave hangs on, and those of the goods that it gave."""
        fell = [
            line.number for line in self.sold.lines if any(part.offer == use.offer for part in line.parts)
        ]
        gave = self._gave(use)
        hung = [(use.offer, extra.shares) for _number, extra in gave] + self.hung
        on = [share.number for offer, shares in hung if offer == use.offer for share in shares]
        return [*fell, *on, *(number for number, _extra in gave)]

    def _gave(self, use: Use) -> list[tuple[int, Extra]]:
        return [(number, extra) for number, extra in self.given if extra.offer == use.offer]

    def _fell(self, amount: int, number: int) -> int:
        quantity = self.every[number].quantity
        return amount * self.after[number] // quantity - amount * self.before[number] // quantity

    def _came(self, numbers: list[int]) -> bool:
        """Whether all of these are back with this return, and were not before it."""
        return self._are_back(numbers, self.after) and not self._are_back(numbers, self.before)

    def _are_back(self, numbers: list[int], back: Counts) -> bool:
        return all(back[number] >= self.every[number].quantity for number in numbers)
