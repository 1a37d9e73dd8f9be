"""How much of a member's points may pay for an order."""

from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.api.bodies import Currency
from members.api.refusals import Refusal
from members.api.strict import Strict
from members.models import Organization
from members.queries import acting, balances, people, spending


class AskedSerializer(Strict):
    book = serializers.CharField(max_length=64)
    amount = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=Decimal(0))
    currency = Currency()


class AllowanceSerializer(serializers.Serializer):
    book = serializers.CharField()
    unit = serializers.CharField()
    available = serializers.CharField(help_text="What the member can spend now.")
    most = serializers.CharField(help_text="How much of it may pay for such an order.")
    pays = serializers.CharField(help_text="What that pays, in the currency of the order.")
    currency = serializers.CharField()


class Allowance(APIView):
    scopes = {"GET": "query"}

    @extend_schema(
        tags=["value"],
        summary="Ask how much may pay for an order",
        parameters=[AskedSerializer],
        responses=AllowanceSerializer,
    )
    def get(self, request: Request, oneid: str) -> Response:
        """By the spending rule that is in force now where the key stands: the largest share of an order, the least, the
        steps. 0 if there is no rule for this book and currency."""
        node = request.auth.organization
        member = people.current(oneid_text=oneid, node=node)
        asked = AskedSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return Response(_answer(member, node, **asked.validated_data))


def _answer(member, node: Organization, *, book: str, amount: Decimal, currency: str) -> dict:
    now = timezone.now()
    try:
        found = acting.book(code=book, node=node)
    except acting.UnknownBook as fault:
        raise Refusal(
            ValueError(
                _("There is no book “%(code)s” around the organization of this key.") % {"code": book}
            ),
            status=404,
            code="unknown_book",
        ) from fault
    held = balances.of(members=[member.pk], now=now)
    have = next((each.available for each in held if each.book == found.pk), Decimal(0))
    allowed = spending.most(book=found, have=have, order_amount=amount, currency=currency, node=node, at=now)
    return {
        "book": found.code, "unit": found.unit, "available": _text(have), "most": _text(allowed.most),
        "pays": _text(allowed.pays), "currency": currency,
    }  # fmt: skip


def _text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
