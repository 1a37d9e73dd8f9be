"""What every door of coupons needs: once for each key, wrong codes counted, refusals as answers."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from django.db.models import Q
from django.utils import timezone
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns import coupon_codes
from campaigns.actions import budgets, coupon_uses, coupons, handing_over
from campaigns.actions.till import operations
from campaigns.models import Coupon, CouponTemplate
from members.actions import lookups, postings, versions
from members.api import till
from members.api.refusals import Refusal
from members.api.strict import Strict, Text
from members.api.throttles import CodeGuesses
from members.models import Account, ChannelKey, Member, oneid
from members.queries import scopes

ANSWERS: dict[type[Exception], tuple[int, str]] = {
    operations.InFlight: (409, "in_flight"),
    operations.KeyReused: (422, "key_reused"),
    postings.KeyReused: (409, "number_reused"),
    coupons.Unknown: (404, "unknown_code"),
    coupons.Enough: (409, "enough"),
    coupons.UsedUp: (409, "used_up"),
    coupons.NotYours: (409, "not_yours"),
    coupons.NotNow: (409, "not_now"),
    coupon_uses.NotUsable: (409, "not_usable"),
    coupon_uses.OutOfStock: (409, "out_of_stock"),
    handing_over.NeedsSale: (409, "needs_sale"),
    handing_over.NoSuchGift: (422, "no_such_gift"),
    budgets.NoBudget: (409, "no_budget"),
}
REFUSED = till.REFUSED


class KeyedSerializer(Strict):
    key = serializers.RegexField(
        r"^[A-Za-z0-9.:_-]{1,100}$",
        help_text="Yours; sent again, the same answer comes and nothing more happens.",
    )


class CodeSerializer(Strict):
    code = Text(max_length=64, help_text="In any spelling: small letters, spaces and hyphens are read over.")


class Door(APIView):
    def asked(self, kind: type[Strict]) -> dict:
        wanted = kind(data=self.request.data)
        wanted.is_valid(raise_exception=True)
        return dict(wanted.validated_data)

    def once(
        self, verb: str, asked: dict, now: dt.datetime, do: Callable[[], dict], whose: str = ""
    ) -> Response:
        """What the key was answered before, or what ``do`` answers now. ``asked``: all that the key stands for, but for whom: that
        OneID may be another one by now, so the coupon that was answered must be of whoever had it."""
        guesses, text = CodeGuesses(request=self.request), msgspec.json.encode(asked, order="deterministic")

        def happen() -> tuple[int, bytes]:
            guesses.check()  # not of what happened already
            return 200, JSONRenderer().render(do())

        with answered(self):
            done = operations.once(
                caller=self.key.channel.code, node=self.key.organization.path, key=asked["key"], verb=verb, asked=text,
                now=now, do=happen,
            )  # fmt: skip
            told = json.loads(done.answer)
            if done.again and whose and not _may_be_of(told["code"], whose):
                raise operations.KeyReused(asked["key"])
        headers = {"Idempotent-Replay": "true"} if done.again else None
        return Response(told, status=done.status, headers=headers)

    @property
    def key(self) -> ChannelKey:
        return self.request.auth

    def account(self, oneid: str | None) -> Account | None:
        return till.account(oneid, caller=self.key) if oneid else None

    def coupon(self, code: str) -> Coupon:
        """Of a template around the key's node. Raises coupons.Unknown."""
        found = Coupon.objects.filter(code=coupon_codes.normal(code)).select_related(
            "template__organization", "account"
        )
        around = scopes.around_organization(
            found, reach=scopes.of_node(self.key.organization), field="template__organization"
        )
        if (coupon := around.first()) is None:
            raise coupons.Unknown
        return coupon

    def templates(self):
        rows = CouponTemplate.objects.select_related("organization")
        return scopes.around_organization(rows, reach=scopes.of_node(self.key.organization))

    def note(self, verb: str, member: Member | None, coupon: Coupon, now: dt.datetime) -> None:
        lookups.record(
            action="value", by=self.key, now=now, member=member, field="coupon", verb=verb, coupon=coupon.pk
        )


def _may_be_of(code: str, oneid_text: str) -> bool:
    """Whether the coupon is of whoever has, or had, this OneID; or nobody's."""
    coupons = Coupon.objects.filter(code=code)
    whose = Q(account__member__accounts__minted__oneid=oneid.normalise(oneid_text))
    return coupons.filter(Q(account=None) | whose).exists()


@contextmanager
def answered(door: Door) -> Iterator[None]:
    """Wrong codes are counted: who sent too many is told nothing of any code for a while."""
    try:
        yield
    except versions.Raced as raced:
        raise Refusal(operations.InFlight(), status=409, code="in_flight") from raced
    except tuple(ANSWERS) as refused:
        if isinstance(refused, coupons.Unknown):
            CodeGuesses(request=door.request).count()
            lookups.record(action="code", by=door.key, now=timezone.now(), member=None, field="coupon")
        status, code = next(ANSWERS[kind] for kind in type(refused).__mro__ if kind in ANSWERS)
        raise Refusal(refused, status=status, code=code) from refused
