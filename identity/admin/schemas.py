"""Definitions of events: what channels may send, what came in the last 30 days, what waits to be defined."""

import datetime as dt

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from identity.actions import schemas, seeds
from identity.events import wording
from identity.models import EventSchema, EventSchemaVersion
from identity.queries import schemas as reading
from members.admin import event_words
from members.admin.base import OpenAdmin, ReadOnlyInline, reach
from members.models import Channel, Event
from members.queries import scopes

RECENT = dt.timedelta(days=30)
event_words.register(lambda: EventSchema.objects.filter(active=True).values_list("name", "title"))


class EventSchemaForm(forms.ModelForm):
    lines = forms.CharField(
        label=_("Properties"),
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 8, "spellcheck": "false"}),
        help_text=_(
            "A line each: name, type, and where it fits required or personal. Types: text, number, whole, boolean, "
            "time, date, list, object. A personal property is kept in the raw record only. What is not named "
            "here is kept as it comes."
        ),
    )
    ends = forms.MultipleChoiceField(
        label=_("Expected from"),
        required=False,
        choices=Channel.Kind.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Kinds of own channels that should send it; none: all of them."),
    )

    class Meta:
        model = EventSchema
        fields = ("name", "title", "title_zh", "stage", "first_party", "core", "ends", "active")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["lines"] = wording.write(self.instance.properties)

    def clean_lines(self):
        try:
            return wording.read(self.cleaned_data["lines"])
        except wording.Unreadable as fault:
            raise forms.ValidationError(str(fault)) from fault

    def clean_name(self):
        return self.cleaned_data["name"].strip()


class VersionInline(ReadOnlyInline, TabularInline):
    model = EventSchemaVersion
    verbose_name_plural = _("Versions")
    fields = readonly_fields = ("version", "changed_at", "changed_by", "said")
    ordering = ("-version",)
    show_change_link = False

    @display(description=_("properties"))
    def said(self, version):
        return format_html(
            '<span class="nf-mono">{}</span>', wording.write(version.definition["properties"]) or "–"
        )


@admin.register(EventSchema)
class EventSchemaAdmin(OpenAdmin):
    form = EventSchemaForm
    list_display = ("named", "name", "step", "own", "key", "carried", "recent", "last", "version", "state")
    list_display_links = ("named",)
    list_filter = ("stage", "core", "first_party", "active")
    list_filter_submit = False
    search_fields = ("name__startswith", "title__startswith", "title_zh__startswith")
    search_help_text = _("the beginning of a name or title")
    ordering = ("-core", "stage", "name")
    sortable_by = ()
    list_per_page = 100
    list_before_template = "identity/undefined_events.html"
    fieldsets = (
        (None, {"fields": (("name", "stage"), ("title", "title_zh"), "lines")}),
        (_("Where we look for it"), {"fields": (("core", "first_party"), "active", "ends")}),
    )

    def get_inlines(self, request, obj):
        return (VersionInline,) if obj else ()

    def get_readonly_fields(self, request, obj=None):
        return ("name",) if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .annotate(
                recent_count=Coalesce(Subquery(_arrived(request, Count("id"))), 0),
                last_at=Subquery(_arrived(request, Max("occurred_at"))),
            )
        )

    def changelist_view(self, request, extra_context=None):
        if not EventSchema.objects.exists():
            seeds.events(now=timezone.now())
        channels = scopes.at_organization(Channel.objects.all(), reach=reach(request))
        context = {
            "undefined": reading.undefined(channels=channels),
            "may_define": self.has_add_permission(request),
        }
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def get_changeform_initial_data(self, request):
        """A guess for an event that waits: its properties as they came."""
        given = super().get_changeform_initial_data(request)
        channels = scopes.at_organization(Channel.objects.all(), reach=reach(request))
        for each in reading.undefined(channels=channels):
            if each.name == given.get("name"):
                given["lines"] = wording.write(wording.guess(each.samples))
        return given

    def save_model(self, request, obj, form, change):
        """A new version, and what waited for the definition comes in."""
        now = timezone.now()
        stated = {
            name: form.cleaned_data[name] for name in EventSchemaForm.Meta.fields if name in form.cleaned_data
        }
        name = obj.pk if change else stated["name"]
        stated.pop("name", None)
        saved = schemas.define(
            name=name, properties=form.cleaned_data["lines"], by=request.user, now=now, **stated
        )
        obj.version, obj.changed_at = saved.version, saved.changed_at
        taken, kept = schemas.let_in(name=name, by=request.user, now=now) if saved.active else (0, 0)
        if taken:
            told = ngettext("%d event that waited was let in.", "%d events that waited were let in.", taken)
            self.message_user(request, told % taken)
        if kept:
            told = ngettext("%d event is still kept aside.", "%d events are still kept aside.", kept)
            self.message_user(request, told % kept, messages.WARNING)

    @display(description=_("title"))
    def named(self, schema):
        return str(schema)

    @display(description=_("stage"), label=True)
    def step(self, schema):
        return schema.get_stage_display()

    @display(description=_("own ends"), boolean=True)
    def own(self, schema):
        return schema.first_party

    @display(description=_("key event"), boolean=True)
    def key(self, schema):
        return schema.core

    @display(description=_("properties"))
    def carried(self, schema):
        return ", ".join(
            f"{name}*" if each.get("required") else name for name, each in schema.properties.items()
        )

    @display(description=_("last 30 days"))
    def recent(self, schema):
        return f"{schema.recent_count:,}"

    @display(description=_("last one"))
    def last(self, schema):
        return schema.last_at

    @display(description=_("state"), label={_("in use"): "success", _("off"): "warning"})
    def state(self, schema):
        return _("in use") if schema.active else _("off")


def _arrived(request, figure):
    """A figure of the events of the outer row's name, of the last 30 days, within reach."""
    since = timezone.now() - RECENT
    events = scopes.at_organization(Event.objects.all(), reach=reach(request))
    rows = events.filter(name=OuterRef("name"), occurred_at__gte=since).order_by().values("name")
    return rows.annotate(figure=figure).values("figure")
