from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from identity.models import EventSchema, GapPlan, Signal, Touchpoint, TouchpointKey
from members.admin.base import OpenAdmin


class KeyInline(TabularInline):
    """The first one is the primary key at this touchpoint."""

    model = TouchpointKey
    fields = ("position", "kind", "realm", "how")
    extra = 0


class SignalInline(TabularInline):
    """Who may only look reads the events by their titles."""

    model = Signal
    readonly_fields = ("told",)
    extra = 0

    def get_fields(self, request, obj=None):
        changes = self.has_change_permission(request, obj)
        return ("code", "name", "events" if changes else "told", "stage", "first_party", "core")

    def get_formset(self, request, obj=None, **kwargs):
        self.titles = dict(EventSchema.objects.values_list("name", "title"))
        return super().get_formset(request, obj, **kwargs)

    @display(description=_("events"))
    def told(self, signal):
        return ", ".join(self.titles.get(name, name) for name in signal.events)


@admin.register(Touchpoint)
class TouchpointAdmin(OpenAdmin):
    """Where customers meet the group. What arrives there, the page *Data map* shows."""

    list_display = ("name", "kind", "ecosystem", "stage", "primary_key", "signal_count", "operable")
    list_filter = ("ecosystem", "stage", "operable")
    ordering = ("stage", "name")
    sortable_by = ()
    fields = (("name", "code"), ("kind", "place"), ("ecosystem", "stage"), "operable")
    inlines = (KeyInline, SignalInline)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("keys__kind", "signals")

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()

    @display(description=_("primary key"))
    def primary_key(self, touchpoint):
        return next((str(key.kind) for key in touchpoint.keys.all()), "–")

    @display(description=_("signals"))
    def signal_count(self, touchpoint):
        return len(touchpoint.signals.all())


class PlanForm(forms.ModelForm):
    """A pair is the same whichever end is chosen first."""

    def clean(self):
        found = super().clean()
        left, right = found.get("left"), found.get("right")
        if left and right and left == right:
            raise ValidationError({"right": _("Choose another touchpoint: a gap lies between two.")})
        if left and right and left.pk > right.pk:
            found["left"], found["right"] = right, left
        return found


@admin.register(GapPlan)
class GapPlanAdmin(OpenAdmin):
    """What the business does about a gap. It closes by itself when enough people are joined."""

    form = PlanForm
    list_display = ("left", "right", "action", "state", "target")
    list_select_related = ("left", "right")
    list_filter = ("state",)
    ordering = ("-id",)
    sortable_by = ()
    fields = (("left", "right"), "action", ("state", "target"))
