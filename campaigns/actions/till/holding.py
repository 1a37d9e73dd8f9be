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
from campaigns.actions.till.sales import Sale, Till
from campaigns.offers import reading
from campaigns.queries import budgets as standing
from campaigns.queries.till import pricing
from campaigns.queries.till.pricing import Asked, Priced
from members import sets
from members.models import Account

LONGEST = dt.timedelta(days=1)
TRIES = 3  # an offer whose budget ran out meanwhile falls out of the next price
# Two who write the same set of rules for the first time write it twice: neither waits for the other.
HOLD = """
WITH known AS (SELECT id FROM campaigns_ruleset WHERE digest = %(rules_digest)s LIMIT 1),
made AS (
    INSERT INTO campaigns_ruleset (digest, content, at)
    SELECT %(rules_digest)s, %(content)s, %(now)s WHERE NOT EXISTS (SELECT FROM known) RETURNING id
)
UPDATE campaigns_tillorder s SET state = 'held', basket = %(basket)s, quote = %(quote)s, paid = %(paid)s, total = %(total)s, rules = %(rules)s,
    rule_set_id = coalesce((SELECT id FROM known), (SELECT id FROM made)),
    hold_id = (SELECT id FROM members_hold WHERE key = %(key)s), held_at = %(now)s, held_until = %(until)s, changed_at = %(now)s
WHERE s.id = %(sale)s RETURNING s.hold_id
"""


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
    sale: int
    priced: Priced
    paid: list[Paid]
    hold: str  # "" if there was nothing to reserve


@transaction.atomic
def hold(*, till: Till, wanted: Wanted, key: str, now: dt.datetime) -> Held:
    """Raises what `sales.lock` does, Ended, Outdated, PriceChanged, coupon_uses.NotUsable and OutOfStock, uses.UsedUp,
    paying.Unfit, SpendRefused, NotEnough, NoBudget, setting_aside.Gone."""
    sale = opened(till=till, revision=wanted.revision, now=now)
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _held(sale, till, wanted, key, now)
        except (budgets.NoBudget, setting_aside.Gone):
            if not left:
                raise
    raise AssertionError("unreachable")


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


def _held(sale: Sale | None, till: Till, wanted: Wanted, key: str, now: dt.datetime) -> Held:
    priced = pricing.price(
        asked=wanted.asked, place=till.place, node=till.node, channel=till.channel, now=now
    )
    if wanted.digest and wanted.digest != priced.digest:
        raise PriceChanged(priced)
    told = {"till": till, "priced": priced, "asked": wanted.text, "revision": wanted.revision, "now": now}
    if sale is None:
        id = sales.open_(**told)
    else:
        id = sale.id
        sales.change(sale=sale, **told)
    paid = _reserve(id, till, priced, wanted, key, now)
    texts = {"basket": reading.text(priced.basket).decode(), "quote": reading.text(priced.quote).decode()}
    texts["paid"] = json.dumps([[each.part.book.code, str(each.part.amount), each.minor] for each in paid])
    [[hold]] = sets.named(
        HOLD,
        sale=id,
        key=key,
        now=now,
        until=wanted.until,
        total=priced.total,
        rules=priced.rules.revision,
        rules_digest=priced.rules.digest,
        content=priced.rules.content.decode(),
        **texts,
    )
    return Held(id, priced, paid, key if hold else "")


def _reserve(sale: int, till: Till, priced: Priced, wanted: Wanted, key: str, now: dt.datetime) -> list[Paid]:
    person, quote, store = priced.person, priced.quote, till.store
    account = Account(pk=person.account, member=person.member) if person else None
    if codes := [code for use in quote.uses for code in use.coupons]:
        coupon_uses.hold(codes=codes, held_by=till.held_by, now=now, store=store, account=account)
    setting_aside.set_aside(sale=sale, priced=priced, now=now)
    uses.take(
        sale=sale, uses=quote.uses, offers=priced.capped, member=person.member if person else None,
        account=person.account if person else None, store=store, day=timezone.localtime(now).date(), now=now,
    )  # fmt: skip
    paid = paying.parts(
        pays=wanted.pays,
        total=priced.total,
        currency=priced.basket.currency,
        store=store,
        node=till.node,
        at=now,
    )
    costs = list(costs_of(priced))
    if costs or paid:
        budgets.hold(
            costs=costs, account=account, parts=[each.part for each in paid], key=key, until=wanted.until, now=now,
            cause=till.number, organization=store, beside=rewarding.wallets_of(priced=priced),
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
