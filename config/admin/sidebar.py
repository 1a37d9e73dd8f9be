"""The sidebar of one reader: the nine steps, with small counts of what waits for somebody."""

from django.http import HttpRequest
from django_q.models import Failure

from config.unfold import STEPS
from identity.models import QuarantineItem

AT_MOST = 999


def steps(request: HttpRequest) -> list[dict]:
    return [{**step, "items": [_line(item, request) for item in step["items"]]} for step in STEPS]


def _line(item, request):
    item = {**item}
    counter = item.pop("waiting", None)
    if counter and item["permission"](request) and (count := COUNTERS[counter]()):
        item["badge"] = count
        item["badge_variant"] = "warning"
    return item


def _quarantined():
    return _few(QuarantineItem.objects.filter(state=QuarantineItem.State.OPEN))


def _failed():
    return _few(Failure.objects.all())


def _few(rows):
    return rows.order_by()[:AT_MOST].count()


COUNTERS = {"quarantine": _quarantined, "failures": _failed}
