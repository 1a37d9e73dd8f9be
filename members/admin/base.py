"""What every admin page of the house stands on: default deny, the reach of its reader, estimated counts."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from unfold.admin import ModelAdmin

from members.admin.counting import EstimatingPaginator
from members.admin.decimals import PlainDecimals
from members.models import Channel, Organization
from members.queries import scopes
from members.queries.scopes import Reach


def reach(request: HttpRequest) -> Reach:
    """The reach of the person behind a request, looked up once a request."""
    if not hasattr(request, "reach"):
        request.reach = scopes.reach_of(user=request.user)
    return request.reach


def choices(model: type[Model], request: HttpRequest) -> QuerySet | None:
    """Rows that the reader may pick in a form: they end where the reach ends. None: nothing to limit."""
    if model is Organization:
        return scopes.at_organization(Organization.objects.order_by("path"), reach=reach(request), field="pk")
    if model is Channel:
        return scopes.at_organization(Channel.objects.order_by("name"), reach=reach(request))
    related = admin.site._registry.get(model)
    return related.get_queryset(request) if isinstance(related, ScopedAdmin) else None


def number(text: str | None) -> int:
    """The id that a form sent; 0, which nothing has, if that is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _name(list_filter) -> str:
    if isinstance(list_filter, tuple):
        return list_filter[0]
    return list_filter if isinstance(list_filter, str) else list_filter.parameter_name


class ScopedAdmin(PlainDecimals, ModelAdmin):
    """Shows only what ``within`` leaves over; a page that forgets to say so shows nothing to staff."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True

    def within(self, queryset: QuerySet, *, reach: Reach) -> QuerySet:
        return queryset if reach.everything else queryset.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return self.within(super().get_queryset(request), reach=reach(request))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what a filter of the list offers: any other field may be masked, or slow to search."""
        offered = lookup.partition("__")[0] in {_name(each) for each in self.get_list_filter(request)}
        return offered and super().lookup_allowed(lookup, value, request)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if (allowed := choices(db_field.remote_field.model, request)) is not None:
            kwargs.setdefault("queryset", allowed)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404


class ReadOnlyAdmin(ScopedAdmin):
    """Facts: they come in by intake and are never written by hand."""

    actions = None

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class OpenAdmin(ScopedAdmin):
    """Settings of the whole house that name no customer: seen with the permission, changed only from its top."""

    def within(self, queryset, *, reach):
        return queryset if reach else queryset.none()

    def has_add_permission(self, request):
        return at_the_top(reach(request)) and super().has_add_permission(request)

    def has_change_permission(self, request, obj=None):
        return at_the_top(reach(request)) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return at_the_top(reach(request)) and super().has_delete_permission(request, obj)


def at_the_top(mine: Reach) -> bool:
    return mine.everything or (mine.node is not None and mine.node.kind == Organization.Kind.GROUP)


class AroundAdmin(ScopedAdmin):
    """What nodes above the reader's own hold for him too: he sees it, and changes only what is his."""

    organization = "organization"

    def within(self, queryset, *, reach):
        return scopes.around_organization(queryset, reach=reach, field=self.organization)

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (not isinstance(obj, self.model) or self._is_his(obj, reach(request)))

    def has_delete_permission(self, request, obj=None):
        allowed = super().has_delete_permission(request, obj)
        return allowed and (not isinstance(obj, self.model) or self._is_his(obj, reach(request)))

    def _is_his(self, obj, mine):
        node = obj if self.organization == "pk" else getattr(obj, self.organization)
        return mine.everything or (mine.node is not None and node.path.startswith(mine.node.path))


class ReadOnlyInline(PlainDecimals, admin.options.InlineModelAdmin):
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False
