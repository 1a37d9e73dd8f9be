from django.contrib import admin
from django.core.cache import cache
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_q.tasks import async_task
from unfold.admin import TabularInline
from unfold.decorators import display

from members.admin.base import AroundAdmin, reach
from tags.actions import valuing
from tags.admin import words
from tags.admin.forms import TagForm, ValueForm
from tags.models import Tag, TagRun, TagValue
from tags.queries import holders

SHOWN = 3
KEPT = 60  # seconds; a count over a million members takes about two


def counted(request: HttpRequest) -> dict[int, int]:
    mine = reach(request)
    key = f"tag-holders-{'all' if mine.everything else mine.node and mine.node.pk}"
    return cache.get_or_set(key, lambda: holders.counts(reach=mine), KEPT)


class ValueInline(TabularInline):
    model = TagValue
    form = ValueForm
    extra = 0
    fields = ("position", "code", "name", "condition")
    ordering = ("position", "id")


@admin.register(Tag)
class TagAdmin(AroundAdmin):
    form = TagForm
    list_display = ("name", "code", "shown_source", "organization", "value_counts", "purpose", "status")
    list_select_related = ("organization",)
    list_filter = ("source", "status")
    list_filter_submit = False
    search_fields = ("code__startswith", "name__startswith")
    search_help_text = _("the beginning of a code or name")
    ordering = ("name",)
    sortable_by = ()
    inlines = (ValueInline,)
    change_form_outer_before_template = "tags/tag.html"
    fieldsets = (
        (None, {"fields": (("code", "name"), "organization", "purpose")}),
        (_("How it is found"), {"fields": (("source", "kind", "shape"), "model", "parameters")}),
    )

    def get_queryset(self, request):
        values = Prefetch("values", TagValue.objects.order_by("position", "id"))
        return super().get_queryset(request).prefetch_related(values)

    def get_readonly_fields(self, request, obj=None):
        return ("code", "source", "model", "organization") if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False

    def get_inline_instances(self, request, obj=None):
        """A model makes its own values."""
        made = obj is not None and obj.model != ""
        return [] if made else super().get_inline_instances(request, obj)

    def get_list_display(self, request):
        self.counts = counted(request)
        return super().get_list_display(request)

    def save_related(self, request, form, formsets, change):
        """The worker gives the tag anew, as soon as the definition is committed."""
        super().save_related(request, form, formsets, change)
        tag = form.instance
        valuing.of_model(tag=tag)
        transaction.on_commit(lambda: async_task("tags.tasks.compute_tag", tag.code, group="tags"))
        self.message_user(request, _("Members get or lose the tag in a moment."))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        tag = self.get_object(request, object_id)
        return super().change_view(
            request,
            object_id,
            form_url,
            {**(extra_context or {}), **(self._about(request, tag) if tag else {})},
        )

    def _about(self, request, tag):
        counts = counted(request)
        values = [
            {
                "value": value,
                "count": counts.get(value.pk, 0),
                "said": words.said(value.condition, node=tag.organization),
            }
            for value in tag.values.all()
        ]
        most = max((row["count"] for row in values), default=0) or 1
        for row in values:
            row["width"] = round(100 * row["count"] / most)
        last = (
            TagRun.objects.filter(tags__contains=[tag.code], ended_at__isnull=False).order_by("-id").first()
        )
        return {"tag": tag, "values": values, "last_run": last}

    @display(description=_("found by"), label={"rule": "info", "model": "success"})
    def shown_source(self, tag):
        return tag.source, f"{tag.get_source_display()} {tag.model}".strip()

    @display(description=_("values and members"))
    def value_counts(self, tag):
        rows = [(value.name, f"{self.counts.get(value.pk, 0):,}") for value in tag.values.all()]
        shown = format_html_join(" ", '<span class="nf-chip">{} {}</span>', rows[:SHOWN])
        left = len(rows) - SHOWN
        return (
            format_html("{} {}", shown, ngettext("and %d more", "and %d more", left) % left)
            if left > 0
            else shown
        )
