"""What an offer says while it is still being typed: its sentence, what it lacks, what is wrong beside others, and what it does
to an order. It is put, read and taken back in one transaction: nothing of it stays."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.actions import activities, coupon_templates
from campaigns.admin import finding_words, offer_editing, offer_samples, offer_words, verdict_words
from campaigns.admin.offer_choices import Offered
from campaigns.admin.offer_form import OfferForm
from campaigns.models import ActivityOffer, ActivityVersion, CouponTemplate
from campaigns.queries import trying
from members.models import Organization

UNNAMED = gettext_lazy("This offer")


def form(request: HttpRequest, *, offered: Offered, coupon: bool = False) -> OfferForm:
    """As it is typed; it needs no name yet."""
    typed = request.POST.copy()
    if not typed.get("name", "").strip():
        typed["name"] = str(UNNAMED)
    return OfferForm(typed, offered=offered, coupon=coupon)


def of_offer(
    request: HttpRequest, *, version: ActivityVersion, position: int, offered: Offered, now: dt.datetime
) -> dict:
    """Of ``campaigns/offer_reads.html``."""
    typed = form(request, offered=offered)
    if not typed.is_valid():
        return {"faults": _faults(typed)}
    try:
        with transaction.atomic():
            offer = offer_editing.put(typed, version=version, position=position, by=request.user, now=now)
            found = _read(offer, offered) | {
                "findings": [row for row in finding_words.rows(version, offered=offered, now=now) if row["code"] == offer.code],
                "sample": None if offer.missing else _tried(request, version, offer, offered, now),
            }  # fmt: skip
            transaction.set_rollback(True)
    except activities.Refused as refused:
        return {"faults": [str(refused)]}
    except ValidationError as fault:
        return {"faults": fault.messages}
    return found


def of_coupon(request: HttpRequest, *, template: CouponTemplate, offered: Offered, now: dt.datetime) -> dict:
    """The same of a coupon template: its sentence, and what it lacks."""
    typed = form(request, offered=offered, coupon=True)
    if not typed.is_valid():
        return {"faults": _faults(typed)}
    given = {**typed.values(), "shares": typed.shares()}
    try:
        with transaction.atomic():
            put = coupon_templates.edit(template=template, by=request.user, now=now, **given)
            found = _read(put, offered, coupon=template.code)
            transaction.set_rollback(True)
    except coupon_templates.Refused as refused:
        return {"faults": [str(refused)]}
    except ValidationError as fault:
        return {"faults": fault.messages}
    return found


def _read(offer: ActivityOffer | CouponTemplate, offered: Offered, coupon: str = "") -> dict:
    lacking = [each for each in offer_words.elements(offer) if each.missing]
    return {"sentence": offer_words.sentence(offer, offered=offered, coupon=coupon), "lacking": lacking}


def _faults(typed: OfferForm) -> list[str]:
    """Each with the name of its field."""
    return [
        fault if name == "__all__" else _("%(field)s: %(fault)s") % {"field": typed.fields[name].label, "fault": fault}
        for name, faults in typed.errors.items() for fault in faults
    ]  # fmt: skip


def _tried(
    request, version: ActivityVersion, offer: ActivityOffer, offered: Offered, now: dt.datetime
) -> dict | None:
    """What the order chosen would cost with it, beside what is live there; None where no order is seen."""
    stores = offer_samples.seen_stores(request, version)
    asked = offer_samples.OrderForm(request.POST, stores=stores, prefix=offer_samples.ORDER)
    if not asked.is_valid():
        return None
    order = offer_samples.order(
        request, store=asked.cleaned_data["store"], number=asked.cleaned_data["order"]
    )
    if order is None:
        return {"unknown": True}
    lines = offer_samples.lines_of(order, offer.currency)
    tried = trying.price(
        version=version, store=Organization.objects.get(code=asked.cleaned_data["store"]), lines=lines, currency=offer.currency,
        at=timezone.localtime(max(now, version.starts_at)), buyer=asked.buyer(),
    )  # fmt: skip
    rows = verdict_words.rows(tried, currency=offer.currency, offered=offered)
    own = next((row for row in rows if row["code"] == offer.code), None)
    return {"order": order, "row": own, "priced": offer_samples.totals(tried, offer.currency)}
