from functools import partial
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from members.admin.base import ScopedAdmin, number
from members.admin.filters import OrganizationFilter
from members.queries import scopes
from tags.actions import audiences
from tags.admin import audience_page, building, dividing
from tags.admin.forms import EXAMPLE, AudienceForm
from tags.conditions.faults import Fault
from tags.models import Audience


@admin.register(Audience)
class AudienceAdmin(ScopedAdmin):
    form = AudienceForm
    list_display = ("name", "organization", "sort", "members", "counted_at", "created_by", "created_at")
    list_select_related = ("organization", "created_by")
    list_filter = (OrganizationFilter,)
    search_fields = ("name__startswith",)
    search_help_text = _("the beginning of a name")
    ordering = ("-id",)
    sortable_by = ()
    actions = (dividing.divide,)
    change_form_outer_before_template = "tags/audience.html"
    change_form_after_template = "tags/audience_preview.html"
    fieldsets = ((None, {"fields": (("name", "organization"), "condition")}),)

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def has_change_permission(self, request, obj=None):
        """The members of a frozen audience are those of one moment: its condition is history."""
        open_ = not isinstance(obj, Audience) or obj.frozen_at is None
        return open_ and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        def url(route, view, name):
            return path(route, self.admin_site.admin_view(require_POST(view)), name=f"tags_audience_{name}")

        mine = [
            url("count/", self.count_view, "count"),
            path(
                "divide/",
                self.admin_site.admin_view(partial(dividing.page, self)),
                name="tags_audience_divide",
            ),
            path("pick/", self.admin_site.admin_view(self.pick_view), name="tags_audience_pick"),
            path("why/", self.admin_site.admin_view(self.why_view), name="tags_audience_why"),
            url("<path:object_id>/freeze/", self.freeze_view, "freeze"),
            url("<path:object_id>/refresh/", self.refresh_view, "refresh"),
        ]
        return [*mine, *super().get_urls()]

    def get_fieldsets(self, request, obj=None):
        """Who only reads is told the condition in words, at the top of the page."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": (("name", "organization"),)}),)

    def get_changeform_initial_data(self, request):
        return {"condition": EXAMPLE}

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Somebody else may have frozen the audience while this form was open."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (audiences.Refused, Fault) as refused:
            messages.error(request, str(refused))
            return redirect(request.path)

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        audience = self.get_object(request, object_id)
        about = {}
        if audience:
            about = audience_page.about(request, audience) | {
                "may_freeze": self.has_change_permission(request, audience)
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def count_view(self, request: HttpRequest):
        """Whom the condition in the form would find now; or where it is wrong."""
        self._may_write(request)
        return building.counted(request)

    def pick_view(self, request: HttpRequest):
        """What the builder may name, searched."""
        self._may_write(request)
        return building.picked(request)

    def _may_write(self, request):
        writers = ("tags.add_audience", "tags.change_audience", "tags.add_tag", "tags.change_tag")
        if not any(map(request.user.has_perm, writers)):
            raise PermissionDenied

    def why_view(self, request: HttpRequest):
        """From a member's page to the audience's, which says why he is in it."""
        page = reverse("admin:tags_audience_change", args=[number(request.GET.get("audience"))])
        return redirect(f"{page}?{urlencode({'oneid': request.GET.get('oneid', '')[:30]})}#why")

    def refresh_view(self, request: HttpRequest, object_id):
        """Count again, now."""
        audience = self._open(request, object_id)
        try:
            audiences.refresh(audience=audience, now=timezone.now())
        except Fault as fault:
            messages.error(request, str(fault))
        return redirect("admin:tags_audience_change", audience.pk)

    def _open(self, request, object_id):
        """An audience that its reader may change."""
        audience = self.get_object(request, object_id)
        if audience is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, audience):
            raise PermissionDenied
        return audience

    def freeze_view(self, request: HttpRequest, object_id):
        audience = self._open(request, object_id)
        audiences.freeze(audience=audience, by=request.user, now=timezone.now())
        audience.refresh_from_db()
        self.log_change(request, audience, [{"changed": {"fields": ["frozen_at"]}}])
        messages.success(
            request, _("The audience is frozen at %(count)s members.") % {"count": f"{audience.count:,}"}
        )
        return redirect("admin:tags_audience_change", audience.pk)

    def save_model(self, request, obj, form, change):
        fields = {name: getattr(obj, name) for name in ("name", "organization", "condition")}
        audience = Audience.objects.get(pk=obj.pk) if change else None
        saved = audiences.save(**fields, by=request.user, now=timezone.now(), audience=audience)
        obj.pk, obj._state.adding = saved.pk, False

    @display(description=_("sort"), label={"frozen": "info", "dynamic": "success"})
    def sort(self, audience):
        return ("frozen", _("frozen")) if audience.frozen_at else ("dynamic", _("dynamic"))

    @display(description=_("members"))
    def members(self, audience):
        return "–" if audience.count is None else f"{audience.count:,}"
