"""What is asked before a draft is tried on past orders: which days, whose orders, beside what."""

import datetime as dt

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget

from campaigns.admin.offer_fields import choice
from campaigns.models import ActivityVersion, Simulation
from members.admin.base import reach
from members.models import Channel, Organization
from members.queries import scopes

INDENT = "\u2003"
EARLIEST = dt.date(1970, 1, 1)


class _Places(forms.ModelChoiceField):
    def label_from_instance(self, obj: Organization) -> str:
        return INDENT * (obj.path.count("/") - 2) + obj.name


class _Versions(forms.ModelChoiceField):
    def label_from_instance(self, obj: ActivityVersion) -> str:
        return _("%(name)s, version %(number)s (%(state)s)") % {
            "name": obj.activity.name, "number": obj.number, "state": obj.get_state_display(),
        }  # fmt: skip


def _day(label: str, **options) -> forms.DateField:
    widget = UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


class AskForm(forms.Form):
    version = _Versions(
        label=_("Try"), queryset=ActivityVersion.objects.none(), widget=UnfoldAdminSelectWidget
    )
    since = _day(_("on the orders from"))
    last = _day(_("to"), help_text=_("With that day. A month is a good measure."))
    organization = _Places(
        label=_("of"), queryset=Organization.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget,
        help_text=_("This organization and all below it."),
    )  # fmt: skip
    channel = forms.ModelChoiceField(
        label=_("through"), queryset=Channel.objects.none(), required=False, empty_label=_("all channels"),
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    beside = choice(
        _("beside"), Simulation.Beside.choices, required=True,
        help_text=_("The first says what it will cost, the second what it would have cost."),
    )  # fmt: skip

    def __init__(self, *given, request: HttpRequest, version: ActivityVersion | None, **named) -> None:
        super().__init__(*given, **named)
        mine = reach(request)
        versions = scopes.around_organization(
            ActivityVersion.objects.select_related("activity"), reach=mine, field="activity__organization"
        )
        places = scopes.at_organization(Organization.objects.order_by("path"), reach=mine, field="pk")
        if version:
            versions = versions.filter(pk=version.pk)
            places = places.filter(path__startswith=version.activity.organization.path)
        self.fields["version"].queryset = versions.order_by("-pk")
        self.fields["organization"].queryset = places
        self.fields["channel"].queryset = scopes.around_organization(
            Channel.objects.order_by("name"), reach=mine
        )

    def clean_since(self) -> dt.date:
        return _passed(self.cleaned_data["since"])

    def clean_last(self) -> dt.date:
        return _passed(self.cleaned_data["last"])

    def asked(self) -> dict:
        """As ``simulating.ask`` wants it."""
        given = self.cleaned_data
        told = {name: given[name] for name in ("version", "organization", "channel", "since", "beside")}
        return {**told, "until": given["last"] + dt.timedelta(days=1)}


def _passed(day: dt.date) -> dt.date:
    """A day of which there can be orders."""
    if day > timezone.localdate():
        raise forms.ValidationError(_("There are no orders of that day yet: choose today or a day before."))
    if day < EARLIEST:
        raise forms.ValidationError(_("Choose a day from %s on.") % EARLIEST.isoformat())
    return day


def last_month(now: dt.datetime) -> dict[str, dt.date]:
    first = timezone.localtime(now).date().replace(day=1)
    last = first - dt.timedelta(days=1)
    return {"since": last.replace(day=1), "last": last}
