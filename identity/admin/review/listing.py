"""The list of all cases, most valuable first, and the filters that also narrow the desk."""

from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from identity.admin.review import desk, quality, together, words
from identity.models import ReviewCase
from identity.queries import queue
from members import masking
from members.admin.base import ReadOnlyAdmin
from members.admin.filters import ChannelFilter, OfferedFilter, OrganizationFilter
from members.models import Account, Organization
from members.queries import scopes

State = ReviewCase.State


class StateFilter(OfferedFilter):
    """What waits now, unless asked otherwise."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("later", _("put off")),
            ("second", _("waits for a second person")),
            *State.choices,
            ("all", _("all")),
        ]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [{**first, "display": _("waiting now")}, *others]

    def queryset(self, request, queryset):
        match self.value():
            case None:
                mine = "mine" in request.GET
                return queryset if mine else queue.waiting(now=timezone.now(), cases=queryset)
            case "all":
                return queryset
            case "later":
                return queryset.filter(state=State.OPEN, snoozed_until__gt=timezone.now())
            case "second":
                return queryset.filter(state=State.OPEN, bulk__isnull=False)
        return queryset.filter(state=self.value())


class ReasonFilter(OfferedFilter):
    """The reasons that occur among open cases."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request, model_admin):
        found = (
            ReviewCase.objects.filter(state=State.OPEN).order_by("reason").values_list("reason", flat=True)
        )
        return [(reason, words.WHY.get(reason, reason)) for reason in found.distinct()]

    def queryset(self, request, queryset):
        return queryset.filter(reason=self.value()) if self.value() else queryset


class AtChannelFilter(ChannelFilter):
    """Cases with an account at the channel, on either side."""

    def queryset(self, request, queryset):
        return queryset.filter(queue.at_channel(channel=int(self.value()))) if self.value() else queryset


class NodeFilter(OrganizationFilter):
    """Cases with an account that is known at the node or below it."""

    parameter_name = "node"
    title = _("known at")

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(queue.at_node(path=Organization.objects.get(pk=self.value()).path))


class MineFilter(OfferedFilter):
    title = _("mine")
    parameter_name = "mine"

    def lookups(self, request, model_admin):
        return [("later", _("put off by me")), ("decided", _("decided by me"))]

    def queryset(self, request, queryset):
        match self.value():
            case "later":
                return queryset.filter(state=State.OPEN, snoozed_by=request.user)
            case "decided":
                return queryset.filter(state=State.DECIDED, decided_by=request.user)
        return queryset


@admin.register(ReviewCase)
class ReviewCaseAdmin(ReadOnlyAdmin):
    list_display = (
        "question",
        "why",
        "left_name",
        "right_name",
        "chance",
        "gain",
        "opened_at",
        "shown_state",
    )
    list_select_related = ("identifier",)
    list_filter = (StateFilter, "sort", ReasonFilter, AtChannelFilter, NodeFilter, MineFilter)
    ordering = queue.ORDER
    sortable_by = ()
    actions_list = ("work", "figures")

    def within(self, queryset, *, reach):
        cases = queue.visible(reach=reach, cases=queryset)
        return cases.annotate(one=_name("left", reach), other=_name("right", reach))

    def get_urls(self):
        def url(route, view, name):
            return path(route, self.admin_site.admin_view(view), name=f"identity_review_{name}")

        mine = [
            url("desk/", desk.start, "desk"),
            url("quality/", quality.page, "quality"),
            url("second-look/", quality.second_look, "second_look"),
            url("second-look/<int:key>/", quality.second_look, "second_look_answer"),
            url("together/", together.waiting, "waiting"),
            url("together/<int:bulk>/confirm/", together.confirm, "confirm"),
            url("together/<int:bulk>/refuse/", together.refuse, "refuse"),
            url("decisions/<int:decision>/take-back/", require_POST(desk.take_back), "take_back"),
            url("<str:key>/decide/", require_POST(desk.decide), "decide"),
            url("<str:key>/together/", together.propose, "together"),
        ]
        return [*mine, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return desk.show(request, object_id)

    @action(description=_("Start reviewing"), url_path="work", icon="play_arrow")
    def work(self, request):
        return redirect(f"{reverse('admin:identity_review_desk')}?{urlencode(desk.narrowing(request))}")

    @action(description=_("How right we are"), url_path="figures", icon="verified")
    def figures(self, request):
        return redirect("admin:identity_review_quality")

    @display(
        description=_("sort"), label={"refused": "warning", "contradiction": "danger", "candidate": "info"}
    )
    def question(self, case):
        return case.sort, case.get_sort_display()

    @display(description=_("reason"))
    def why(self, case):
        return words.why(case)

    @display(description=_("one"))
    def left_name(self, case):
        return _shown(case.one, case.left)

    @display(description=_("other"))
    def right_name(self, case):
        return _shown(case.other, case.right)

    @display(description=_("probability"))
    def chance(self, case):
        return words.chance(case.probability)

    @display(description=_("pairs"))
    def gain(self, case):
        return case.pairs or len(case.left) * len(case.right)

    @display(description=_("state"), label={"open": "warning", "decided": "success", "obsolete": "info"})
    def shown_state(self, case):
        if case.state == State.DECIDED:
            return case.state, f"{case.get_decision_display()}"
        return case.state, case.get_state_display()


def _name(side: str, reach) -> Subquery:
    """The name of whom the side's first account belongs to, if he is known within reach."""
    first = Account.objects.filter(pk=OuterRef(f"{side}__0"))
    return Subquery(scopes.of_account(first, reach=reach, field="pk").values("member__profile__name")[:1])


def _shown(name, accounts) -> str:
    more = f" + {len(accounts) - 1}" if len(accounts) > 1 else ""
    return f"{masking.name(name) if name else '–'}{more}"
