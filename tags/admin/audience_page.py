"""What the page of an audience shows above its form: how large it is and was, whom it reaches, why somebody is in it."""

import json
from collections.abc import Callable

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from members.admin.base import reach
from members.models import oneid
from members.queries import scopes
from tags.admin import words
from tags.conditions import moments
from tags.conditions.faults import Fault
from tags.models import Audience
from tags.queries import explaining, sizes
from tags.queries.reach import ways

# (words of the link, its address) for those who may follow it: upper floors add theirs.
Link = tuple[str, str]
_links: list[Callable[[Audience, HttpRequest], Link | None]] = []


def register(link: Callable[[Audience, HttpRequest], Link | None]) -> None:
    _links.append(link)


def about(request: HttpRequest, audience: Audience) -> dict:
    history = sizes.history(audience=audience)
    return {
        "audience": audience,
        "said": words.said(audience.condition, node=audience.organization),
        "reached": _reached(history),
        "sizes": history,
        "chart": _chart(history) if len(history) > 1 else "",
        "links": [link for make in _links if (link := make(audience, request))],
        "asked": request.GET.get("oneid", ""),
        **_explained(request, audience),
    }


def _reached(history: list) -> list[tuple[str, int]]:
    """(way of contact, members) as last counted."""
    last = history[-1].reach if history else {}
    return [(str(way.name), last[way.code]) for way in ways() if way.code in last]


def _chart(history: list) -> str:
    """The sizes as Chart.js reads them."""
    line = {
        "label": _("members"), "data": [size.count for size in history], "borderColor": "var(--color-primary-600)",
        "backgroundColor": "var(--color-primary-600)", "borderWidth": 2, "pointRadius": 2, "stepped": True,
    }  # fmt: skip
    scales = {"x": {"grid": {"display": False}}, "y": {"beginAtZero": True, "border": {"display": False}}}
    labels = [f"{size.at.astimezone(moments.zone()):%Y-%m-%d %H:%M}" for size in history]
    options = {"maintainAspectRatio": False, "scales": scales, "plugins": {"legend": {"display": False}}}
    return json.dumps({"type": "line", "data": {"labels": labels, "datasets": [line]}, "options": options})


def _explained(request: HttpRequest, audience: Audience) -> dict:
    """Why the member whose OneID was entered is in the audience, or not."""
    asked = request.GET.get("oneid", "")
    if not asked.strip():
        return {}
    mine = scopes.members(reach=reach(request))
    member = mine.filter(oneid=oneid.normalise(asked)).first()
    if member is None:
        return {"unknown": True}
    try:
        told = explaining.of_audience(audience=audience, member=member, as_of=timezone.now())
    except Fault as fault:
        return {"fault": str(fault)}
    return {"explained": told, "member": member}
