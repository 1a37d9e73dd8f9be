"""Tiers: where a member stands and how far the next tier is, every change and its reason, and a tier given by hand."""

import dataclasses
import datetime as dt
from functools import partial

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.admin import tier_giving, tier_log, tier_words
from members.admin.base import ReadOnlyAdmin, reach
from members.admin.filters import MemberFilter, OfferedFilter
from members.admin.member import link
from members.admin.panels import Panel, register
from members.models import Account, Member, Membership, Organization, Programme, Tier, TierGrant
from members.queries import plans, scopes, standings
from members.queries.standings import Standing, Statement

COLOURS = {
    "reached": "success", "kept": "success", "by_hand": "info", "campaign": "info", "joined": "info",
    "dropped": "warning", "returned": "danger",
}  # fmt: skip


class ProgrammeFilter(OfferedFilter):
    title = _("programme")
    parameter_name = "programme"

    def lookups(self, request, model_admin):
        around = scopes.around_organization(Programme.objects.order_by("name"), reach=reach(request))
        return [(each.pk, each.name) for each in around]

    def queryset(self, request, queryset):
        return queryset.filter(programme=self.value()) if self.value() else queryset


@admin.register(TierGrant)
class TierGrantAdmin(ReadOnlyAdmin):
    """The log of all changes of tiers."""

    list_display = ("oneid", "programme", "given", "why", "from_at", "last_day", "by")
    list_select_related = ("account__member", "programme", "tier", "by")
    list_filter = (ProgrammeFilter, "reason", MemberFilter)
    ordering = ("-from_at", "-id")
    sortable_by = ()
    fields = (
        ("oneid", "programme"),
        ("given", "why_given"),
        ("from_at", "last_day"),
        ("by", "note"),
        "plan",
        "recorded_at",
    )
    readonly_fields = ("oneid", "given", "why_given", "last_day")

    def within(self, queryset, *, reach):
        known = scopes.of_account(queryset, reach=reach)
        return scopes.around_organization(known, reach=reach, field="programme__organization")

    def get_urls(self):
        view = self.admin_site.admin_view
        of = "of/<str:oneid>/<int:programme>/"
        return [
            path(of, view(partial(tier_log.page, self)), name="members_tiergrant_log"),
            path(f"{of}give/", view(partial(tier_giving.give, self)), name="members_tiergrant_give"),
            *super().get_urls(),
        ]

    @display(description=_("member"))
    def oneid(self, grant):
        return link(grant.account.member)

    @display(description=_("tier"))
    def given(self, grant):
        return grant.tier or _("no tier")

    @display(description=_("why"), label=COLOURS)
    def why(self, grant):
        return grant.reason, tier_words.reason(grant.reason)

    @display(description=_("why"))
    def why_given(self, grant):
        return tier_words.reason(grant.reason)

    @display(description=_("last day"))
    def last_day(self, grant):
        day = tier_words.last_day(grant.valid_until)
        return date_format(day) if day else _("without end")


@dataclasses.dataclass(frozen=True)
class Row:
    """A standing in the words of the panel. ``said``: (account, statement) of the accounts that the reader knows."""

    standing: Standing
    tier: str
    following: str
    why: str
    last_day: dt.date | None
    percent: int
    months: int
    said: list
    may_give: bool


def _rows(member: Member, request: HttpRequest) -> list[Row]:
    """Only programmes around the reader's node; each with what the accounts that he knows stated."""
    mine, now = reach(request), timezone.now()
    found = standings.of(members=[member.pk], at=now)
    nodes = scopes.around_organization(Organization.objects.all(), reach=mine, field="pk")
    codes = set(nodes.filter(code__in={each.organization for each in found}).values_list("code", flat=True))
    here = scopes.of_account(Account.objects.filter(member=member), reach=mine, field="pk")
    accounts = {row.pk: row for row in here.select_related("channel")}
    names = {
        (tier.programme_id, tier.code): tier.name
        for tier in Tier.objects.filter(programme__in={each.programme for each in found})
    }
    mine_to_give = tier_giving.programmes(request)
    found += _without(member, mine_to_give - {each.programme for each in found})
    codes |= {each.organization for each in found if each.programme in mine_to_give}
    return [_row(each, names, accounts, now, mine_to_give) for each in found if each.organization in codes]


def _without(member: Member, programmes: set[int]) -> list[Standing]:
    """No tier yet, in those of the programmes at or below whose nodes the member is known."""
    here = Membership.objects.filter(
        account__member=member, organization__path__startswith=OuterRef("organization__path")
    )
    rows = Programme.objects.filter(Exists(here), pk__in=programmes).select_related("organization")
    return [
        Standing(member.pk, each.pk, each.organization.code, each.name, "", None, None, (), "", "", (), ())
        for each in rows
    ]


def _row(standing: Standing, names, accounts, now, mine_to_give) -> Row:
    plan = plans.in_force(programme=Programme(pk=standing.programme), at=now)
    return Row(
        standing=standing,
        tier=names.get((standing.programme, standing.tier), standing.tier),
        following=names.get((standing.programme, standing.next_tier), ""),
        why=tier_words.reason(standing.reason) if standing.tier else "",
        last_day=tier_words.last_day(standing.until),
        percent=_percent(standing),
        months=plan.window_months if plan else 0,
        said=[
            (accounts[each.account], each)
            for each in standing.statements
            if each.account in accounts and _says_something(each)
        ],
        may_give=standing.programme in mine_to_give,
    )


def _says_something(statement: Statement) -> bool:
    return bool(statement.tier) or statement.points is not None or statement.growth is not None


def _percent(standing: Standing) -> int:
    """How much of the growth that the next tier asks is there."""
    if standing.to_next is None:
        return 100
    needed = standing.ledger_growth + standing.to_next
    return int(max(standing.ledger_growth, 0) * 100 / needed) if needed > 0 else 0


def _programmes(member: Member, request: HttpRequest) -> dict | None:
    rows = _rows(member, request)
    return {"rows": rows, "may_read": request.user.has_perm(tier_log.READ)} if rows else None


def _briefly(member: Member, request: HttpRequest) -> dict | None:
    rows = [row for row in _rows(member, request) if row.tier]
    return {"rows": rows} if rows else None


register(Panel(_("Tier"), "members/panels/tier.html", _briefly, place="side", position=1))
register(Panel(_("Programmes"), "members/panels/programmes.html", _programmes, position=5, tab="value"))
