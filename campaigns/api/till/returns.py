"""Goods of a sale come back to a till: what is paid back for them, on what, and what else is undone."""

from collections.abc import Iterator
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.actions.till import returning
from campaigns.actions.till.returning import Planned
from campaigns.actions.till.sales import Till
from campaigns.api.till import bodies, figures, refused, requests, schema
from campaigns.api.till.bodies import Code, Digits, Text
from campaigns.api.till.sales import OfSale
from members.models import Book

Reason = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._-]{0,40}$(?!\n)",
        description="A code of yours, such as `faulty`: names nobody.",
    ),
]

Number = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f#]*$(?!\n)",
        description="Yours, of the return, without #.",
    ),
]


class Line(Struct, forbid_unknown_fields=True, kw_only=True):
    line: Annotated[
        int, Meta(ge=1, le=2 * 10**6, description="As in the sale; what offers gave stands behind.")
    ]
    quantity: Digits


class Looked(Struct, forbid_unknown_fields=True, kw_only=True):
    lines: Annotated[list[Line], Meta(min_length=1, max_length=bodies.LINES)]
    store: (
        Annotated[Code, Meta(description="Where the goods come back to; the sale's store if left out.")]
        | None
    ) = None


class Taken(Looked, forbid_unknown_fields=True, kw_only=True):
    key: requests.Key
    number: Number
    reason: Reason = ""
    cashier: Text = ""


class Refunded(Struct):
    line: int
    sku: str
    quantity: str
    refund: str


class Payment(Struct, omit_defaults=True):
    """``value``: in the unit of the ``book`` that gets it back."""

    method: str
    amount: str
    book: str = ""
    value: str = ""


class Reward(Struct, omit_defaults=True):
    """Taken back: ``amount`` in the unit of what was given, ``short`` what was spent or used already. ``coupons``: codes withdrawn."""

    offer: str
    kind: str
    what: str
    amount: str
    short: str = ""
    coupons: list[str] = []


class Kept(Struct):
    """Goods that an offer gave for what is back now: ask for them, and send them as lines of a return."""

    line: int
    offer: str
    sku: str
    quantity: str


class Answer(Struct, omit_defaults=True):
    """``refund``: all that is paid back, over the ``payments``. ``coupons`` can be used again. ``left``: what can still come
    back of each line."""

    store: str
    order: str
    returned_to: str
    currency: str
    refund: str
    lines: list[Refunded]
    payments: list[Payment]
    coupons: list[str]
    rewards: list[Reward]
    kept: list[Kept]
    left: dict[str, str]
    number: str = ""


def answer(till: Till, asked: returning.Asked, planned: Planned) -> Answer:
    refund, currency = planned.refund, planned.sold.currency

    def money(minor: int) -> str:
        return figures.money(minor, currency)

    lines = [
        Refunded(each.number, planned.goods[each.number], figures.pieces(each.quantity), money(each.net))
        for each in refund.lines
    ]
    kept = [Kept(each.line, each.offer, each.sku, figures.pieces(each.quantity)) for each in planned.kept]
    return Answer(
        store=till.store.code,
        order=till.number,
        returned_to=asked.store.code,
        currency=currency,
        refund=money(refund.total),
        lines=lines,
        payments=list(_payments(planned, money)),
        coupons=planned.undoing.coupons,
        rewards=list(_rewards(planned, money)),
        kept=kept,
        left={str(line): figures.pieces(quantity) for line, quantity in sorted(planned.left.items())},
        number=asked.number,
    )


def _payments(planned: Planned, money) -> Iterator[Payment]:
    for paid in planned.paid_back:
        if paid.minor or paid.steps:
            value = str(paid.book.shown(paid.steps)) if paid.book else ""
            yield Payment(paid.payment.method, money(paid.minor), paid.payment.book, value)


def _rewards(planned: Planned, money) -> Iterator[Reward]:
    """Of goods tell the lines; a multiple of points follows the points of the order by itself."""
    books = Book.objects.in_bulk({each.what for each in planned.taken}, field_name="code")
    for each in planned.taken:
        if not each.asked or each.kind in ("goods", "multiplier"):
            continue
        book = books.get(each.what)

        def told(amount: int, kind: str = each.kind, book: Book | None = book) -> str:
            return (
                money(amount) if kind in ("cash", "packet") else str(book.shown(amount) if book else amount)
            )

        short = told(each.short) if each.short else ""
        yield Reward(each.offer, each.kind, each.what, told(each.back), short, list(each.coupons))


class OfReturn(OfSale):
    def asked(self, body: Looked, till: Till, number: str = "", reason: str = "") -> returning.Asked:
        store = self.till(body.store, till.number).store if body.store else till.store
        return returning.Asked(number, _lines(body.lines), store, reason)


def _lines(lines: list[Line]) -> dict[int, int]:
    """Thousandths by line. Refused with all faults."""
    faults: list[dict] = []
    found = {
        line.line: _quantity(line, f"lines[{place}].quantity", faults) for place, line in enumerate(lines)
    }
    faults += bodies.faults_of_numbers(lines)
    if faults:
        bodies.refuse(faults)
    return found


def _quantity(line: Line, place: str, faults: list[dict]) -> int | None:
    if line.quantity.startswith("-"):
        remedy = _("Send how many come back, without a sign.")
        faults.append(bodies.fault(place, _("It is below 0."), remedy))
        return None
    quantity = bodies.steps(line.quantity, 3, bodies.MOST_PIECES, place, faults)
    if quantity == 0:
        faults.append(bodies.fault(place, _("The quantity is 0."), _("Leave the line out.")))
    return quantity


class Return(OfReturn):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["pos"], summary="Take goods of a sale back", request=schema.body(Taken),
        responses={(200, "application/json"): schema.answer(Answer)},
    )  # fmt: skip
    def post(self, request: Request, store: str, order: str) -> Response:
        """Exactly what the sale's record says of them is undone: money on the payments it came from, points and stored value into
        the lots they came from, coupons, caps, rewards and budgets. Nothing is priced anew."""
        body, now = bodies.whole(request.data, kind=Taken), timezone.now()
        till = self.till(store, order, body.cashier)
        asked = self.asked(body, till, body.number, body.reason)

        def do() -> Answer:
            return answer(till, asked, returning.take(till=till, asked=asked, now=now))

        return self.once("return", body, till, now, do)


class Preview(OfReturn):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["pos"], summary="What a return would give back", request=schema.body(Looked),
        responses={(200, "application/json"): schema.answer(Answer)},
    )  # fmt: skip
    def post(self, request: Request, store: str, order: str) -> Response:
        """As the return itself would answer now. Nothing is written."""
        body = bodies.whole(request.data, kind=Looked)
        till = self.till(store, order)
        asked = self.asked(body, till)
        with refused.answered():
            return Response(answer(till, asked, returning.plan(till=till, asked=asked)))
