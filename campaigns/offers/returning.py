"""What comes back when goods come back: from the recorded answer of the sale only, never from today's rules.

Of a line of q thousandths with net n, all returns of together k thousandths have refunded  f(k) = n × k ÷ q  rounded down. So a
return refunds f(before + now) − f(before), and however a return is parted, the parts add up to the whole. What each offer took
off, and what was given for the line, goes the same way.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from campaigns.offers.quote import Part, PricedLine, Quote, Share


class NotSold(ValueError):
    """More would come back of a line than was sold and not yet returned. ``left``: thousandths."""

    def __init__(self, *, number: int, left: int) -> None:
        super().__init__(f"line {number}: {left} thousandths can still come back: return at most so many")
        self.number, self.left = number, left


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
    """``total``: minor units to pay back. ``coupons``: those that were used for goods that are all back now."""

    lines: tuple[RefundedLine, ...]
    total: int
    rewards: tuple[TakenBack, ...]
    coupons: tuple[str, ...]


def refund(*, sold: Quote, before: Mapping[int, int], now: Mapping[int, int]) -> Refund:
    """``before`` and ``now``: thousandths by line number, already returned and coming back. Raises NotSold."""
    lines = {line.number: line for line in sold.lines}
    for number, count in now.items():
        left = lines[number].quantity - before.get(number, 0) if number in lines else 0
        if not 0 < count <= left:
            raise NotSold(number=number, left=left)
    after = {number: before.get(number, 0) + now.get(number, 0) for number in lines}
    refunded = tuple(_line(lines[number], before.get(number, 0), after[number]) for number in sorted(now))
    return Refund(
        lines=refunded,
        total=sum(line.net for line in refunded),
        rewards=tuple(_rewards(sold, lines, before, after)),
        coupons=tuple(_coupons(sold, lines, before, after)),
    )


def _line(line: PricedLine, before: int, after: int) -> RefundedLine:
    parts = (Part(offer=part.offer, amount=_fell(part.amount, line, before, after)) for part in line.parts)
    return RefundedLine(
        number=line.number,
        quantity=after - before,
        net=_fell(line.net, line, before, after),
        parts=tuple(part for part in parts if part.amount),
    )


def _fell(amount: int, line: PricedLine, before: int, after: int) -> int:
    return amount * after // line.quantity - amount * before // line.quantity


def _rewards(
    sold: Quote, lines: Mapping[int, PricedLine], before: Mapping[int, int], after: Mapping[int, int]
):
    given = [(extra.offer, "goods", extra.sku, extra.shares) for extra in (*sold.gifts, *sold.exchanges)]
    given += [(reward.offer, reward.kind, reward.what, reward.shares) for reward in sold.rewards]
    for offer, kind, what, shares in given:
        amount = sum(
            _fell(share.amount, lines[share.number], before.get(share.number, 0), after[share.number])
            for share in shares
        )
        whole = _is_back(shares, lines, after) and not _is_back(shares, lines, before)
        if amount or whole:
            yield TakenBack(offer=offer, kind=kind, what=what, amount=amount, whole=whole)


def _coupons(
    sold: Quote, lines: Mapping[int, PricedLine], before: Mapping[int, int], after: Mapping[int, int]
):
    for use in sold.uses:
        parts = [line.number for line in sold.lines if any(part.offer == use.offer for part in line.parts)]
        given = [*sold.gifts, *sold.exchanges, *sold.rewards]
        parts += [share.number for each in given if each.offer == use.offer for share in each.shares]
        shares = [Share(number=number, amount=1) for number in parts]
        if use.coupons and _is_back(shares, lines, after) and not _is_back(shares, lines, before):
            yield from use.coupons


def _is_back(shares: Sequence[Share], lines: Mapping[int, PricedLine], returned: Mapping[int, int]) -> bool:
    return all(returned.get(share.number, 0) >= lines[share.number].quantity for share in shares)
