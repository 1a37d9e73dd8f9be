"""What the till's verbs refuse, as problem documents: nothing happened, and the key may be used again."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from campaigns.actions import budgets, coupon_uses, coupons
from campaigns.actions.till import (
    committing,
    holding,
    operations,
    paying,
    returning,
    sales,
    setting_aside,
    uses,
)
from campaigns.api.till import bodies
from campaigns.queries.till import buyers
from members.actions import holds, points, reversals
from members.actions.versions import Raced
from members.api.refusals import Refusal
from members.ledger import amounts
from members.queries import acting
from members.queries.spending import SpendRefused

ANSWERS: dict[type[Exception], tuple[int, str, tuple[str, ...]]] = {
    operations.InFlight: (409, "in_flight", ()),
    operations.KeyReused: (422, "key_reused", ()),
    sales.NumberTaken: (409, "number_taken", ("store",)),
    sales.Outdated: (409, "outdated", ("revision",)),
    sales.Ended: (409, "ended", ("state",)),
    sales.NotHeld: (409, "not_held", ()),
    sales.Unknown: (404, "order_unknown", ()),
    coupon_uses.NotUsable: (409, "coupon_gone", ("code",)),
    coupon_uses.OutOfStock: (409, "out_of_stock", ()),
    coupons.Unknown: (409, "coupon_gone", ()),
    setting_aside.Gone: (409, "used_up", ("offer",)),
    uses.UsedUp: (409, "used_up", ("offer", "scope")),
    paying.Unfit: (422, "unfit", ("book",)),
    amounts.Unfit: (422, "unfit", ()),
    SpendRefused: (409, "spend_refused", ("most",)),
    budgets.NoBudget: (409, "no_budget", ()),
    points.NotEnough: (409, "not_enough", ("available",)),
    committing.Over: (409, "over", ()),
    holds.HoldOver: (409, "over", ()),
    holds.HoldEnded: (409, "over", ()),
    committing.PaymentsDiffer: (422, "payments_differ", ("due", "paid")),
    holding.PriceChanged: (409, "price_changed", ()),
    returning.NotCommitted: (409, "not_committed", ("state",)),
    returning.NumberTaken: (409, "return_taken", ("order",)),
    returning.LineUnknown: (422, "line_unknown", ("line",)),
    returning.TooMany: (409, "too_many", ("line", "bought", "returned_before")),
    reversals.NotReversible: (409, "not_reversible", ()),
}

SAID = {"code": "coupon"}  # how a problem document names what a refusal calls otherwise


@contextmanager
def answered() -> Iterator[None]:
    try:
        yield
    except buyers.Unknown:
        remedy = _("Look the customer up with POST pos/customer, or leave oneid out for a guest.")
        bodies.refuse([bodies.fault("oneid", _("Nobody of this OneID is known at your node."), remedy)])
    except acting.UnknownBook as refused:
        told = _("There is no book “%s” at your key's organization or above it.") % refused
        raise Refusal(LookupError(told), status=422, code="unknown_book") from refused
    except (sales.Raced, Raced) as raced:
        raise Refusal(operations.InFlight(), status=409, code="in_flight") from raced
    except tuple(ANSWERS) as refused:
        status, code, named = next(ANSWERS[kind] for kind in type(refused).__mro__ if kind in ANSWERS)
        extra = {SAID.get(name, name): _told(getattr(refused, name)) for name in named}
        raise Refusal(refused, status=status, code=code, **extra) from refused


def _told(value: object) -> object:
    return value if isinstance(value, int) else str(value)


def nothing(key: str) -> Refusal:
    told = _("Nothing happened under the key “%s”: send the request.") % key
    return Refusal(LookupError(told), status=404, code="nothing_happened")
