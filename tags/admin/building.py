"""The doors of the builder: what may be picked, whom a condition finds, and why one person is in it."""

import dataclasses
import json

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from members.admin.base import choices, number, reach
from members.models import Member, Organization
from tags.conditions import moments
from tags.conditions.faults import Fault
from tags.queries import counting, picking, planning


def node_of(request: HttpRequest, asked: str) -> Organization | None:
    """The organization that a form names, if its reader may choose it."""
    return choices(Organization, request).filter(pk=number(asked)).first()


def picked(request: HttpRequest) -> JsonResponse:
    node = node_of(request, request.GET.get("organization", ""))
    if node is None:
        return JsonResponse({"options": []})
    place = picking.Place(node, reach(request), within=request.GET.get("within", "")[:100])
    found = picking.search(what=request.GET.get("what", ""), text=request.GET.get("q", "")[:100], place=place)
    return JsonResponse({"options": [dataclasses.asdict(option) for option in found]})


def counted(request: HttpRequest) -> JsonResponse:
    """Whom the condition in the form would find now; or where it is wrong."""
    node = node_of(request, request.POST.get("organization", ""))
    if node is None:
        return _fault("", _("Choose an organization first: an audience belongs to one."))
    try:
        condition = json.loads(request.POST.get("condition", ""))
    except json.JSONDecodeError as fault:
        text = _("This is not JSON, line %(line)d, column %(column)d: %(problem)s.")
        return _fault("", text % {"line": fault.lineno, "column": fault.colno, "problem": fault.msg})
    except RecursionError:
        return _fault("", _("This is nested too deeply. At most 12 levels: save the inner part as a tag."))
    except ValueError:
        return _fault("", _("A number in it is too long."))
    others = [pk for each in request.POST.getlist("others") if (pk := number(each))]
    try:
        found = counting.counted(
            condition=condition, node=node, now=timezone.now(), others=others,
            audience=number(request.POST.get("audience")) or None,
        )  # fmt: skip
    except Fault as fault:
        return _fault(fault.place, f"{fault.problem[:1].upper()}{fault.problem[1:]}. {fault.remedy}")
    except planning.TooLong:
        return _fault(
            "", _("A part of it takes longer than 30 seconds to count. It can be saved all the same.")
        )
    return JsonResponse(_told(found, request))


def _fault(place: str, says: str) -> JsonResponse:
    return JsonResponse({"fault": {"place": place, "says": says}})


def _told(found: counting.Counted, request: HttpRequest) -> dict:
    people = Member.objects.filter(pk__in=found.sample).select_related("profile", "features").order_by("pk")
    return {
        "at": found.at.astimezone(moments.zone()).strftime("%H:%M"),
        "count": found.count,
        "whole": found.whole,
        "said": found.said,
        "parts": found.parts,
        "reach": [dataclasses.asdict(each) for each in found.reach],
        "overlaps": [dataclasses.asdict(each) for each in found.overlaps],
        "sample": render_to_string("tags/builder_sample.html", {"sample": people}, request=request),
    }
