"""The sidebar of one reader: the nine steps, with small counts of what waits for somebody."""

from django.http import HttpRequest
from django_q.models import Failure

from config.unfold import STEPS
from identity.admin import quarantine
from members.admin import adjustments
from members.admin.base import reach

AT_MOST = 999


def steps(request: HttpRequest) -> list[dict]:
    return [{**step, "items": _lines(step["items"], request)} for step in STEPS]


def _lines(items, request):
    return [_line(item, request) for item in items if item["permission"](request)]


def _line(item, request):
    link = str(item["link"])
    line = {**item, "link": link, "active": request.path.startswith(link), "has_permission": True}
    counter = line.pop("waiting", None)
    if counter and (count := COUNTERS[counter](request)):
        line |= {"badge": count, "badge_variant": "warning"}
    return line


def _quarantined(request):
    return _few(quarantine.open_items(reach=reach(request)))


def _to_decide(request):
    return _few(adjustments.waiting(request))


def _failed(_request):
    return _few(Failure.objects.all())


def _few(rows):
    return rows.order_by()[:AT_MOST].count()


COUNTERS = {"quarantine": _quarantined, "failures": _failed, "adjustments": _to_decide}
