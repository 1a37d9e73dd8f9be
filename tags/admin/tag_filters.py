from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.base import reach
from members.admin.filters import OfferedFilter
from members.queries import scopes
from tags.models import Category
from tags.queries import branches, unused

INDENT = "\u2003"


class CategoryFilter(OfferedFilter):
    """A category with all its dimensions."""

    title = _("category")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        seen = scopes.around_organization(Category.objects.all(), reach=reach(request))
        tops, _loose = branches.tree(categories=seen, tags=[])
        return [
            (each.category.code, INDENT * depth + each.category.name) for each, depth in branches.walk(tops)
        ]

    def queryset(self, request, queryset):
        return queryset.filter(category__in=branches.below(code=self.value())) if self.value() else queryset


class UnusedFilter(OfferedFilter):
    """What nothing has used for 90 days."""

    title = _("to retire")
    parameter_name = "to_retire"

    def lookups(self, request, model_admin):
        return [("yes", _("unused for 90 days"))]

    def queryset(self, request, queryset):
        return unused.to_retire(queryset, now=timezone.now()) if self.value() else queryset
