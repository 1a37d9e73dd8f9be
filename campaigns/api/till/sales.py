"""A sale at the till: its basket, held, committed or cancelled; and whether it happened."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.actions.till import committing, holding, operations, orders, releasing, stored
from campaigns.actions.till.paying import Pay
from campaigns.actions.till.sales import Till
from campaigns.api.till import (
    answers,
    bodies,
    brought,
    figures,
    guessing,
    quotes,
    refused,
    rendering,
    requests,
    schema,
)
from campaigns.queries.till import places
from campaigns.queries.till.pricing import Priced
from members.models import ChannelKey


class Proof(Struct):
    """Of the price: the ``number``-th of that store's day. Print both with the receipt (docs/proofs.md)."""

    day: dt.date
    number: int
    hash: str


class Answered(Struct, omit_defaults=True):
    """``due``: what is to pay besides what was taken from the customer's books. ``rewards``: what it brought and will bring."""

    store: str
    number: str
    state: str
    total: str = ""
    due: str = ""
    revision: int = 0
    held_until: dt.datetime | None = None
    quote: answers.Answer | None = None
    proof: Proof | None = None
    coupons: list[answers.Coupon] = []
    rewards: list[brought.Brought] = []


class OfSale(APIView):
    renderer_classes = [rendering.Quick]
    bytes_setting = "TILL_MAX_BYTES"

    def till(self, store: str, number: str, cashier: str = "") -> Till:
        key: ChannelKey = self.request.auth
        place = places.place(code=store, node=key.organization)
        if place is None:
            message = _("There is no organization “%(code)s” at your key's node or below it.") % {
                "code": store
            }
            bodies.refuse([bodies.fault("store", message, _("See GET /api/v1/organizations."))])
        if not 0 < len(number) <= 100 or not number.isprintable():
            remedy = _("Take 1 to 100 printable characters.")
            bodies.refuse([bodies.fault("order", _("This can be no number of a sale."), remedy)])
        return Till(key.channel, key.organization, place, number, cashier)

    def once(
        self, verb: str, body: requests.Keyed, till: Till, now: dt.datetime, do: Callable[[], Answered]
    ) -> Response:
        asked = msgspec.json.encode((till.store.code, till.number, body), order="deterministic")
        with refused.answered():
            done = operations.once(
                caller=till.channel.code, node=till.node.path, key=body.key, verb=verb, number=till.number,
                asked=asked, now=now, do=lambda: (200, msgspec.json.encode(do(), enc_hook=str)),
            )  # fmt: skip
        headers = {"Idempotent-Replay": "true"} if done.again else None
        return Response(msgspec.Raw(done.answer.encode()), status=done.status, headers=headers)

    def wanted(self, body: requests.Hold | requests.Commit, till: Till, until: dt.datetime, now: dt.datetime):
        """The basket of the body, or the one that was sent before."""
        given, revision = body.basket, body.revision
        if given is None:
            given, revision = stored.basket(channel=till.channel, number=till.number)
        read, asked = basket(given, till)
        guessing.check(request=self.request, body=read)
        pays = [Pay(each.book, self.amount(each, number)) for number, each in enumerate(body.pays)]
        text = msgspec.json.encode(given, order="deterministic")
        return read, holding.Wanted(asked, text, revision or 1, until, pays, body.digest)

    def amount(self, pay: requests.Pay, number: int) -> Decimal:
        return decimal(pay.amount, f"pays[{number}].amount")


def basket(given: dict, till: Till):
    read = bodies.read(given, kind=bodies.Basket, within="basket.")
    if read.store not in (None, till.store.code):
        remedy = _("Leave it out: the address names the store.")
        bodies.refuse([bodies.fault("basket.store", _("Another store than that of the address."), remedy)])
    return read, bodies.asked(read, within="basket.")


def decimal(text: str, place: str) -> Decimal:
    if bodies.NUMBER.fullmatch(text) is None or text.startswith("-"):
        remedy = _("Send digits, with a point if there are parts: “12.50”.")
        bodies.refuse([bodies.fault(place, _("“%(text)s” is no amount.") % {"text": text}, remedy)])
    return Decimal(text)


def told(priced: Priced, read: bodies.Basket, till: Till, now: dt.datetime) -> answers.Answer:
    """Without the OneID: the answer is kept under its key for longer than the person may want to be known."""
    answer = quotes.told(priced, body=read, place=till.place, now=now, explain=False)
    return msgspec.structs.replace(answer, oneid="")


class Detail(OfSale):
    scopes = {"PUT": "value"}

    @extend_schema(
        tags=["pos"], summary="Keep the basket of a sale", request=schema.body(requests.Put),
        responses={(200, "application/json"): schema.answer(Answered)},
    )  # fmt: skip
    def put(self, request: Request, store: str, order: str) -> Response:
        """Kept and priced, nothing reserved. Send it again with a greater `revision` whenever it changes."""
        body, now = bodies.whole(request.data, kind=requests.Put), timezone.now()
        till = self.till(store, order, body.cashier)
        read, asked = basket(body.basket, till)
        text = msgspec.json.encode(body.basket, order="deterministic")

        def do() -> Answered:
            guessing.check(request=request, body=read)
            priced = orders.put(till=till, asked=asked, text=text, revision=body.revision, now=now)
            guessing.count(request=request, priced=priced)
            return _open(till, priced, told(priced, read, till, now), body.revision)

        return self.once("put", body, till, now, do)


def _open(till: Till, priced: Priced, quote: answers.Answer, revision: int) -> Answered:
    return Answered(
        store=till.store.code, number=till.number, state="open", total=quote.total, due=quote.total,
        revision=revision, quote=quote,
    )  # fmt: skip


class Hold(OfSale):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["pos"], summary="Hold a sale", request=schema.body(requests.Hold),
        responses={(200, "application/json"): schema.answer(Answered)},
    )  # fmt: skip
    def post(self, request: Request, store: str, order: str) -> Response:
        """Coupons, value, budgets and caps are reserved, and the price stands until `held_until`, whatever changes meanwhile."""
        body, now = bodies.whole(request.data, kind=requests.Hold), timezone.now()
        till = self.till(store, order, body.cashier)

        def do() -> Answered:
            until = timezone.localtime(now + dt.timedelta(seconds=body.seconds))
            read, wanted = self.wanted(body, till, until, now)
            held = holding.hold(till=till, wanted=wanted, key=_key(till, body.key), now=now)
            guessing.count(request=request, priced=held.priced)
            quote, currency = told(held.priced, read, till, now), held.priced.basket.currency
            due = held.priced.quote.total - sum(paid.minor for paid in held.paid)
            return Answered(
                store=till.store.code, number=till.number, state="held", total=quote.total,
                due=figures.money(due, currency), revision=wanted.revision, held_until=until, quote=quote,
            )  # fmt: skip

        return self.once("hold", body, till, now, do)


class Commit(OfSale):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["pos"], summary="Commit a sale", request=schema.body(requests.Commit),
        responses={(200, "application/json"): schema.answer(Answered)},
    )  # fmt: skip
    def post(self, request: Request, store: str, order: str) -> Response:
        """Of a held sale as it was held (send no basket), or straight from a basket."""
        body, now = bodies.whole(request.data, kind=requests.Commit), timezone.now()
        till = self.till(store, order, body.cashier)
        payments = [
            committing.Payment(each.method, decimal(each.amount, f"payments[{number}].amount"))
            for number, each in enumerate(body.payments)
        ]

        def do() -> Answered:
            read = wanted = None
            if body.basket is not None:
                read, wanted = self.wanted(body, till, now + committing.A_MOMENT, now)
            key = _key(till, body.key)
            done = committing.commit(till=till, wanted=wanted, payments=payments, key=key, now=now)
            if done.priced:
                guessing.count(request=request, priced=done.priced)
            total = figures.money(done.sold.quote.total, done.sold.basket.currency)
            return Answered(
                store=till.store.code,
                number=till.number,
                state="committed",
                total=total,
                proof=Proof(*done.proof),
                coupons=told(done.priced, read, till, now).coupons if read and read.coupons else [],
                rewards=brought.told(done.rewards, currency=done.sold.basket.currency),
            )

        return self.once("commit", body, till, now, do)


class Cancel(OfSale):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["pos"], summary="Cancel a sale", request=schema.body(requests.Keyed),
        responses={(200, "application/json"): schema.answer(Answered)},
    )  # fmt: skip
    def post(self, request: Request, store: str, order: str) -> Response:
        """It will not be sold: what was reserved is free again. A committed one is given back by a return."""
        body, now = bodies.whole(request.data, kind=requests.Keyed), timezone.now()
        till = self.till(store, order)

        def do() -> Answered:
            releasing.cancel(till=till, now=now)
            return Answered(store=till.store.code, number=till.number, state="cancelled")

        return self.once("cancel", body, till, now, do)


def _key(till: Till, key: str) -> str:
    """Of the ledger's hold: no other channel, nor a verb of value, can have used it."""
    return f"sale:{till.channel.code}:{key}"


class Happened(Struct):
    key: str
    verb: str
    at: dt.datetime
    answer: msgspec.Raw


class Operation(APIView):
    scopes = {"GET": "value"}
    renderer_classes = [rendering.Quick]

    @extend_schema(
        tags=["pos"], summary="Did it happen?",
        responses={(200, "application/json"): {"type": "object", "required": ["key", "verb", "at", "answer"]}},
    )  # fmt: skip
    def get(self, request: Request, key: str) -> Response:
        """What your channel was answered under this key, at your key's node or below it; 404: nothing happened there."""
        caller: ChannelKey = request.auth
        try:
            found = operations.find(caller=caller.channel.code, node=caller.organization.path, key=key)
        except operations.Nothing as nothing:
            raise refused.nothing(key) from nothing
        at = timezone.localtime(found.at)
        return Response(Happened(key, found.verb, at, msgspec.Raw(found.answer.encode())))
