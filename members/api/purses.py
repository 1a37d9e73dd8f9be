"""Stored-value cards at the till: money paid in, spent, given back for returned goods or paid out; and what a member
holds."""

import datetime as dt
from collections.abc import Callable

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.actions import pay_outs, purses
from members.actions.purses import Receipts
from members.api import till
from members.api.bodies import Amount
from members.api.strict import Strict, Text
from members.api.value import OfMember
from members.models import Account, ChannelKey, Purse
from members.queries import scopes


class KeyedSerializer(Strict):
    key = Text(max_length=200, help_text="Yours for this one movement; sent again, the same answer comes.")
    organization = Text(
        required=False, max_length=64, help_text="Where it happens; your key's node if it is left out."
    )


class TopUpSerializer(KeyedSerializer):
    principal = Amount(help_text="What the customer pays in.")
    bonus = Amount(required=False, default=0, help_text="What is given on top.")


class PaymentSerializer(KeyedSerializer):
    amount = Amount()


class PayOutSerializer(KeyedSerializer):
    amount = Amount(help_text="Of what was paid in.")


class RefundSerializer(Strict):
    key = Text(max_length=200)
    key_of_spend = Text(max_length=200, help_text="The key of the payment that the goods were bought with.")
    amount = Amount(required=False, help_text="All that is left of it if this is left out.")


class ReceiptsSerializer(serializers.Serializer):
    principal = serializers.DecimalField(
        max_digits=24, decimal_places=None, source="principal.amount", default=None, allow_null=True,
        help_text="By how much it changed; null: not at all.",
    )  # fmt: skip
    bonus = serializers.DecimalField(
        max_digits=24, decimal_places=None, source="bonus.amount", default=None, allow_null=True
    )
    balance = serializers.DecimalField(
        max_digits=24, decimal_places=None, help_text="What can be spent of the card now, both together."
    )


class OfPurse(OfMember):
    """What a till does with a member's card: ``do`` is asked for it, and ``verb`` recorded."""

    verb: str
    do: Callable[..., Receipts]

    def post(self, request: Request, oneid: str, code: str) -> Response:
        self.purse = _purse(code, request.auth)
        return super().post(request, oneid)

    def act(self, account: Account, given: dict, now: dt.datetime) -> dict:
        place = till.place(given.pop("organization", None), caller=self.request.auth)
        given["key"] = self.own(given["key"])
        done = self.do(account=account, purse=self.purse, organization=place, now=now, **given)
        self.note(account.member, self.verb, self.purse.code)
        return _told(done)


@extend_schema(
    tags=["value"], summary="Top a card up", request=TopUpSerializer,
    responses={200: ReceiptsSerializer, **till.REFUSED},
)  # fmt: skip
class TopUp(OfPurse):
    """Money paid in goes to the principal, what is given on top to the bonus; they stay apart for ever."""

    asks = TopUpSerializer
    verb, do = "top_up", staticmethod(purses.top_up)


@extend_schema(
    tags=["value"], summary="Pay with a card", request=PaymentSerializer,
    responses={200: ReceiptsSerializer, **till.REFUSED},
)  # fmt: skip
class Pay(OfPurse):
    """All of the amount or nothing. 409 `not-enough` tells what is `available`."""

    asks = PaymentSerializer
    verb, do = "spend", staticmethod(purses.spend)


@extend_schema(
    tags=["value"], summary="Pay out what was paid in", request=PayOutSerializer,
    responses={200: ReceiptsSerializer, **till.REFUSED},
)  # fmt: skip
class PayOut(OfPurse):
    """The customer wants his money back. The same share of the bonus is forfeited; both stand in the answer. 409
    `not-enough` tells what is `available` of the principal; 409 `second-person`: it is more than the card pays out at
    once, and is asked for at the desk."""

    asks = PayOutSerializer
    verb, do = "pay_out", staticmethod(pay_outs.at_till)


class Refund(APIView):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["value"], summary="Give back what a card paid", request=RefundSerializer,
        responses={200: ReceiptsSerializer, **till.REFUSED},
    )  # fmt: skip
    def post(self, request: Request, code: str) -> Response:
        """Goods came back: into the lots that paid, the book that paid last first. Of payments of your channel only."""
        wanted = RefundSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given, key = dict(wanted.validated_data), request.auth
        for name in ("key", "key_of_spend"):
            given[name] = till.own(given[name], caller=key)
        with till.answered():
            done = purses.refund(purse=_purse(code, key), now=timezone.now(), **given)
        return Response(_told(done))


def _purse(code: str, key: ChannelKey) -> Purse:
    near = scopes.around_organization(
        Purse.objects.select_related("organization", "principal__organization", "bonus__organization"),
        reach=scopes.of_node(key.organization),
    )
    found = near.filter(code=code).first()
    if found is None:
        raise exceptions.NotFound(_("There is no such card around the organization of this key."))
    return found


def _told(done: Receipts) -> dict:
    return ReceiptsSerializer(
        {"principal": done.principal, "bonus": done.bonus, "balance": done.balance}
    ).data
