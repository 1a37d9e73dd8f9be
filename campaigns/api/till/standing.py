"""GET of a sale: how it stands, and the points that its plans give for it. What a commit would be slower for to tell."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.actions.till import sales as rows
from campaigns.api.till import figures, refused, sales, schema
from campaigns.models import PriceProof, TillOrder
from campaigns.offers import currencies
from campaigns.queries.till import standing
from members.queries.earned import Earned


class Points(Struct, omit_defaults=True):
    """``amount`` of a book that the sale earns by the plans, less what came back; ``given``: so much of it is the customer's
    already. ``ready_at``: from when on it can be spent; left out where that is ``days`` after the goods are received."""

    book: str
    name: str
    unit: str
    amount: str
    given: str
    ready_at: dt.datetime | None = None
    days: int = 0
    ends_at: dt.datetime | None = None


class Standing(Struct, omit_defaults=True):
    """``points``: of a sale that is done, if it has a customer and the plans give something for it."""

    store: str
    number: str
    state: str
    revision: int
    currency: str
    total: str
    held_until: dt.datetime | None = None
    committed_at: dt.datetime | None = None
    proof: sales.Proof | None = None
    points: list[Points] = []


class Sale(sales.Detail):
    scopes = {**sales.Detail.scopes, "GET": "value"}

    @extend_schema(
        tags=["pos"], summary="See how a sale stands",
        responses={(200, "application/json"): schema.answer(Standing)},
    )  # fmt: skip
    def get(self, request: Request, store: str, order: str) -> Response:
        """Its state, its total, and the points that the plans give for it. They are posted within seconds, and change with what
        comes back."""
        till, now = self.till(store, order), timezone.now()
        with refused.answered():
            found = standing.of(channel=till.channel, store=till.store, number=order)
            if found is None:
                raise rows.Unknown(order)
        return Response(_told(found, till.store.code, now))


def _told(found: standing.Standing, store: str, now: dt.datetime) -> Standing:
    sale = found.sale
    held = sale.state == TillOrder.State.HELD
    over = held and sale.held_until <= now
    return Standing(
        store=store,
        number=sale.number,
        state=TillOrder.State.OPEN if over else sale.state,
        revision=sale.revision,
        currency=sale.currency,
        total=_money(sale.total, sale.currency),
        held_until=_local(sale.held_until) if held and not over else None,
        committed_at=_local(sale.committed_at),
        proof=_proof(found.proof) if found.proof else None,
        points=[_points(each) for each in found.earned],
    )


def _proof(proof: PriceProof) -> sales.Proof:
    return sales.Proof(proof.day, proof.number, bytes(proof.hash).hex())


def _points(earned: Earned) -> Points:
    book = earned.book
    return Points(
        book=book.code,
        name=book.name,
        unit=book.unit,
        amount=str(earned.amount),
        given=str(earned.given),
        ready_at=_local(earned.ready_at),
        days=0 if earned.ready_at else book.pending_days,
        ends_at=_local(earned.ends_at),
    )


def _money(amount: Decimal, currency: str) -> str:
    return figures.money(int(amount.scaleb(currencies.digits(currency))), currency)


def _local(at: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(at) if at else None
