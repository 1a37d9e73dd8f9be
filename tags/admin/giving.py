"""Values of tags given by hand: who gave what to whom, why and until when; to give more, and to take them back.

It begins at a member's page (``?member=ONEID``, also several), at an audience (``?audience=ID``), or with a list.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from members.admin import member_actions, whom
from members.admin.base import ReadOnlyAdmin, choices, number, reach
from members.admin.filters import MemberFilter
from members.admin.member import link
from members.models import LabelStatement, Member
from members.queries import scopes
from tags.actions import giving as hand
from tags.admin import audience_page
from tags.admin.giving_forms import GivingForm
from tags.conditions.sql import Sql
from tags.models import Audience, Tag
from tags.queries import audiences, definitions, named, selection

GIVE = "tags.give_tag"
SHOWN = 5
FEW = 200
MANY = gettext_lazy(
    "Choose at most %(few)s members here. For more, save an audience and give the tag to all of it."
)


@dataclass
class Whom:
    """Whom a page speaks of. ``members``: a SELECT, ids, or None where a list is asked for."""

    title: str
    count: int | None
    members: Sql | list[int] | None
    back: str


@admin.register(LabelStatement)
class LabelAdmin(ReadOnlyAdmin):
    """The log: what channels and staff call members, every statement."""

    list_display = ("oneid", "said_by", "words", "stated_at", "expires_at", "stated_by", "reason")
    list_select_related = ("account__member", "stated_by")
    list_filter = (MemberFilter,)
    ordering = ("-id",)
    sortable_by = ()
    fields = (("oneid", "said_by"), "words", ("stated_at", "expires_at"), ("stated_by", "reason"), "record")
    readonly_fields = ("oneid", "said_by", "words")
    change_list_template = "tags/labels.html"

    def within(self, queryset: QuerySet, *, reach) -> QuerySet:
        """Of the accounts that the reader knows; what was given by hand only of tags around him."""
        mine = scopes.of_account(queryset, reach=reach)
        if reach.everything:
            return mine
        codes = scopes.around_organization(Tag.objects.all(), reach=reach).values_list("code", flat=True)
        by_hand = Q(source__startswith=hand.OF_TAG)
        return mine.filter(~by_hand | Q(source__in=[f"{hand.OF_TAG}{code}" for code in codes]))

    def get_urls(self):
        def url(route, giving):
            view = self.admin_site.admin_view(partial(page, self, giving=giving))
            return path(f"{route}/", view, name=f"members_labelstatement_{route}")

        return [url("give", True), url("take_back", False), *super().get_urls()]

    @display(description=gettext_lazy("member"))
    def oneid(self, statement):
        return link(statement.account.member)

    @display(description=gettext_lazy("said by"))
    def said_by(self, statement):
        return statement.source

    @display(description=gettext_lazy("calls the member"))
    def words(self, statement):
        return ", ".join(statement.labels) or _("nothing any more")


def offered(request: HttpRequest) -> QuerySet[Tag]:
    """Live tags with values, of the reader's node and below: those above it are not his to give. Strategies first."""
    if not request.user.has_perm(GIVE):
        return Tag.objects.none()
    mine = scopes.at_organization(Tag.objects.live(), reach=reach(request)).exclude(shape=Tag.Shape.NUMBER)
    first = Case(When(source=Tag.Source.STRATEGY, then=Value(0)), default=Value(1))
    return mine.prefetch_related("values").order_by(first, "name")


def page(model_admin, request: HttpRequest, *, giving: bool) -> HttpResponse:
    """GET asks what and why, POST does it."""
    if not request.user.has_perm(GIVE):
        raise PermissionDenied
    them = _whom(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = GivingForm(*sent, tags=offered(request), listed=them.members is None, giving=giving)
    if form.is_valid() and _done(model_admin, request, them, form, giving=giving):
        return redirect(them.back)
    context = {
        **model_admin.admin_site.each_context(request), "opts": model_admin.opts, "form": form, "them": them, "giving": giving,
        "title": _("Give a tag") if giving else _("Take a tag back"), "query": request.GET.urlencode(),
    }  # fmt: skip
    return TemplateResponse(request, "tags/giving.html", context)


def _whom(request: HttpRequest) -> Whom:
    log = reverse("admin:members_labelstatement_changelist")
    if keys := request.GET.getlist("member"):
        found = [whom.somebody(request, key) for key in keys[:FEW]]
        back = reverse("admin:members_member_change", args=[found[0].oneid]) if len(found) == 1 else log
        title = whom.heading(found[0]) if len(found) == 1 else _("the members chosen")
        return Whom(title, len(found), [each.pk for each in found], back)
    if "audience" in request.GET:
        mine = choices(Audience, request).select_related("organization")
        audience = mine.filter(pk=number(request.GET["audience"])).first()
        if audience is None:
            raise Http404
        chosen = audiences.members(audience=audience, as_of=timezone.now())
        back = reverse("admin:tags_audience_change", args=[audience.pk])
        return Whom(audience.name, selection.count(chosen), chosen, back)
    return Whom(_("a list of members"), None, None, log)


def _done(model_admin, request: HttpRequest, them: Whom, form: GivingForm, *, giving: bool) -> bool:
    members, unknown = them.members, []
    if members is None:
        found = named.members(lines=form.lines, reach=reach(request))
        members, unknown = found.members, found.unknown
        if not members:
            form.add_error(None, _("None of these lines names a member whom you may see."))
            return False
    try:
        said = _give(request, members, form) if giving else _take_back(request, members, form)
    except hand.Refused as refused:
        form.add_error(None, str(refused))
        return False
    model_admin.log_change(request, form.cleaned_data["tag"], said)
    messages.success(request, said)
    if definitions.of_all_at_once(tag=form.cleaned_data["tag"]):
        messages.info(
            request, _("Its model looks at everybody at once: it shows after the next run over all, tonight.")
        )
    if unknown:
        messages.warning(request, _unknown(unknown))
    return True


def _give(request, members, form) -> str:
    given = form.cleaned_data
    tag, value = given["tag"], given["value"]
    count = hand.give(
        tag=tag, members=members, values=[value.code], by=request.user, reason=given["reason"],
        now=timezone.now(), expires_at=_ends(given["last_day"]),
    )  # fmt: skip
    told = {"tag": tag.name, "value": value.name, "count": f"{count:,}"}
    text = ngettext(
        "%(tag)s: %(value)s was given to %(count)s member.", "%(tag)s: %(value)s was given to %(count)s members.", count
    )  # fmt: skip
    return text % told


def _take_back(request, members, form) -> str:
    given = form.cleaned_data
    count = hand.take_back(
        tag=given["tag"], members=members, by=request.user, reason=given["reason"], now=timezone.now()
    )
    told = {"tag": given["tag"].name, "count": f"{count:,}"}
    text = ngettext(
        "%(tag)s was taken back from %(count)s member.",
        "%(tag)s was taken back from %(count)s members.",
        count,
    )
    return text % told


def _unknown(lines: list[tuple[int, str]]) -> str:
    shown = "; ".join(f"{place}: {line[:60]}" for place, line in lines[:SHOWN])
    more = " …" if len(lines) > SHOWN else ""
    text = ngettext(
        "%(count)d line named nobody: %(shown)s", "%(count)d lines named nobody: %(shown)s", len(lines)
    )
    return text % {"count": len(lines), "shown": shown + more}


def _ends(last_day: dt.date | None) -> dt.datetime | None:
    """The first instant at which it is over."""
    if last_day is None:
        return None
    return dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time.min, timezone.get_default_timezone())


@audience_page.register
def _to_all(audience: Audience, request: HttpRequest) -> audience_page.Link | None:
    if not request.user.has_perm(GIVE):
        return None
    return _(
        "Give a tag to all of it"
    ), f"{reverse('admin:members_labelstatement_give')}?audience={audience.pk}"


def _to_chosen(request: HttpRequest, members: QuerySet[Member]) -> HttpResponse | None:
    """On to the page that asks which and why, about those chosen in the list."""
    keys = list(members.order_by("pk").values_list("oneid", flat=True)[: FEW + 1])
    if len(keys) > FEW:
        messages.error(request, MANY % {"few": FEW})
        return None
    return redirect(
        f"{reverse('admin:members_labelstatement_give')}?{urlencode({'member': keys}, doseq=True)}"
    )


member_actions.register(
    member_actions.Action(
        "give_tag", gettext_lazy("Give a tag"), lambda request: request.user.has_perm(GIVE), _to_chosen
    )
)
