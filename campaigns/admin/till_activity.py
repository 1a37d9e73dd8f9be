"""The desk of the tills: each store's day, sales that hold something for too long, and whether an operation happened."""

import datetime as dt

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.admin import sale_words
from campaigns.models import TillOperation, TillOrder
from campaigns.queries import offer_names
from campaigns.queries.till import activity, story
from members.admin.base import reach
from members.models import Organization
from members.queries import scopes

PERMISSION = "campaigns.view_tillorder"
FREE = "campaigns.release_tillorder"
LONGEST = 100
JUST = dt.timedelta(minutes=1)


def page(request: HttpRequest) -> HttpResponse:
    """Looks at the stores; with ``sale`` or ``key`` for one sale or operation."""
    if not request.user.has_perm(PERMISSION) or not reach(request):
        raise PermissionDenied
    number, key = (_text(request, name) for name in ("sale", "key"))
    found = list(_sales(request, number)) if number else None
    if found and len(found) == 1:
        return redirect("admin:campaigns_tillorder_change", found[0].pk)
    now = timezone.now()
    late = activity.stuck(reach=reach(request), now=now)
    held = activity.reserved(sales=late)
    names = offer_names.of(sale_words.offers_in(held.values()))
    context = {
        **admin.site.each_context(request), "title": _("Till activity"), "now": now, "number": number, "key": key,
        "found": found, "operations": _operations(request, key) if key else None,
        "stores": [_store(each, now) for each in activity.stores(reach=reach(request), since=_midnight(now))],
        "stuck": [
            (sale, sale_words.reserved(held[sale.pk], names=names), sale.held_until <= now) for sale in late
        ],
        "may_free": request.user.has_perm(FREE),
    }  # fmt: skip
    return TemplateResponse(request, "campaigns/till_activity.html", context)


def _sales(request: HttpRequest, number: str):
    rows = activity.seen(story.of_number(number=number), reach=reach(request))
    return rows.select_related("store", "channel").order_by("-changed_at")


def _operations(request: HttpRequest, key: str) -> list[dict]:
    """Those at stores within reach, and of keys that stand there. What another dealer's till did is not told."""
    seen = reach(request)
    places = scopes.at_organization(Organization.objects.all(), reach=seen, field="pk")
    found = []
    for operation in story.operations(key=key):
        answer = story.answered(operation)
        own = seen.everything or operation.node.startswith(seen.node.path)
        if own or places.filter(code=str(answer.get("store", ""))).exists():
            told = {"operation": operation, "verb": sale_words.verb(operation), **sale_words.answered(answer)}
            sale = _sale(request, operation)
            if sale and told["total"]:
                told["total"] = sale_words.told_amount(told["total"], sale.currency)
            found.append(told | {"sale": sale})
    return found


def _sale(request: HttpRequest, operation: TillOperation) -> TillOrder | None:
    """None too if it was about none."""
    rows = TillOrder.objects.filter(channel__code=operation.caller, number=operation.number)
    return activity.seen(rows, reach=reach(request)).select_related("store").first()


def _store(store: activity.Store, now: dt.datetime) -> dict:
    sums = [sale_words.amount(each.total, each.currency) for each in store.sold]
    just = now - store.last < JUST
    return {
        "store": store,
        "sums": sums,
        "clock": sale_words.clock(store.off) if store.off else "",
        "just": just,
    }


def _midnight(now: dt.datetime) -> dt.datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _text(request: HttpRequest, name: str) -> str:
    """Empty if it cannot be one."""
    text = request.GET.get(name, "").strip()
    return text if len(text) <= LONGEST and text.isprintable() else ""
