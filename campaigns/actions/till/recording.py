"""A sale without a line is recorded as it was sold: its quote is the till's. What the house's rules do not give, or nobody
else pays for any more, is the store's own account (ADR 115)."""

import datetime as dt
import json
from decimal import Decimal
from typing import NamedTuple

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.till import bundling, committing, covering, operations, releasing, sales
from campaigns.actions.till.committing import Payment
from campaigns.actions.till.covering_facts import Asked, Covered, Kind
from campaigns.actions.till.sales import Sale, Till
from campaigns.offers import currencies, keeping, pricing, reading
from campaigns.offers.basket import Basket
from campaigns.offers.compiling import Compiled
from campaigns.offers.quote import Quote
from campaigns.queries import live, rule_sets
from campaigns.queries.live import Rules
from campaigns.queries.till import buyers, uses
from campaigns.queries.till.buyers import Person
from campaigns.queries.till.held import NO_COUPONS
from campaigns.queries.till.pricing import Priced
from campaigns.till import checking, items
from campaigns.till import pricing as offline
from members import sets

CLOCK = dt.timedelta(minutes=10)  # so far a till's clock may be ahead
HELD = """
UPDATE campaigns_tillorder SET state = 'held', basket = %(basket)s, quote = %(quote)s, paid = %(paid)s, total = %(total)s, rules = %(rules)s,
    rule_set_id = %(rule_set)s, hold_id = (SELECT id FROM members_hold WHERE key = %(key)s), held_at = %(now)s, held_until = %(until)s,
    changed_at = %(now)s
WHERE id = %(sale)s
"""


class Refused(ValueError):
    """It cannot be recorded as it was told. ``code`` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Recorded(NamedTuple):
    """``notes``: (code, words) of what was not as the till thought. ``charges``: {(kind, what): minor units}."""

    sale: int
    notes: list[tuple[str, str]]
    charges: dict[tuple[str, str], int]


class _Priced(NamedTuple):
    """The house's own price. ``late``: outside the time for which the rules were given out."""

    basket: Basket
    quote: Quote
    compiled: Compiled
    revision: int
    rule_set: int
    late: bool


@transaction.atomic
def record(*, told: items.Sale, till: Till, key: str, now: dt.datetime) -> Recorded:
    """Raises Refused, sales.NumberTaken, sales.Raced, versions.Raced."""
    if wrong := checking.fault(told):
        raise Refused("does_not_add_up", _("The sale does not add up: %s.") % wrong)
    known = sales.lock(till=till)
    if known and known.state in (sales.COMMITTED, sales.CANCELLED):
        return _again(known, told, till)
    notes: list[tuple[str, str]] = []
    own = _priced(told, till, now, notes)
    person = _person(told, till, now, notes)
    sold_at = _sold_at(told, now, notes)
    priced = _as_sold(told, own, person, till, now)
    sale = _opened(known, told, priced, till, now)
    covered = _covered(told, own, priced, till, sale, key, sold_at, now)
    notes += [
        ("not_given", _("“%s” was promised, and nothing is left to give.") % each) for each in covered.missed
    ]
    _hold(sale, told, own, covered, till, now)
    payments = [Payment(each.method, _money(each.amount, told)) for each in told.payments]
    payments += [Payment(f"uncovered:{book}"[:100], _money(minor, told)) for book, minor in covered.unpaid]
    committing.commit(
        till=till, wanted=None, payments=payments, key=key, now=now, at=sold_at, lost=frozenset(covered.lost)
    )
    return Recorded(sale, notes, covered.charges)


def _again(known: Sale, told: items.Sale, till: Till) -> Recorded:
    """Its till was cut off after it had committed the sale. Not knowing that, it may have sold at another price."""
    if known.state == sales.CANCELLED:
        raise Refused("cancelled", _("The sale %s was cancelled before it was sold.") % told.order)
    sold, notes = known.quoted(), [("known", _("It had been committed before the line was cut."))]
    if offline.digest(sold) != told.digest:
        if not _was_asked(told, till):
            raise Refused("number_taken", _("The number %s is of another sale, which is done.") % told.order)
        said = {"till": _money(told.quote.total, told), "house": _money(sold.total, told)}
        words = _("The till took %(till)s for it, and the house had sold it for %(house)s: settle the rest.")
        notes.append(("price", words % said))
    return Recorded(known.id, notes, {})


def _was_asked(told: items.Sale, till: Till) -> bool:
    """Whether the sale was committed by the request that its till had no answer to."""
    try:
        found = operations.find(caller=till.channel.code, node=till.node.path, key=told.asked)
    except operations.Nothing:
        return False
    return (found.verb, json.loads(found.answer).get("number")) == ("commit", told.order)


def _priced(told: items.Sale, till: Till, now: dt.datetime, notes: list) -> _Priced:
    kept = bundling.find(code=told.bundle, store=till.store, channel=till.channel) if told.bundle else None
    if told.bundle and kept is None:
        notes.append(("unknown_bundle", _("Nobody knows the rules “%s” here.") % told.bundle))
    if kept is None:
        basket = offline.plain(lines=told.lines, currency=told.currency, at=told.at)
        rule_set = bundling.rule_set(rule_sets.content(()), now)
        return _difference(
            told,
            _Priced(basket, _quoted(basket, offline.NO_RULES), offline.NO_RULES, 0, rule_set, False),
            notes,
        )
    at, late = told.at, False
    if not kept.bundle.good_at(at):
        bounds = kept.bundle.issued_at, kept.bundle.expires_at - dt.timedelta(microseconds=1)
        at, late = max(bounds[0], min(at, bounds[1])), True
        notes.append(("late", _("The rules were good until %s only.") % kept.bundle.expires_at.isoformat()))
    basket, compiled = offline.basket_of(kept.bundle, told), bundling.compiled(kept=kept, at=at)
    rule_set = kept.rule_sets[kept.bundle.period(at)]
    own = _Priced(basket, _quoted(basket, compiled), compiled, kept.bundle.rules, rule_set, late)
    return _difference(told, own, notes)


def _quoted(basket: Basket, compiled: Compiled) -> Quote:
    return pricing.quote(basket, compiled)


def _difference(told: items.Sale, own: _Priced, notes: list) -> _Priced:
    if offline.digest(own.quote) != told.digest:
        said = {"till": _money(told.quote.total, told), "house": _money(own.quote.total, told)}
        notes.append(("price", _("The till sold for %(till)s, and the rules give %(house)s.") % said))
    return own


def _person(told: items.Sale, till: Till, now: dt.datetime, notes: list) -> Person | None:
    if not told.oneid:
        return None
    rules = live.rules(store=till.store, at=now)
    try:
        return buyers.person(oneid_text=told.oneid, node=till.node, channel=till.channel, rules=rules, at=now)
    except buyers.Unknown:
        notes.append(
            ("unknown_member", _("Nobody of this OneID is known at your node: it is nobody's sale."))
        )
        return None


def _sold_at(told: items.Sale, now: dt.datetime, notes: list) -> dt.datetime:
    if told.at > now + CLOCK:
        notes.append(("clock", _("The till's clock is ahead: %s is still to come.") % told.at.isoformat()))
    if told.at < now - operations.KEPT:
        notes.append(("clock", _("The till's clock is behind: %s is long over.") % told.at.isoformat()))
        return now
    return min(told.at, now)


def _as_sold(told: items.Sale, own: _Priced, person: Person | None, till: Till, now: dt.datetime) -> Priced:
    """Caps are today's where an offer stands in today's rules, else those it was sold under."""
    rules = Rules(own.revision, (), own.compiled, frozenset(), {}, now, now, ())
    capped = uses.capped(rules=rules) | uses.capped(rules=live.rules(store=till.store, at=now))
    return Priced(rules, own.basket, told.quote, told.digest, person, NO_COUPONS, capped)


def _opened(known: Sale | None, told: items.Sale, priced: Priced, till: Till, now: dt.datetime) -> int:
    if known and known.state == sales.HELD:
        releasing.release(sale=known, till=till, now=now)
    words = {name: each for name, each in msgspec.to_builtins(told).items() if name != "quote"}
    asked = {"till": till, "priced": priced, "asked": msgspec.json.encode(words), "now": now}
    if known is None:
        return sales.open_(revision=1, **asked)
    sales.change(sale=known, revision=known.revision + 1, **asked)
    return known.id


def _covered(
    told: items.Sale, own: _Priced, priced: Priced, till: Till, sale: int, key: str, sold_at: dt.datetime,
    now: dt.datetime,
) -> Covered:  # fmt: skip
    theirs, allowed = _costs(told.quote), {} if own.late else _costs(own.quote)
    covered = covering.cover(
        Asked(
            till=till,
            sale=sale,
            key=key,
            priced=priced,
            ours=own.quote,
            pays=told.pays,
            costs={offer: cost for offer, cost in theirs.items() if cost <= allowed.get(offer, 0)},
            shares=live.rules(store=till.store, at=sold_at).shares,
            sold_at=sold_at,
            now=now,
        )
    )
    for offer, cost in theirs.items():
        if cost > allowed.get(offer, 0) and offer not in covered.missed:
            covered.charge(Kind.LATE if own.late else Kind.PRICE, offer, cost)
    return covered


def _costs(quote: Quote) -> dict[str, int]:
    return {use.offer: use.discount + use.worth for use in quote.uses}


def _hold(sale: int, told: items.Sale, own: _Priced, covered: Covered, till: Till, now: dt.datetime) -> None:
    """Equal quotes are kept as the house gives them, with every reason, so that the price can be proved."""
    same = offline.digest(own.quote) == told.digest
    sets.named(
        HELD, sale=sale, basket=reading.text(own.basket).decode(), key=covered.hold, now=now,
        quote=reading.text(keeping.kept(own.quote if same else told.quote)).decode(), paid=json.dumps(covered.paid),
        total=_money(told.quote.total, told), rules=own.revision, rule_set=own.rule_set,
        until=now + committing.A_MOMENT,
    )  # fmt: skip


def _money(minor: int, told: items.Sale) -> Decimal:
    return Decimal(minor).scaleb(-currencies.digits(told.currency))
