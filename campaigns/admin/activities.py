"""Activities: what is live where and when, their versions with the offers, and the buttons that take them to the tills."""

import datetime as dt

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.actions import activities
from campaigns.admin import (
    activity_verbs,
    finding_words,
    offer_samples,
    offer_words,
    simulations,
)
from campaigns.admin.activity_forms import ActivityForm, TimeForm
from campaigns.admin.offer_choices import Offered
from campaigns.admin.offer_pages import OfferPages, page_of
from campaigns.models import Activity, ActivityVersion
from members.admin.base import AroundAdmin, choices, number, reach
from members.admin.filters import OrganizationFilter
from members.models import Organization

State = ActivityVersion.State
OPEN = (State.DRAFT, State.SUBMITTED)
DEEDS = 5
STATES = {
    "live": "success", "planned": "info", "over": "info", "stopped": "danger", "draft": "warning", "submitted": "warning",
}  # fmt: skip
STATE_NAMES = {
    "live": _("live"), "planned": _("begins later"), "over": _("over"), "stopped": _("stopped"), "draft": _("draft"),
    "submitted": _("waits for approval"),
}  # fmt: skip


def standing(version: ActivityVersion, now: dt.datetime) -> str:
    """What a version is now: a published one is live, begins later or is over."""
    if version.state != State.PUBLISHED:
        return version.state
    if version.closes_at and version.closes_at <= now:
        return "over"
    return "live" if version.starts_at <= now else "planned"


def foremost(versions: list[ActivityVersion], now: dt.datetime) -> ActivityVersion:
    """The one that is live, else that which comes, else the newest."""
    order = ("live", "planned", "submitted", "draft")
    ranked = [each for state in order for each in versions if standing(each, now) == state]
    return (ranked or versions)[0]


@admin.register(Activity)
class ActivityAdmin(OfferPages, AroundAdmin):
    empty_words = _(
        "An activity is what tills price by themselves, such as from 300.00 on, 50.00 less. Write one; another person approves it."
    )
    list_display = ("name", "shown_state", "organization", "when", "offers", "version", "code")
    list_select_related = ("organization",)
    list_filter = (OrganizationFilter,)
    search_fields = ("name__startswith", "code__exact")
    search_help_text = _("the beginning of a name, or a code")
    ordering = ("-id",)
    sortable_by = ()

    def get_queryset(self, request):
        versions = ActivityVersion.objects.order_by("-number").prefetch_related("offers")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("versions", versions, to_attr="all_versions"))
        )

    def has_delete_permission(self, request, obj=None):
        return False

    def get_actions(self, request):
        return {}

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/do/<slug:verb>/", view(require_POST(self.verb_view)), name="campaigns_activity_do"
            ),
            path("<int:pk>/time/", view(require_POST(self.time_view)), name="campaigns_activity_time"),
            path("<int:pk>/try/", view(require_POST(self.try_view)), name="campaigns_activity_try"),
            *self.offer_urls(view),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url="", extra_context=None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        begins = timezone.localtime().replace(hour=0, minute=0) + dt.timedelta(days=1)
        form = ActivityForm(
            request.POST or None, initial={"starts_at": begins, "organization": reach(request).node}
        )
        form.fields["organization"].queryset = choices(Organization, request)
        if form.is_valid() and (version := self._drafted(request, form)):
            self.log_addition(request, version.activity, [{"added": {}}])
            messages.success(request, _("“%s” is a draft now. Say what it offers.") % version.activity)
            return redirect("admin:campaigns_activity_offer", version.activity_id, 1)
        return self._page(request, "activity_new", _("New activity"), form=form)

    def _drafted(self, request, form) -> ActivityVersion | None:
        try:
            return activities.draft(by=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
            return None

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None) -> HttpResponse:
        activity = self._activity(request, number(object_id))
        now = timezone.now()
        version = self._version(request, activity, now)
        offered = Offered(request=request, organization=activity.organization)
        offers = (
            version.offers.select_related("audience").prefetch_related("shares__budget").order_by("position")
        )
        his = self._may_change(request, activity)
        told = {
            "activity": activity, "version": version, "standing": standing(version, now),
            "state": STATE_NAMES[standing(version, now)],
            "versions": [(each, STATE_NAMES[standing(each, now)]) for each in activity.all_versions],
            "offers": [_told(offer, offered) for offer in offers],
            "findings": finding_words.rows(version, offered=offered, now=now) if version.state in OPEN else (),
            "next": max((offer.position for offer in offers), default=0) + 1,
            "may_edit": his and version.state == State.DRAFT,
            "verbs": activity_verbs.open_to(request.user, version, now=now) if self._is_his(activity, reach(request)) else (),
            "time": TimeForm(initial={"starts_at": version.starts_at, "ends_at": version.ends_at}),
            "sample": offer_samples.context(request, version=version, offered=offered, now=now),
            "simulations": simulations.of_version(request, version), "deeds": self._deeds(activity),
        }  # fmt: skip
        return self._page(request, "activity", activity.name, **told)

    def _deeds(self, activity: Activity) -> QuerySet[LogEntry]:
        """What staff did with it lately, such as why it was given back."""
        kind = ContentType.objects.get_for_model(Activity)
        found = LogEntry.objects.filter(content_type=kind, object_id=str(activity.pk))
        return found.select_related("user").order_by("-action_time", "-pk")[:DEEDS]

    def time_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self._his(request, pk)
        form = TimeForm(request.POST)
        if form.is_valid():
            self._tried(
                request, activity, lambda: self._edited(request, activity, form), _("The time is changed.")
            )
        else:
            for faults in form.errors.values():
                messages.error(request, " ".join(faults))
        return redirect(page_of(activity))

    def _edited(self, request, activity, form):
        return activities.edit(
            version=self._draft(activity), by=request.user, now=timezone.now(), **form.cleaned_data
        )

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """One press of a button: the action decides whether the state allows it."""
        activity = self._activity(request, pk)
        chosen, his = activity_verbs.ALL.get(verb), self._is_his(activity, reach(request))
        if chosen is None or not his or not request.user.has_perm(chosen.permission):
            raise PermissionDenied
        version = self._version(request, activity, timezone.now())
        reason = request.POST.get("reason", "")

        def press() -> ActivityVersion:
            return activity_verbs.do(
                chosen, version=version, by=request.user, reason=reason, now=timezone.now()
            )

        done = self._tried(request, activity, press, chosen.done, why=reason if chosen.reason else "")
        return redirect(f"{page_of(activity)}?version={(done or version).number}")

    def _tried(self, request, activity, verb, done, why=""):
        """What the verb gives, told; None if it refused. Whoever works on it later reads why."""
        try:
            found = verb()
        except activities.Refused as refused:
            messages.error(request, str(refused))
            return None
        noted = _("%(done)s Because: %(why)s") % {"done": done, "why": why.strip()} if why.strip() else done
        self.log_change(request, activity, str(noted))
        messages.success(request, done)
        return found

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self._activity(request, pk)
        now = timezone.now()
        offered = Offered(request=request, organization=activity.organization)
        version = self._version(request, activity, now)
        sample = offer_samples.context(request, version=version, offered=offered, now=now)
        return TemplateResponse(request, "campaigns/sample.html", {"activity": activity, "sample": sample})

    def _activity(self, request, pk: int) -> Activity:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if (found := self.get_queryset(request).select_related("organization").filter(pk=pk).first()) is None:
            raise Http404
        return found

    def _his(self, request, pk: int) -> Activity:
        activity = self._activity(request, pk)
        if not self._may_change(request, activity):
            raise PermissionDenied
        return activity

    def _may_change(self, request, activity) -> bool:
        return self.has_change_permission(request, activity)

    def _version(self, request, activity, now) -> ActivityVersion:
        """The one asked for, else the foremost."""
        wanted = number(request.GET.get("version") or request.POST.get("version"))
        named = [each for each in activity.all_versions if each.number == wanted]
        return named[0] if named else foremost(activity.all_versions, now)

    def _draft(self, activity) -> ActivityVersion:
        found = next((each for each in activity.all_versions if each.state == State.DRAFT), None)
        if found is None:
            raise Http404
        return found

    def _page(self, request, name: str, title, **more) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **more}
        return TemplateResponse(request, f"campaigns/{name}.html", context)

    @display(description=_("state"), label=STATES)
    def shown_state(self, activity):
        state = standing(foremost(activity.all_versions, timezone.now()), timezone.now())
        return state, STATE_NAMES[state]

    @display(description=_("when"))
    def when(self, activity):
        version = foremost(activity.all_versions, timezone.now())
        begins, ends = _day(version.starts_at), version.closes_at or version.ends_at
        return f"{begins} – {_day(ends)}" if ends else _("from %s on") % begins

    @display(description=_("offers"))
    def offers(self, activity):
        return len(foremost(activity.all_versions, timezone.now()).offers.all())

    @display(description=_("version"))
    def version(self, activity):
        shown, newest = foremost(activity.all_versions, timezone.now()), activity.all_versions[0]
        if shown.number == newest.number:
            return shown.number
        told = {
            "shown": shown.number,
            "newest": newest.number,
            "state": STATE_NAMES[standing(newest, timezone.now())],
        }
        return _("%(shown)s (%(newest)s: %(state)s)") % told


def _day(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")


def _told(offer, offered: Offered) -> dict:
    return {
        "offer": offer,
        "sentence": offer_words.sentence(offer, offered=offered),
        "elements": offer_words.elements(offer),
        "missing": offer.missing,
        "shares": [(share.budget.name, f"{share.basis_points / 100:g}") for share in offer.shares.all()],
    }
