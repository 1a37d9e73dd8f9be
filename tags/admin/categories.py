"""The branches of the tree of tags: categories and their dimensions, added and moved on screen."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from members.admin.base import AroundAdmin
from tags.actions import categories
from tags.conditions.faults import Fault
from tags.models import Category


class CategoryForm(forms.ModelForm):
    class Meta:
        model = Category
        fields = ("name", "code", "parent", "organization", "position")

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            self._check(cleaned)
        return cleaned

    def _check(self, cleaned: dict) -> None:
        node = cleaned.get("organization") or self.instance.organization
        try:
            categories.check(category=self.instance, parent=cleaned.get("parent"), organization=node)
        except Fault as fault:
            self.add_error(fault.place, str(fault))


@admin.register(Category)
class CategoryAdmin(AroundAdmin):
    form = CategoryForm
    list_display = ("name", "code", "parent", "organization", "position")
    list_select_related = ("parent", "organization")
    search_fields = ("code__startswith", "name__startswith")
    search_help_text = _("the beginning of a code or name")
    ordering = ("position", "name")
    sortable_by = ()
    fieldsets = ((None, {"fields": (("name", "code"), ("parent", "organization"), "position")}),)

    def get_readonly_fields(self, request, obj=None):
        return ("code", "organization") if obj else ()

    def has_delete_permission(self, request, obj=None):
        """An empty one may go; tags and dimensions hold it fast."""
        held = isinstance(obj, Category) and (obj.tags.exists() or obj.dimensions.exists())
        return not held and obj is not None and super().has_delete_permission(request, obj)

    def get_changeform_initial_data(self, request):
        given = super().get_changeform_initial_data(request)
        parent = self.get_queryset(request).filter(code=request.GET.get("part_of", "")[:64]).first()
        return given | ({"parent": parent, "organization": parent.organization} if parent else {})

    def save_model(self, request, obj, form, change):
        fields = {name: getattr(obj, name) for name in ("code", "name", "organization", "parent", "position")}
        saved = categories.save(**fields, category=obj if change else None)
        obj.pk, obj._state.adding = saved.pk, False
