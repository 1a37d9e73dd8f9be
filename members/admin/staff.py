"""Staff, their roles and the node where each of them works."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from members.admin.base import OpenAdmin, ScopedAdmin, choices
from members.models import StaffScope
from members.queries import scopes

admin.site.unregister(User)
admin.site.unregister(Group)


class ScopeInline(StackedInline):
    model = StaffScope
    can_delete = True
    verbose_name = verbose_name_plural = _("works at")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if (allowed := choices(db_field.remote_field.model, request)) is not None:
            kwargs.setdefault("queryset", allowed)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ScopedAdmin):
    """An administrator keeps the staff of his own subtree; superusers are kept by superusers."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (ScopeInline,)
    list_display = ("username", "full_name", "roles", "works_at", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    list_select_related = ("scope__organization",)
    search_fields = ("username__startswith", "email__exact")
    search_help_text = _("beginning of a login, or an e-mail")
    ordering = ("username",)

    def within(self, queryset, *, reach):
        queryset = queryset.prefetch_related("groups")
        if reach.everything:
            return queryset
        return scopes.at_organization(
            queryset.filter(is_superuser=False), reach=reach, field="scope__organization"
        )

    def get_readonly_fields(self, request, obj=None):
        """Only a superuser hands out what only a superuser has."""
        return (
            ()
            if request.user.is_superuser
            else ("is_superuser", "user_permissions", "last_login", "date_joined")
        )

    @display(description=_("name"))
    def full_name(self, user):
        return user.get_full_name()

    @display(description=_("roles"))
    def roles(self, user):
        return ", ".join(group.name for group in user.groups.all())

    @display(description=_("works at"))
    def works_at(self, user):
        return user.scope.organization if hasattr(user, "scope") else "–"


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, OpenAdmin):
    search_fields = ("name__startswith",)
