"""A sale's price worked out again from what was kept of it, and what differs, in words."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from decimal import Decimal

import msgspec

from campaigns.offers import currencies, keeping, pricing, reading
from campaigns.offers.quote import ENGINE, PricedLine, Quote
from campaigns.queries import rule_sets
from campaigns.queries.rule_sets import Found
from members import sets

RULES = "SELECT digest, content FROM campaigns_ruleset WHERE id = %s"
KEPT = 64  # compiled sets of rules, of some megabytes each


def _told(value: tuple | bool) -> str:
    return msgspec.json.encode(value).decode()


# How differences are named, and how values are shown; None: as money.
SAID = {
    **{name: (name.replace("_", " "), None) for name in ("total_list", "discount", "total", "gain", "bound")},
    **{name: (name, _told) for name in ("gifts", "exchanges", "rewards")},
    "uses": ("offers applied", _told),
    "proven": ("proven to be the best", _told),
}


class RuleSets:
    """Those that were asked for last are kept, for most sales of a day have the same."""

    def __init__(self) -> None:
        self._found: OrderedDict[int, Found] = OrderedDict()

    def of(self, pk: int) -> Found:
        if pk not in self._found:
            [(digest, content)] = sets.prepared(RULES, pk)
            self._found[pk] = rule_sets.again(text=content, kept=digest)
            if len(self._found) > KEPT:
                self._found.popitem(last=False)
        self._found.move_to_end(pk)
        return self._found[pk]


def compared(*, basket: str, quote: str, rules: Found) -> Iterator[str]:
    """What does not follow from basket and rules: of a sound sale nothing."""
    if rules.compiled is None:
        return
    if rules.content.engine != ENGINE:
        yield f"it was priced by engine {rules.content.engine}, and this is engine {ENGINE}: prove it with a release that has that one"
        return
    try:
        read, kept = reading.basket(basket), reading.quote(quote)
        again = pricing.quote(read, rules.compiled, nodes=rules.content.nodes)
    except ValueError as unreadable:
        yield f"it cannot be priced again: {unreadable}"
        return
    yield from differences(kept, again, digits=currencies.digits(read.currency))


def differences(kept: Quote, again: Quote, *, digits: int) -> Iterator[str]:
    """Of two quotes, but for how long they took to find."""

    def money(minor: int) -> str:
        return str(Decimal(minor).scaleb(-digits))

    yield from _lines(kept, again, money)
    for name, (said, shown) in SAID.items():
        if (one := getattr(kept, name)) != (other := getattr(again, name)):
            show = shown or money
            yield f"{said}: {show(one)} was kept, {show(other)} follows from its rules"
    yield from _verdicts(kept, again)


def _lines(kept: Quote, again: Quote, money: Callable[[int], str]) -> Iterator[str]:
    by_number = {line.number: line for line in again.lines}
    for line in kept.lines:
        if (other := by_number.pop(line.number, None)) != line:
            yield _line(line, other, money)
    yield from (f"line {number} is missing" for number in by_number)


def whole(*, basket: str, quote: str, rules: Found) -> Quote:
    """A kept quote with its verdicts on refused offers, where they still follow from basket and rules."""
    kept = reading.quote(quote)
    if kept.refused is msgspec.UNSET or rules.compiled is None or rules.content.engine != ENGINE:
        return kept
    again = pricing.quote(reading.basket(basket), rules.compiled, nodes=rules.content.nodes)
    same = keeping.kept(again).refused == kept.refused
    return msgspec.structs.replace(kept, verdicts=again.verdicts, refused=msgspec.UNSET) if same else kept


def _verdicts(kept: Quote, again: Quote) -> Iterator[str]:
    again = keeping.kept(again)
    if kept.refused != again.refused:
        yield "offers were refused for other reasons, or others than its rules refuse"
    verdicts = {verdict.offer: verdict for verdict in again.verdicts}
    for verdict in kept.verdicts:
        if verdicts.pop(verdict.offer, None) != verdict:
            yield f"offer {verdict.offer}: another verdict follows from its rules"
    yield from (f"offer {code}: its verdict is missing" for code in verdicts)


def _line(kept: PricedLine, again: PricedLine | None, money: Callable[[int], str]) -> str:
    if again is None:
        return f"line {kept.number} is not of its basket"
    if kept.net == again.net:
        return f"line {kept.number}: its discounts come from other offers, or from another price"
    return f"line {kept.number}: {money(kept.net)} was charged, {money(again.net)} follows from its rules"
