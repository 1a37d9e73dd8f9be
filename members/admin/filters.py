"""Filters that end where the reader's reach ends, and cost one query each whatever the list's length."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from members.admin.base import reach
from members.models import Channel, Organization
from members.queries import scopes

INDENT = "\u2003"


class OfferedFilter(admin.SimpleListFilter):
    """Takes what it offers, and nothing else that an address may say."""

    def value(self):
        given = super().value()
        return given if given in {str(choice) for choice, _label in self.lookup_choices} else None


class OrganizationFilter(OfferedFilter):
    """Narrows to a node and everything below it."""

    title = _("organization")
    parameter_name = "organization"
    field = "organization"

    def lookups(self, request, model_admin):
        nodes = scopes.at_organization(
            Organization.objects.order_by("path"), reach=reach(request), field="pk"
        )
        return [(node.pk, INDENT * (node.path.count("/") - 2) + node.name) for node in nodes]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        node = Organization.objects.get(pk=self.value())
        return self.narrow(queryset, scopes.of_node(node))

    def narrow(self, queryset, reach):
        return scopes.at_organization(queryset, reach=reach, field=self.field)


class KnownAtFilter(OrganizationFilter):
    """Members or accounts known at a node or below it."""

    title = _("known at")

    def narrow(self, queryset, reach):
        return scopes.of_member(queryset, reach=reach, field="pk")


class ChannelFilter(OfferedFilter):
    title = _("channel")
    parameter_name = "channel"
    field = "channel"

    def lookups(self, request, model_admin):
        channels = scopes.around_organization(Channel.objects.order_by("name"), reach=reach(request))
        return [(channel.pk, channel.name) for channel in channels]

    def queryset(self, request, queryset):
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class SourceClassFilter(OfferedFilter):
    title = _("source class")
    parameter_name = "source_class"
    field = "channel__source_class"

    def lookups(self, request, model_admin):
        return Channel.SourceClass.choices

    def queryset(self, request, queryset):
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class RowFilter(admin.SimpleListFilter):
    """Narrows to the rows of one thing, by a link from its page; not offered as a choice."""

    def lookups(self, request, model_admin):
        return [(self.used_parameters[self.parameter_name], _("chosen"))] if self.value() else []

    def has_output(self):
        return bool(self.value())

    def queryset(self, request, queryset):
        return queryset.filter(**{self.field: _number(self.value())}) if self.value() else queryset


class AccountFilter(RowFilter):
    title = _("account")
    parameter_name = "account"
    field = "account"


class MemberFilter(RowFilter):
    title = _("member")
    parameter_name = "member"
    field = "account__member"


def _number(text):
    return int(text) if text.isascii() and text.isdecimal() else -1
