from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members import masking
from members.admin.base import ReadOnlyAdmin
from members.admin.filters import (
    AccountFilter,
    ChannelFilter,
    OfferedFilter,
    OrganizationFilter,
    SourceClassFilter,
)
from members.admin.member import link
from members.models import Account, Channel, Membership, Organization
from members.queries import scopes


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Child IDs. Their traits hold personal data, so the page of the member shows them instead."""

    list_display = (
        "masked",
        "channel",
        "source_class",
        "organization",
        "oneid",
        "first_seen_at",
        "last_seen_at",
    )
    list_display_links = None
    list_select_related = ("channel", "organization", "member")
    list_filter = (SourceClassFilter, ChannelFilter)
    search_fields = ("external_id",)
    search_help_text = _("account at the channel, in full")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("masked", "channel", "organization", "oneid", "is_contact", "first_seen_at", "last_seen_at")
    readonly_fields = ("masked", "oneid")

    def within(self, queryset, *, reach):
        return scopes.of_account(queryset, reach=reach, field="pk")

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        channels = list(Channel.objects.values_list("pk", flat=True))
        return queryset.filter(Q(channel__in=channels, external_id=search_term.strip())), False

    @display(description=_("account"))
    def masked(self, account):
        return masking.identifier(account.external_id)

    @display(description=_("source class"), label=True)
    def source_class(self, account):
        return account.channel.get_source_class_display()

    @display(description=_("member"))
    def oneid(self, account):
        return link(account.member)


class LevelFilter(OfferedFilter):
    title = _("level")
    parameter_name = "level"

    def lookups(self, request, model_admin):
        return Organization.Kind.choices

    def queryset(self, request, queryset):
        return queryset.filter(organization__kind=self.value()) if self.value() else queryset


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = (
        "oneid",
        "organization",
        "level",
        "joined_at",
        "join_source",
        "tier",
        "masked_number",
        "last_visited_at",
    )
    list_display_links = None
    list_select_related = ("organization", "join_source", "account__member")
    list_filter = (LevelFilter, OrganizationFilter, AccountFilter)
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "oneid",
        "organization",
        "joined_at",
        "join_source",
        "tier",
        "masked_number",
        "points",
        "known_at",
    )
    readonly_fields = ("oneid", "masked_number")

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    @display(description=_("member"))
    def oneid(self, membership):
        return link(membership.account.member)

    @display(description=_("level"), label=True)
    def level(self, membership):
        return membership.organization.get_kind_display()

    @display(description=_("member number"))
    def masked_number(self, membership):
        return masking.identifier(membership.number) if membership.number else ""
