"""What a sale will bring is set aside while it is held: a row each reward, packets drawn, places in quotas taken.

So what was promised is there when it is given, whoever sells meanwhile. Locks: the counters of coupons, by template; packets
that others are just drawing are passed over.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import msgspec
from django.utils.translation import gettext as _

from campaigns.offers import packets
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote, Use
from campaigns.queries.till import giveable
from campaigns.queries.till.pricing import Priced
from members import sets

NOTE = """
INSERT INTO campaigns_reward (sale_id, offer, activity, version, account_id, kind, what, amount, given, whole, back, short, worth, told, state,
    after, days, coupons, why, at)
SELECT %s, n.offer, n.activity, n.version, %s, n.kind, n.what, n.amount, 0, n.whole, 0, 0, n.worth, n.told, 'held', n.after, n.days, '{}', '', %s
FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[])
    AS n (offer, activity, version, kind, what, amount, whole, worth, told, after, days)
"""
# The counters in the order of their templates; one that has no room is not raised.
RESERVE = """
WITH asked AS (SELECT * FROM unnest(%s::text[], %s::int[]) AS n (code, number)), locked AS MATERIALIZED (
    SELECT c.template_id, n.code, n.number FROM asked n JOIN campaigns_coupontemplate t USING (code)
    JOIN campaigns_couponcounter c ON c.template_id = t.id ORDER BY c.template_id FOR UPDATE OF c
)
UPDATE campaigns_couponcounter c SET issued = c.issued + l.number FROM locked l
WHERE c.template_id = l.template_id AND (c.quota IS NULL OR c.issued + l.number <= c.quota) RETURNING l.code
"""
DRAW = """
SELECT id, amount FROM campaigns_packet WHERE offer = %s AND version = %s AND reward_id IS NULL
ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED
"""
DRAWN = """
UPDATE campaigns_packet p SET reward_id = r.id FROM campaigns_reward r
WHERE p.id = ANY(%s::bigint[]) AND r.sale_id = %s AND r.offer = p.offer
"""
HELD_PACKETS = """
UPDATE campaigns_packet p SET reward_id = NULL FROM campaigns_reward r
WHERE r.sale_id = %(sale)s AND r.state = 'held' AND p.reward_id = r.id
"""
PACKETS = "UPDATE campaigns_packet SET reward_id = NULL WHERE reward_id = ANY(%s::bigint[])"
SCARCE = ("voucher", "packet")  # kinds of which nothing may be left
FORGET = "DELETE FROM campaigns_reward WHERE sale_id = %s AND state = 'held' RETURNING kind, what, amount"


class Gone(ValueError):
    """Meanwhile what an offer gives was given to others."""

    def __init__(self, offer: str) -> None:
        super().__init__(_("“%s” was given as often as it may be meanwhile.") % offer)
        self.offer = offer


class Promise(NamedTuple):
    """A row to be, in the order of its columns."""

    offer: str
    activity: str
    version: int
    kind: str
    what: str
    amount: int
    whole: int
    worth: int
    told: str
    after: str
    days: int


def set_aside(*, sale: int, priced: Priced, now: dt.datetime) -> None:
    """All that this quote promises, or nothing. Raises Gone."""
    quote = priced.quote
    if not (quote.rewards or quote.gifts):
        return
    wanted = _reserve(quote)
    offers, drawn = _offers(priced), []
    promises = list(_promises(priced, offers, drawn, seed=str(sale)))
    account = priced.person.account if priced.person else None
    sets.prepared(NOTE, sale, account, now, *sets.columns(promises, len(Promise._fields)))
    if drawn:
        sets.prepared(DRAWN, sets.array(drawn), sale)
    if wanted:
        _check_person(priced, now)


def templates(quote: Quote) -> set[str]:
    """Whose coupons it promises."""
    return {each.what for each in quote.rewards if each.kind == "voucher"}


def free(*, sale: int, quote: Quote) -> None:
    """What a sale set aside that falls through is there for others."""
    if not (quote.rewards or quote.gifts):
        return
    sets.named(HELD_PACKETS, sale=sale)
    unreserve(rewards=sets.prepared(FORGET, sale))


def put_packets_back(*, rewards: Collection[int]) -> None:
    """Those divided beforehand that were drawn for rewards which nobody gets."""
    if rewards:
        sets.prepared(PACKETS, sets.array(sorted(rewards)))


def unreserve(*, rewards: Iterable[tuple[str, str, int]]) -> None:
    """Of (kind, what, amount): the places in quotas of coupons that nobody gets are free again."""
    numbers: Counter[str] = Counter()
    for kind, what, amount in rewards:
        if kind == "voucher":
            numbers[what] -= amount
    if freed := sorted((template, number) for template, number in numbers.items() if number):
        sets.prepared(RESERVE, *sets.columns(freed, 2))


def _reserve(quote: Quote) -> Counter[str]:
    """How many coupons of each template. Raises Gone."""
    wanted: Counter[str] = Counter()
    for each in quote.rewards:
        if each.kind == "voucher":
            wanted[each.what] += each.amount
    if wanted:
        got = {code for (code,) in sets.prepared(RESERVE, *sets.columns(sorted(wanted.items()), 2))}
        for each in quote.rewards:
            if each.kind == "voucher" and each.what not in got:
                raise Gone(each.offer)
    return wanted


def _check_person(priced: Priced, now: dt.datetime) -> None:
    """Behind the lock, with ours counted in, nobody has more than one may have. Raises Gone."""
    given = {each.what: each.offer for each in priced.quote.rewards if each.kind == "voucher"}
    left = giveable.coupons(templates=given, member=priced.person.member, now=now)
    for template, offer in given.items():
        if (left.get(template) or 0) < 0:
            raise Gone(offer)


def _offers(priced: Priced) -> dict[str, Offer]:
    wanted = {each.offer for each in (*priced.quote.rewards, *priced.quote.gifts)}
    return {rule.code: rule.offer for rule in priced.rules.compiled.rules if rule.code in wanted}


def _promises(priced: Priced, offers: dict[str, Offer], drawn: list[int], *, seed: str) -> Iterator[Promise]:
    uses = {use.offer: use for use in priced.quote.uses}
    for each in priced.quote.rewards:
        amount, what = each.amount, each.what
        if each.kind == "packet":
            amount = _drawn(offers[each.offer], each.times, drawn, seed)
        if each.kind in giveable.RED_PACKETS:
            what = priced.purse
        told = each.kind, what, amount, each.base or each.most or each.amount
        yield _promise(uses[each.offer], *told, each, each.when, each.days)
    for extra in priced.quote.gifts:
        offer = offers[extra.offer]
        told = "goods", extra.sku, extra.quantity, extra.quantity
        yield _promise(uses[extra.offer], *told, extra, offer.after, offer.days)


def _promise(
    use: Use, kind: str, what: str, amount: int, whole: int, told: object, after: str, days: int
) -> Promise:
    said = msgspec.json.encode(told).decode()
    return Promise(
        use.offer, use.activity, use.version, kind, what, amount, whole, use.worth, said, after, days
    )


def _drawn(offer: Offer, times: int, drawn: list[int], seed: str) -> int:
    """Minor units. Divided beforehand, the first that are left; else by a draw that can be repeated. Raises Gone."""
    if not giveable.pool(offer):
        return sum(packets.draw(offer.form, seed=f"{seed}:{offer.code}:{number}") for number in range(times))
    found = sets.prepared(DRAW, offer.code, offer.version, times)
    if len(found) < times:
        raise Gone(offer.code)
    drawn += [id for id, _amount in found]
    return sum(amount for _id, amount in found)
