"""The sidebar of one reader: the nine steps, with small counts of what waits for somebody."""

from django.http import HttpRequest
from django_q.models import Failure

from config.unfold import STEPS
from identity.admin import quarantine
from members.admin import adjustments
from members.admin.base import reach

AT_MOST = 999


def steps(request: HttpRequest) -> list[dict]:
    here = _here(request.path)
    return [{**step, "items": _lines(step["items"], here, request)} for step in STEPS]


def _here(path: str) -> str:
    """The link under which the page lies most closely: a tree within a list is not the list."""
    links = (str(item["link"]) for step in STEPS for item in step["items"])
    return max((link for link in links if path.startswith(link)), key=len, default="")


def _lines(items, here, request):
    return [_line(item, here, request) for item in items if item["permission"](request)]


def _line(item, here, request):
    link = str(item["link"])
    line = {**item, "link": link, "active": link == here, "has_permission": True}
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
