"""POST pos/quotes: what a basket costs, and why."""

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.api.till import answers, bodies, guessing, rendering, schema
from campaigns.queries.till import buyers, places, pricing
from campaigns.queries.till.places import Place
from campaigns.queries.till.pricing import Priced
from members.models import ChannelKey

WRONG_CLOCK = 600  # seconds
COUPON_REASONS = {
    "unknown": gettext_lazy("There is no such coupon."),
    "held": gettext_lazy("Another till holds it."),
    "redeemed": gettext_lazy("It was used already."),
    "over": gettext_lazy("It is over."),
    "withdrawn": gettext_lazy("It was withdrawn."),
    "early": gettext_lazy("It cannot be used yet."),
    "elsewhere": gettext_lazy("It is for other stores."),
    "others": gettext_lazy("It is somebody else's."),
    "service": gettext_lazy("It is used by opening a service ticket."),
}


class Quotes(APIView):
    scopes = {"POST": "value"}
    renderer_classes = [rendering.Quick]
    bytes_setting = "TILL_MAX_BYTES"

    @extend_schema(
        tags=["pos"], summary="Price a basket", request=schema.body(bodies.Quoted),
        responses={(200, "application/json"): schema.answer(answers.Answer)},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The best allowed combination of everything that is live at the store now, exact to the minor unit of each line.
        Nothing is written and nothing reserved: ask as often as you like.

        An unknown SKU is priced at its list price; a coupon that cannot be used is told with its reason. `proven`: no
        allowed combination is better; otherwise none is better by more than `bound` − `gain`.
        """
        body, now, key = bodies.read(request.data, kind=bodies.Quoted), timezone.now(), request.auth
        asked, place = bodies.asked(body), place_of(body, key)
        guessing.check(request=request, body=body)
        try:
            priced = pricing.price(
                asked=asked, place=place, node=key.organization, channel=key.channel, now=now
            )
        except buyers.Unknown:
            remedy = _("Look the customer up with POST pos/customer, or leave oneid out for a guest.")
            bodies.refuse([bodies.fault("oneid", _("Nobody of this OneID is known at your node."), remedy)])
        guessing.count(request=request, priced=priced)
        return Response(told(priced, body=body, place=place, now=now, explain=body.explain))


def place_of(body: bodies.Basket, key: ChannelKey) -> Place:
    """The place that the body names, at the key's node or below it."""
    code = body.store or key.organization.code
    found = places.place(code=code, node=key.organization)
    if found is None:
        message = _("There is no organization “%(code)s” at your key's node or below it.") % {"code": code}
        bodies.refuse([bodies.fault("store", message, _("See GET /api/v1/organizations."))])
    return found


def told(
    priced: Priced, *, body: bodies.Basket, place: Place, now: dt.datetime, explain: bool
) -> answers.Answer:
    off = round((body.at - now).total_seconds()) if body.at else 0
    return answers.of(
        priced,
        store=place.organization.code,
        language=translation.get_language() or "en",
        explain=explain,
        reasons={reason: str(says) for reason, says in COUPON_REASONS.items()},
        warnings=list(_warnings(priced, body)),
        clock_off=off if abs(off) > WRONG_CLOCK else None,
    )


def _warnings(priced: Priced, body: bodies.Basket) -> Iterator[answers.Warned]:
    goods = priced.rules.compiled.goods
    if not goods.category and not goods.except_category:
        return
    for number, line in enumerate(body.lines):
        if not line.category:
            message = _("“%(sku)s” came without a category: offers that name categories pass it by.")
            yield answers.Warned(f"lines[{number}]", message % {"sku": line.sku})
