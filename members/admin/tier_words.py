"""The words for why somebody has a tier, and until when."""

import datetime as dt

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, Promise] = {
    "reached": _("reached by growth"),
    "kept": _("kept for another period"),
    "dropped": _("not enough growth to keep the one before"),
    "returned": _("the purchases that brought the one before came back"),
    "joined": _("accounts turned out to be one person"),
    "by_hand": _("given by hand"),
    "campaign": _("given by a campaign"),
    "stated": _("as its channel states it"),
    "": _("every member has it"),
}


def reason(code: str) -> str | Promise:
    return REASONS.get(code, code)


def last_day(until: dt.datetime | None) -> dt.date | None:
    """``until``: the first instant at which it is over."""
    return timezone.localdate(until - dt.timedelta(microseconds=1)) if until else None
