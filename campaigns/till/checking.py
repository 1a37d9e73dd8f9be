"""Whether what a till tells of a sale adds up: not whether the rules give it, but whether it can have been."""

from collections import Counter

from campaigns.offers.quote import Quote
from campaigns.till import pricing
from campaigns.till.items import Sale


def fault(sale: Sale) -> str:
    """What is wrong, "" for nothing."""
    numbers = [line.number for line in sale.lines]
    if len(set(numbers)) < len(numbers):
        return "a line number stands twice"
    asked = [(line.number, line.quantity, line.amount) for line in sale.lines]
    if asked != [(line.number, line.quantity, line.list) for line in sale.quote.lines]:
        return "the quote is of other lines than the sale"
    if wrong := _of_quote(sale.quote):
        return wrong
    if pricing.digest(sale.quote) != sale.digest:
        return "the digest is of another quote"
    if sale.pays and not sale.oneid:
        return "an allowance paid, and no member is named"
    paid = sum(each.amount for each in (*sale.payments, *sale.pays))
    return (
        "" if paid == sale.quote.total else f"{paid} are paid, and {sale.quote.total} are due (minor units)"
    )


def _of_quote(quote: Quote) -> str:
    taken: Counter[str] = Counter()
    for line in quote.lines:
        if not 0 <= line.net == line.list - sum(part.amount for part in line.parts):
            return f"line {line.number} does not add up"
        if any(part.amount <= 0 for part in line.parts):
            return f"a part of line {line.number} is not above 0"
        taken.update({part.offer: part.amount for part in line.parts})
    if len({use.offer for use in quote.uses}) < len(quote.uses):
        return "an offer stands twice among those applied"
    if any(use.times < 1 or use.discount < 0 or use.worth < 0 for use in quote.uses):
        return "an offer was applied less than once or for less than nothing"
    if {use.offer: use.discount for use in quote.uses if use.discount} != dict(taken):
        return "the lines' discounts are not those of the offers that were applied"
    net, extra = sum(line.net for line in quote.lines), sum(each.amount for each in quote.exchanges)
    given = {each.offer for each in (*quote.gifts, *quote.exchanges, *quote.rewards)}
    if not given <= {use.offer for use in quote.uses}:
        return "something was given by an offer that was not applied"
    listed = sum(line.list for line in quote.lines)
    if (quote.total, quote.total_list, quote.discount) != (net + extra, listed, listed - net):
        return "the totals are not those of the lines"
    return ""
