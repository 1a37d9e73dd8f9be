"""What else a report's page lets its reader choose, beside the organization."""

import dataclasses
import datetime as dt

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign
from identity.models import Touchpoint
from members.ledger import expiry
from members.models import Organization
from members.queries import scopes
from reports.queries import pyramid as pyramids


@dataclasses.dataclass(frozen=True)
class Option:
    """A select named ``name``; ``parameters`` is what the chosen value means for the report. ``missing``: no choice.
    ``more``: further selects beside it."""

    name: str
    label: str
    choices: list[tuple[str, str]]
    value: str
    parameters: dict = dataclasses.field(default_factory=dict)
    missing: str = ""
    more: "tuple[Option, ...]" = ()

    @property
    def chosen(self) -> dict[str, str]:
        """What its selects and those beside it send."""
        return {self.name: self.value, **{each.name: each.value for each in self.more}}


def none(request: HttpRequest, node: Organization, now: dt.datetime) -> Option | None:
    return None


def campaign(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    """A campaign that has started, at the node, below it, or above it where it reached the node's members too."""
    started = Campaign.objects.filter(started_at__isnull=False).order_by("-started_at")
    found = list(scopes.at_organization(started, reach=scopes.of_node(node))[:50])
    wanted = request.GET.get("campaign", "")
    chosen = next((each for each in found if str(each.pk) == wanted), found[0] if found else None)
    return Option(
        name="campaign",
        label=_("Campaign"),
        choices=[(str(each.pk), each.name) for each in found],
        value=str(chosen.pk) if chosen else "",
        parameters={"campaign": chosen},
        missing="" if chosen else _("No campaign of this organization has started yet."),
    )


PERIODS = {
    "30": ("day", gettext_lazy("the last 30 days")),
    "90": ("week", gettext_lazy("the last 90 days")),
    "365": ("month", gettext_lazy("the last 365 days")),
}


def period(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    wanted = request.GET.get("days", "")
    days = wanted if wanted in PERIODS else "90"
    return Option(
        name="days",
        label=_("Period"),
        choices=[(key, label) for key, (_step, label) in PERIODS.items()],
        value=days,
        parameters={"start": now - dt.timedelta(days=int(days)), "step": PERIODS[days][0]},
    )


SINCE = {
    "30": gettext_lazy("who moved in 30 days"),
    "90": gettext_lazy("who moved in 90 days"),
    "365": gettext_lazy("who moved in 365 days"),
}


def since(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    wanted = request.GET.get("since", "")
    days = wanted if wanted in SINCE else "90"
    return Option(
        name="since",
        label=_("Compared with"),
        choices=list(SINCE.items()),
        value=days,
        parameters={"earlier": now - dt.timedelta(days=int(days))},
    )


def pyramid(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    """Since when layers are compared, of the pyramid that rules at the node."""
    asked, tag = since(request, node, now), pyramids.tag_at(node=node)
    missing = _("No tag is computed by the model “pyramid” here. Add one, or run manage.py install_tags.")
    return dataclasses.replace(
        asked,
        parameters={**asked.parameters, "tag": tag},
        missing="" if tag else missing,
    )


def touchpoint(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    found = list(Touchpoint.objects.order_by("stage", "name"))
    wanted = request.GET.get("touchpoint", "")
    chosen = next((each for each in found if each.code == wanted), found[0] if found else None)
    return Option(
        name="touchpoint",
        label=_("Touchpoint"),
        choices=[(each.code, each.name) for each in found],
        value=chosen.code if chosen else "",
        parameters={"touchpoint": chosen},
        missing=""
        if chosen
        else _("There is no touchpoint yet: add them, or run manage.py install_data_map."),
    )


MONTHS = 13


def month(request: HttpRequest, node: Organization, now: dt.datetime) -> Option:
    """A calendar month of the last thirteen: this one up to now."""
    first = timezone.localtime(now).date().replace(day=1)
    days = [expiry.after(first, months=-back) for back in range(MONTHS)]
    wanted = request.GET.get("month", "")
    day = next((each for each in days if f"{each:%Y-%m}" == wanted), first)
    return Option(
        name="month",
        label=_("Month"),
        choices=[(f"{each:%Y-%m}", date_format(each, "F Y")) for each in days],
        value=f"{day:%Y-%m}",
        parameters={"start": _midnight(day), "until": _midnight(expiry.after(day, months=1))},
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, timezone.get_current_timezone())
