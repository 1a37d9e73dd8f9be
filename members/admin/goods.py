"""Goods sets: SKUs and categories that rules name together."""

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from members.admin.base import AroundAdmin
from members.models import GoodsSet


@admin.register(GoodsSet)
class GoodsSetAdmin(AroundAdmin):
    """Rules copy a set when they are published: a changed one counts for the plans that are published from then on."""

    list_display = ("name", "code", "organization", "holds")
    list_select_related = ("organization",)
    ordering = ("organization__path", "code")
    sortable_by = ()
    fields = (("name", "organization"), "code", "skus", "categories")
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}

    def get_readonly_fields(self, request, obj=None):
        return ("organization", "code") if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("holds"))
    def holds(self, goods):
        return _("%(skus)s SKUs, %(categories)s categories") % {
            "skus": len(goods.skus),
            "categories": len(goods.categories),
        }
