"""Gift cards at the till and in the mini-program: issued, looked at, given on, activated, spent by their code."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.actions import gift_cards, gift_codes, lookups
from members.api import till
from members.api.bodies import Amount
from members.api.purses import KeyedSerializer
from members.api.refusals import Refusal
from members.api.strict import Strict, Text
from members.api.throttles import CodeGuesses
from members.models import GiftCard
from members.queries import acting, cards


class CodeSerializer(Strict):
    code = Text(max_length=64, help_text="In any spelling: small letters, spaces and hyphens are read over.")


class IssueSerializer(Strict):
    key = Text(max_length=200)
    book = Text(max_length=64, help_text="Code of a book of gift cards.")
    amount = Amount()
    oneid = Text(
        required=False, max_length=64, help_text="Who buys it by name: then only he activates or gives it."
    )


class GiveSerializer(CodeSerializer):
    oneid = Text(max_length=64, help_text="Who gives it.")
    to = Text(
        required=False,
        max_length=64,
        help_text="OneID of the receiver; whoever has the new code if left out.",
    )


class ActivateSerializer(CodeSerializer):
    oneid = Text(max_length=64)
    key = Text(max_length=200)


class PayByCodeSerializer(KeyedSerializer, CodeSerializer):
    amount = Amount()


class GiftCardSerializer(serializers.ModelSerializer):
    book = serializers.CharField(source="book.code")
    unit = serializers.CharField(source="book.unit")
    amount = serializers.SerializerMethodField()
    left = serializers.SerializerMethodField(help_text="What is not spent of it yet.")

    class Meta:
        model = GiftCard
        fields = [
            "number",
            "book",
            "unit",
            "state",
            "amount",
            "left",
            "issued_at",
            "given_at",
            "activated_at",
        ]

    def get_amount(self, card: GiftCard) -> str:
        return str(card.book.shown(card.amount))

    def get_left(self, card: GiftCard) -> str:
        return str(card.book.shown(cards.left(cards=[card], now=timezone.now()).get(card.pk, 0)))


class NewCodeSerializer(GiftCardSerializer):
    code = serializers.CharField(
        allow_blank=True, help_text="Shown this once and kept nowhere; empty when it was shown before."
    )

    class Meta(GiftCardSerializer.Meta):
        fields = [*GiftCardSerializer.Meta.fields, "code"]


class PaidSerializer(serializers.Serializer):
    amount = serializers.DecimalField(
        max_digits=24, decimal_places=None, help_text="Below zero: it was spent."
    )
    left = serializers.CharField()


class Codes(APIView):
    """One of the doors that take a code."""

    scopes = {"POST": "value"}

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Wrong codes are counted and recorded; too many, and nothing is told of any code."""
        guesses = CodeGuesses(request=self.request)
        guesses.check()
        try:
            with till.answered():
                yield
        except gift_cards.UnknownCode as refused:
            guesses.count()
            self.note("code")
            raise Refusal(refused, status=404, code="unknown_code") from refused

    def note(self, action: str, **more: object) -> None:
        lookups.record(
            action=action, by=self.request.auth, now=timezone.now(), member=None, field="gift card", **more
        )

    def asked(self, kind: type[Strict]) -> dict:
        wanted = kind(data=self.request.data)
        wanted.is_valid(raise_exception=True)
        return dict(wanted.validated_data)


class Issue(Codes):
    @extend_schema(
        tags=["value"], summary="Issue a gift card", request=IssueSerializer,
        responses={201: NewCodeSerializer, **till.REFUSED},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The code is in this answer and nowhere else. Sent again with the same key, the card comes without it."""
        given, key = self.asked(IssueSerializer), request.auth
        try:
            book = acting.book(code=given["book"], node=key.organization)
        except acting.UnknownBook as refused:
            raise exceptions.NotFound(
                _("There is no such book around the organization of this key.")
            ) from refused
        buyer = till.account(given["oneid"], caller=key) if given.get("oneid") else None
        with till.answered():
            issued = gift_cards.issue(
                book=book, amount=given["amount"], key=till.own(given["key"], caller=key), buyer=buyer,
                now=timezone.now(),
            )  # fmt: skip
        self.note("value", verb="issue", card=issued.card.number)
        return _shown(issued, status=201)


class Look(Codes):
    @extend_schema(
        tags=["value"],
        summary="Look at a gift card",
        request=CodeSerializer,
        responses={200: GiftCardSerializer, **till.REFUSED},
    )
    def post(self, request: Request) -> Response:
        """What the card that this code opens is worth, and in which state it is."""
        with self.guarded():
            card = gift_codes.find(**self.asked(CodeSerializer))
        return Response(GiftCardSerializer(card).data)


class Give(Codes):
    @extend_schema(
        tags=["value"], summary="Give a gift card away", request=GiveSerializer,
        responses={200: NewCodeSerializer, **till.REFUSED},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The answer has a new code for the receiver; the old one opens nothing any more."""
        given = self.asked(GiveSerializer)
        giver = till.account(given["oneid"], caller=request.auth)
        to = till.account(given["to"], caller=request.auth, named="to") if given.get("to") else None
        with self.guarded():
            issued = gift_cards.give(code=given["code"], giver=giver, to=to, now=timezone.now())
        self.note("value", verb="give", card=issued.card.number)
        return _shown(issued)


class Activate(Codes):
    @extend_schema(
        tags=["value"], summary="Activate a gift card", request=ActivateSerializer,
        responses={200: GiftCardSerializer, **till.REFUSED},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Its value is the member's from now on, with the expiry that it has."""
        given, key = self.asked(ActivateSerializer), request.auth
        account = till.account(given["oneid"], caller=key)
        with self.guarded():
            card = gift_cards.activate(
                code=given["code"],
                account=account,
                key=till.own(given["key"], caller=key),
                now=timezone.now(),
            )
        self.note("value", verb="activate", card=card.number)
        return Response(GiftCardSerializer(card).data)


class PayByCode(Codes):
    @extend_schema(
        tags=["value"], summary="Pay with a gift card", request=PayByCodeSerializer,
        responses={200: PaidSerializer, **till.REFUSED},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """By its code alone: nobody has to be known. 409 `not-enough` tells what is `available`."""
        given, key = self.asked(PayByCodeSerializer), request.auth
        place = till.place(given.get("organization"), caller=key)
        with self.guarded():
            receipt = gift_cards.spend(
                code=given["code"], amount=given["amount"], key=till.own(given["key"], caller=key),
                organization=place, now=timezone.now(),
            )  # fmt: skip
            card = gift_codes.find(code=given["code"])
        self.note("value", verb="spend", card=card.number)
        left = cards.left(cards=[card], now=timezone.now()).get(card.pk, 0)
        return Response(PaidSerializer({"amount": receipt.amount, "left": str(card.book.shown(left))}).data)


def _shown(issued: gift_cards.Issued, *, status: int = 200) -> Response:
    return Response({**GiftCardSerializer(issued.card).data, "code": issued.code}, status=status)
