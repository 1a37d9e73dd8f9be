"""A sale is held: its price stands, and what it needs is reserved, until it is committed, cancelled, or time is up.

One transaction. Locks: the sale, coupons, counters of gifts, counters of uses, then the ledger's, as everywhere.
"""

import datetime as dt
import json
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.actions import budgets, coupon_uses
from campaigns.actions.till import paying, releasing, rewarding, sales, setting_aside, uses
from campaigns.actions.till.paying import Paid, Pay
from campaigns.actions.till.sales import Sale, Texts, Till
from campaigns.offers import keeping, reading
from campaigns.queries import budgets as standing
from campaigns.queries.till import pricing
from campaigns.queries.till.pricing import Asked, Priced
from members.models import Account

LONGEST = dt.timedelta(days=1)
TRIES = 3  # an offer whose budget ran out meanwhile falls out of the next price


class PriceChanged(ValueError):
    """It costs something else by now: ``priced``."""

    def __init__(self, priced: Priced) -> None:
        super().__init__(_("The price has changed since it was quoted: show it to the customer."))
        self.priced = priced


class Wanted(NamedTuple):
    """``digest``: of the quote that the customer saw, "" for whatever it is now."""

    asked: Asked
    text: bytes
    revision: int
    until: dt.datetime
    pays: Sequence[Pay] = ()
    digest: str = ""


class Held(NamedTuple):
    """``texts``: as they were written down, ``rules``: id of the rule set."""

    sale: int
    priced: Priced
    paid: list[Paid]
    hold: str  # "" if there was nothing to reserve
    texts: Texts
    rules: int


@transaction.atomic(savepoint=False)
def hold(*, till: Till, wanted: Wanted, key: str, now: dt.datetime) -> Held:
    """Raises what `sales.lock` does, Ended, Outdated, PriceChanged,
    coupon_uses.NotUsable and OutOfStock, uses.UsedUp, paying.Unfit, SpendRefused, NotEnough, NoBudget, setting_aside.Gone."""
    sale = opened(till=till, revision=wanted.revision, now=now)
    tries, gone = TRIES, frozenset()
    while True:
        priced = _priced(till, wanted, gone, now)
        costs = list(costs_of(priced))
        try:
            with transaction.atomic(savepoint=_may_fail(priced, costs)):  # nothing else is tried again
                return _held(sale, till, priced, costs, wanted, key, now)
        except setting_aside.Gone as given:
            if given.offer in gone:
                raise
            gone |= {given.offer}
        except budgets.NoBudget:
            tries -= 1
            if not tries:
                raise


def _may_fail(priced: Priced, costs: list[budgets.Cost]) -> bool:
    """Whether it needs what another till may take meanwhile, and is priced again without."""
    return bool(costs) or any(each.kind in setting_aside.SCARCE for each in priced.quote.rewards)


def _priced(till: Till, wanted: Wanted, gone: frozenset[str], now: dt.datetime) -> Priced:
    told = {"place": till.place, "node": till.node, "channel": till.channel, "now": now, "gone": gone}
    priced = pricing.price(asked=wanted.asked, **told)
    if wanted.digest and wanted.digest != priced.digest:
        raise PriceChanged(priced)
    return priced


def opened(*, till: Till, revision: int, now: dt.datetime) -> Sale | None:
    """The sale, locked and open; None if there is none. One whose time is up is opened again. Raises Ended, Outdated."""
    sale = sales.lock(till=till)
    if sale is None:
        return None
    if sale.state == sales.HELD and sale.held_until <= now:
        releasing.release(sale=sale, till=till, now=now)
    elif sale.state != sales.OPENED:
        raise sales.Ended(sale.state)
    if revision < sale.revision:
        raise sales.Outdated(sale.revision)
    return sale


def _held(
    sale: Sale | None, till: Till, priced: Priced, costs: list[budgets.Cost], wanted: Wanted, key: str,
    now: dt.datetime,
) -> Held:  # fmt: skip
    texts = Texts(
        reading.text(priced.basket).decode(), reading.text(keeping.kept(priced.quote)).decode(), "[]"
    )
    told = {"till": till, "priced": priced, "asked": wanted.text, "revision": wanted.revision, "now": now}
    if sale is None and not costs and not wanted.pays:
        id, rules = sales.open_held(**told, texts=texts, until=wanted.until)
        _use(id, till, priced, now)
        return Held(id, priced, [], "", texts, rules)
    if sale is None:
        id = sales.open_(**told)
    else:
        id = sale.id
        sales.change(sale=sale, **told)
    _use(id, till, priced, now)
    paid = _reserve(till, priced, costs, wanted, key, now)
    texts = texts._replace(
        paid=json.dumps([[each.part.book.code, str(each.part.amount), each.minor] for each in paid])
    )
    hold, rules = sales.hold(sale=id, priced=priced, texts=texts, key=key, until=wanted.until, now=now)
    return Held(id, priced, paid, key if hold else "", texts, rules)


def _account(priced: Priced) -> Account | None:
    person = priced.person
    return Account(pk=person.account, member=person.member) if person else None


def _use(sale: int, till: Till, priced: Priced, now: dt.datetime) -> None:
    """Its coupons, and how often its offers are given."""
    person, quote, store = priced.person, priced.quote, till.store
    if codes := [code for use in quote.uses for code in use.coupons]:
        coupon_uses.hold(
            codes=codes, held_by=till.held_by, now=now, store=store, account=_account(priced),
            beside=setting_aside.templates(quote),
        )  # fmt: skip
    setting_aside.set_aside(sale=sale, priced=priced, now=now)
    uses.take(
        sale=sale, uses=quote.uses, offers=priced.capped, member=person.member if person else None,
        account=person.account if person else None, store=store, day=timezone.localtime(now).date(), now=now,
    )  # fmt: skip


def _reserve(
    till: Till, priced: Priced, costs: list[budgets.Cost], wanted: Wanted, key: str, now: dt.datetime
) -> list[Paid]:
    """What the customer pays with value, and what budgets pay."""
    paid = paying.parts(
        pays=wanted.pays,
        total=priced.total,
        currency=priced.basket.currency,
        store=till.store,
        node=till.node,
        at=now,
    )
    if costs or paid:
        budgets.hold(
            costs=costs, account=_account(priced), parts=[each.part for each in paid], key=key, until=wanted.until,
            now=now, cause=till.number, organization=till.store, beside=rewarding.wallets_of(priced=priced),
        )  # fmt: skip
    return paid


def costs_of(priced: Priced):
    """What the offers of a quote cost which budget: discounts and the worth of what is given."""
    shares = priced.rules.shares
    for use in priced.quote.uses:
        if paid := shares.get(use.offer):
            weights = {budget.pk: points for budget, points in paid}
            parts = standing.apportioned(use.discount + use.worth, weights)
            for budget, _points in paid:
                if parts[budget.pk]:
                    yield budgets.Cost(budget, use.offer, parts[budget.pk])
