"""Coupons at the counter, by their code: looked at, and used without a sale: a gift handed over, a service asked for."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.actions import handing_over, vouchers
from campaigns.api.coupons import doors, shown
from campaigns.api.coupons.doors import Door
from campaigns.models import Coupon, CouponTemplate
from members.api import till
from members.api.strict import Text, fault
from members.api.throttles import CodeGuesses
from members.models import Account, Organization


class LookSerializer(doors.CodeSerializer):
    oneid = Text(required=False, max_length=64, help_text="Who shows it; nobody for a guest.")
    organization = Text(
        required=False, max_length=64, help_text="Where it is shown; your key's node if it is left out."
    )


class RedeemSerializer(doors.KeyedSerializer, LookSerializer):
    number = Text(max_length=100, help_text="Yours, of the receipt or of the ticket.")
    cashier = Text(required=False, default="", max_length=100, allow_blank=True, help_text="Who serves.")
    sku = Text(required=False, max_length=100, help_text="Which of several gifts; else the first.")
    serial = Text(
        required=False,
        default="",
        max_length=100,
        allow_blank=True,
        help_text="Of the appliance to be served.",
    )
    text = Text(required=False, default="", max_length=4000, allow_blank=True, help_text="For the ticket.")


class GiftSerializer(serializers.Serializer):
    sku = serializers.CharField()
    quantity = serializers.CharField()


class RedeemedSerializer(shown.CouponSerializer):
    number = serializers.CharField()
    gift = GiftSerializer(allow_null=True, help_text="What to hand over.")
    ticket = serializers.IntegerField(allow_null=True, help_text="Of service/tickets/{id}.")


class Look(Door):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["coupons"], summary="Look at a coupon", request=LookSerializer,
        responses={200: shown.CouponSerializer, **doors.REFUSED},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """What it is good for, and whether it can be used there and now by who shows it. Its threshold and its goods are for a sale to
        tell: see POST pos/quotes."""
        asked, now = self.asked(LookSerializer), timezone.now()
        account, place = (
            self.account(asked.get("oneid")),
            till.place(asked.get("organization"), caller=self.key),
        )
        CodeGuesses(request=request).check()
        with doors.answered(self):
            coupon = self.coupon(asked["code"])
        self.note("look", account and account.member, coupon, now)
        member = account.member if account else None
        return Response(shown.coupons([coupon], member=member, store=place, now=now)[0])


class Redeem(Door):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["coupons"], summary="Use a coupon without a sale", request=RedeemSerializer,
        responses={200: RedeemedSerializer, **doors.REFUSED},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A gift voucher: the `gift` is handed over, and leaves the stock. A service voucher: the `ticket` that it is for is filed;
        cancelled, that frees the voucher. Everything else is used by a sale: 409 `needs-sale`."""
        asked, now = self.asked(RedeemSerializer), timezone.now()
        oneid = asked.pop("oneid", "")

        def do() -> dict:
            account, place = self.account(oneid), till.place(asked.get("organization"), caller=self.key)
            coupon = self.coupon(asked["code"])
            if coupon.template.kind == CouponTemplate.Kind.SERVICE:
                more = self._served(coupon, asked, account, place, now)
            else:
                more = self._handed_over(coupon, asked, account, place, now)
            self.note("redeem", account and account.member, coupon, now)
            found, member = self.coupon(coupon.code), account.member if account else None
            [told] = shown.coupons([found], member=member, store=place, now=now)
            return {**told, "number": asked["number"], "gift": None, "ticket": None, **more}

        return self.once("redeem", asked, now, do, oneid)

    def _served(self, coupon: Coupon, asked: dict, account: Account | None, place: Organization, now) -> dict:
        if account is None:
            remedy = _("Look the customer up with POST pos/customer, and give the OneID.")
            raise fault("oneid", message=_("Whose ticket is it?"), remedy=remedy)
        ticket = vouchers.redeem(
            code=coupon.code, account=account, channel=self.key.channel, external_id=asked["number"],
            organization=place, serial=asked["serial"], text=asked["text"], staff=asked["cashier"], now=now,
        )  # fmt: skip
        return {"ticket": ticket.pk}

    def _handed_over(
        self, coupon: Coupon, asked: dict, account: Account | None, place: Organization, now
    ) -> dict:
        gift = handing_over.hand_over(
            coupon=coupon, sku=asked.get("sku"), number=asked["number"], channel=self.key.channel, organization=place,
            account=account, staff=asked["cashier"], key=f"gift:{self.key.channel.code}:{asked['key']}", now=now,
        )  # fmt: skip
        return {"gift": {"sku": gift.sku, "quantity": gift.quantity}}
