"""A sale is done: coupons used up, value and budgets spent, the order and its events written, in one transaction.

Of a held one what was reserved and priced then; of an open one all of it now.
"""

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions import coupon_uses
from campaigns.actions.till import holding, proving, rewarding, sales, selling
from campaigns.actions.till.holding import Wanted
from campaigns.actions.till.proving import Kept, Proof
from campaigns.actions.till.sales import Sale, Till
from campaigns.actions.till.selling import Sold
from campaigns.offers import currencies, reading
from campaigns.offers.basket import Basket
from campaigns.offers.quote import Quote
from campaigns.queries.till.pricing import Priced
from members import sets
from members.actions import holds
from members.ledger import amounts
from members.models import Account, Member

HELD = """
SELECT s.basket, s.quote, s.paid, s.currency, s.account_id, r.id, r.digest, a.member_id, h.key
FROM campaigns_tillorder s JOIN campaigns_ruleset r ON r.id = s.rule_set_id
LEFT JOIN members_account a ON a.id = s.account_id LEFT JOIN members_hold h ON h.id = s.hold_id
WHERE s.id = %s
"""

A_MOMENT = dt.timedelta(minutes=1)  # for which a sale is held that is committed at once


class Payment(NamedTuple):
    """In the sale's currency."""

    method: str
    amount: Decimal


class Over(ValueError):
    """The hold's time is up: nothing was sold."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(
            _("The sale was held until %s: send its basket to commit it anew.") % until.isoformat()
        )


class PaymentsDiffer(ValueError):
    """They do not add up to what is to pay."""

    def __init__(self, due: Decimal, paid: Decimal) -> None:
        super().__init__(_("%(paid)s are paid, and %(due)s are due.") % {"paid": paid, "due": due})
        self.due, self.paid = due, paid


class _Taken(NamedTuple):
    """A sale that is held: what was written down of it, whose it is, and the key of the ledger's hold, if there is one."""

    sale: int
    kept: Kept
    basket: Basket
    quote: Quote
    member: int | None
    hold: str | None


class Done(NamedTuple):
    """``priced``: of a sale that was not held before."""

    sale: int
    order: int
    sold: Sold
    proof: Proof
    rewards: list[rewarding.Told]
    priced: Priced | None


@transaction.atomic(savepoint=False)
def commit(
    *, till: Till, wanted: Wanted | None, payments: Sequence[Payment], key: str, now: dt.datetime,
    at: dt.datetime | None = None, lost: frozenset[str] = frozenset(),
) -> Done:  # fmt: skip
    """``wanted``: the basket of a sale that is not held; None: it is. ``at``: when it was sold, if not now; ``lost``: coupons of
    it that somebody else used up meanwhile. Raises what `holding.hold` does, Over, PaymentsDiffer,
    sales.Unknown, amounts.Unfit, versions.Raced."""
    held = None if wanted is None else holding.hold(till=till, wanted=wanted, key=key, now=now)
    taken = _taken_before(_of_held(till, now)) if held is None else _taken(held)
    id, kept, member, hold = taken.sale, taken.kept, taken.member, taken.hold
    sold = _sold(taken, payments)
    rewards = rewarding.promised(sale=id, quote=sold.quote)
    if codes := [code for use in sold.quote.uses for code in use.coupons if code not in lost]:
        account = Account(pk=sold.account, member=Member(pk=member)) if sold.account else None
        coupon_uses.redeem(
            codes=codes, organization=till.store, channel=till.channel, order_key=till.number, now=now,
            staff=till.cashier, account=account, held_by=till.held_by,
        )  # fmt: skip
    decided = rewarding.lock(rewards=rewards, hold=hold, now=now) if hold and wanted is None else None
    if hold:
        holds.spend(key=hold, now=now)
    given = rewarding.give(rewards=rewards, now=now, decided=decided)
    order = selling.sell(till=till, sold=sold, now=at or now)
    noted = _noted(payments, sold)
    proof = proving.close(till=till, sale=id, order=order, payments=noted, kept=kept, now=now)
    return Done(id, order, sold, proof, given, held.priced if held else None)


def _noted(payments: Sequence[Payment], sold: Sold) -> str:
    """With what was paid, for returns: [method, minor units]. Raises Unfit."""
    noted = [[method, amount.scaleb(currencies.digits(sold.basket.currency))] for method, amount in payments]
    if any(minor != int(minor) for _method, minor in noted):
        raise amounts.Unfit(_("A payment has more digits after the point than the currency."))
    return json.dumps([[method, int(minor)] for method, minor in noted])


def _of_held(till: Till, now: dt.datetime) -> int:
    sale: Sale | None = sales.lock(till=till)
    if sale is None:
        raise sales.Unknown(till.number)
    if sale.state == sales.OPENED:
        raise sales.NotHeld(till.number)
    if sale.state != sales.HELD:
        raise sales.Ended(sale.state)
    if sale.held_until <= now:
        raise Over(sale.held_until)
    return sale.id


def _taken_before(id: int) -> _Taken:
    """What was held."""
    [(*row, member, hold)] = sets.prepared(HELD, id)
    kept = Kept(*row)
    return _Taken(id, kept, reading.basket(kept.basket), reading.quote(kept.quote), member, hold)


def _taken(held: holding.Held) -> _Taken:
    """What is held now."""
    priced, person = held.priced, held.priced.person
    kept = Kept(
        *held.texts,
        priced.basket.currency,
        person.account if person else None,
        held.rules,
        priced.rules.digest,
    )
    return _Taken(held.sale, kept, priced.basket, priced.quote, person and person.member.pk, held.hold)


def _sold(taken: _Taken, payments: Sequence[Payment]) -> Sold:
    kept, quote, scale = taken.kept, taken.quote, -currencies.digits(taken.basket.currency)
    total = Decimal(quote.total).scaleb(scale)
    own = [(f"book:{book}", Decimal(minor).scaleb(scale)) for book, _amount, minor in json.loads(kept.paid)]
    paid = sum((payment.amount for payment in payments), Decimal())
    if (due := total - sum((amount for _book, amount in own), Decimal())) != paid:
        raise PaymentsDiffer(due, paid)
    return Sold(taken.basket, quote, kept.account, total, [*own, *map(tuple, payments)])
