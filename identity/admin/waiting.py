"""The screen of records that wait for another: a return for its order, an order for its account."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from members import masking
from members.admin.base import reach
from members.models import Event, Order, Return, Review
from members.queries import scopes
from members.queries.scopes import Reach

SHOWN = 200


def page(request: HttpRequest):
    if not request.user.has_perm("identity.view_intakerecord"):
        raise PermissionDenied
    groups = [_group(request, *kind) for kind in KINDS]
    context = {
        **admin.site.each_context(request),
        "title": _("Waiting records"),
        "groups": groups,
        "shown": SHOWN,
    }
    return TemplateResponse(request, "identity/waiting.html", context)


def _group(request, model, label, scope):
    rows = scope(model.objects.waiting(), reach=reach(request)).select_related("channel")
    found = list(rows.order_by("occurred_at", "id")[: SHOWN + 1])
    return {"label": label, "rows": [_row(row) for row in found[:SHOWN]], "more": len(found) > SHOWN}


def count(*, reach: Reach, at_most: int) -> int:
    """How many records within reach wait, counted up to ``at_most`` of each sort."""
    return sum(
        scope(model.objects.waiting(), reach=reach)[:at_most].count() for model, _label, scope in KINDS
    )


def _row(row):
    for_order = getattr(row, "order_key", "") and getattr(row, "order_id", None) is None
    return {
        "record": getattr(row, "external_id", None) or row.name,
        "channel": row.channel,
        "waits_for": _("order") if for_order else _("account"),
        "key": row.order_key if for_order else masking.identifier(row.account_key),
        "since": row.occurred_at,
    }


def _by_channel(rows, *, reach):
    return scopes.at_organization(rows, reach=reach, field="channel__organization")


KINDS = (
    (Order, _("Orders"), scopes.at_organization),
    (Return, _("Returns"), scopes.at_organization),
    (Review, _("Reviews"), _by_channel),
    (Event, _("Events"), _by_channel),
)
