"""Value at the till: earned, spent, converted, reversed; and whether a movement happened at all."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.actions import conversions, lookups, points
from members.api import bodies, till
from members.models import Account, Book, Member, Posting
from members.queries import acting, people, spending

REASON = "till"


class OfMember(APIView):
    """The member by OneID, his account on which the movement hangs, and the record of what the key did."""

    scopes = {"POST": "value"}
    asks: type[bodies.Strict]

    def post(self, request: Request, oneid: str) -> Response:
        member = people.current(oneid_text=oneid, node=request.auth.organization)
        wanted = self.asks(data=request.data)
        wanted.is_valid(raise_exception=True)
        account = acting.account(member=member, channel=request.auth.channel)
        with bodies.answered():
            answer = self.act(account, dict(wanted.validated_data), timezone.now())
        return Response(answer)

    def own(self, key: str) -> str:
        return till.own(key, caller=self.request.auth)

    def book(self, code: str):
        return acting.book(code=code, node=self.request.auth.organization)

    def note(self, member: Member | None, verb: str, *books: str) -> None:
        """``books``: codes of books, or that of a card."""
        lookups.record(
            action="value", by=self.request.auth, now=timezone.now(), member=member,
            field=books[0], verb=verb, books=sorted(books),
        )  # fmt: skip


class OneBook(OfMember):
    asks = bodies.MovementSerializer

    def act(self, account: Account, given: dict, now) -> dict:
        book = self.book(given["book"])
        amount = bodies.amount_of(given, book=book)
        self.check(book, given, now)
        receipt = self.verb(
            account=account, book=book, amount=amount, key=self.own(given["key"]), now=now, reason=REASON
        )
        self.note(account.member, receipt.verb, book.code)
        return bodies.told(receipt)

    def check(self, book: Book, given: dict, now) -> None:
        """What else has to be so."""


@extend_schema(
    tags=["value"], summary="Give value to a member", request=bodies.MovementSerializer,
    responses={200: bodies.ReceiptSerializer, **till.REFUSED},
)  # fmt: skip
class Earn(OneBook):
    """It can be spent after the book's waiting days. Orders earn by themselves: this is for everything else."""

    verb = staticmethod(points.earn)


@extend_schema(
    tags=["value"], summary="Spend a member's value", request=bodies.SpendSerializer,
    responses={200: bodies.ReceiptSerializer, **till.REFUSED},
)  # fmt: skip
class Spend(OneBook):
    """From all accounts of the person, oldest expiry first; all of the amount or nothing. With an `order`, only as much
    as the plan in force lets pay for it: 409 `spend-refused` tells the `most`."""

    asks = bodies.SpendSerializer
    verb = staticmethod(points.spend)

    def check(self, book: Book, given: dict, now) -> None:
        order = given.get("order")
        if order is None or Posting.objects.filter(key=self.own(given["key"])).exists():
            return
        spending.check(
            book=book, steps=book.steps(given["amount"]), order_amount=order["amount"],
            currency=order["currency"], node=self.request.auth.organization, at=now,
        )  # fmt: skip


@extend_schema(
    tags=["value"], summary="Convert between books", request=bodies.ConversionSerializer,
    responses={200: bodies.ConvertedSerializer, **till.REFUSED},
)  # fmt: skip
class Convert(OfMember):
    """What the account of your channel (else the member's first one) itself holds, at worth ÷ worth, rounded down."""

    asks = bodies.ConversionSerializer

    def act(self, account: Account, given: dict, now) -> dict:
        book, into = self.book(given["book"]), self.book(given["into"])
        amount = bodies.amount_of(given, book=book)
        done = conversions.convert(
            account=account, book=book, into=into, amount=amount, key=self.own(given["key"]), now=now
        )
        self.note(account.member, "convert", book.code, into.code)
        return bodies.ConvertedSerializer(done).data


class OfKey(APIView):
    def posting(self, key: str) -> Posting:
        found = Posting.objects.select_related("book", "account__member")
        posting = found.filter(key=till.own(key, caller=self.request.auth)).first()
        if posting is None:
            raise exceptions.NotFound(_("Your channel has made no movement with this key."))
        return posting


class MovementDetail(OfKey):
    scopes = {"GET": "value"}

    @extend_schema(
        tags=["value"], summary="Ask whether a movement happened", responses=bodies.ReceiptSerializer
    )
    def get(self, request: Request, key: str) -> Response:
        """After a connection was lost: the receipt of the key, or 404 if nothing happened. A hold's movements have the
        keys `{key}:{book}`, and its commit or release `{key}:{book}:commit` or `{key}:{book}:release`."""
        posting = self.posting(key)
        shown = posting.book.shown
        return Response(
            {
                "verb": posting.verb,
                "book": posting.book.code,
                "amount": str(shown(posting.amount)),
                "short": str(shown(posting.short)),
            }
        )


class Reverse(OfKey):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["value"], summary="Reverse a movement, whole or in part", request=bodies.ReversalSerializer,
        responses={200: bodies.ReceiptSerializer, **till.REFUSED},
    )  # fmt: skip
    def post(self, request: Request, key: str) -> Response:
        """Of an earning, a spending or a commit that your channel made. What was spent goes back into the lots it came
        from; what was earned is taken back, and what of it was spent already is owed or `short`."""
        wanted = bodies.ReversalSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        posting, given = self.posting(key), wanted.validated_data
        with bodies.answered():
            receipt = points.reverse(
                posting=posting, amount=bodies.amount_of(given, book=posting.book), now=timezone.now(),
                key=till.own(given["key"], caller=request.auth), reason=REASON,
            )  # fmt: skip
        lookups.record(
            action="value", by=request.auth, now=timezone.now(), member=posting.account.member,
            field=posting.book.code, verb=receipt.verb,
        )  # fmt: skip
        return Response(bodies.told(receipt))
