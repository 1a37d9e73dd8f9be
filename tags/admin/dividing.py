"""Chosen audiences become groups that share nobody: in which order, under which names, and who gets the rest."""

from collections.abc import Sequence

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from members.admin.base import choices, number
from members.models import Organization
from tags.actions import audiences, splitting
from tags.actions.splitting import Group
from tags.conditions.faults import Fault
from tags.models import Audience

LIST = "admin:tags_audience_changelist"
NAME = Audience._meta.get_field("name").max_length


class DividingForm(forms.Form):
    """``groups()``: what to divide into, in order; ``cleaned_data["organization"]``: where the groups will stand."""

    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=gettext_lazy("Where the groups stand"), widget=UnfoldAdminSelectWidget
    )  # fmt: skip
    rest = forms.CharField(
        label=gettext_lazy("Everybody else"), max_length=NAME, required=False, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("A name makes one more group, of all who are in none of these. Empty: they are in none."),
    )  # fmt: skip

    def __init__(self, *given, chosen: Sequence[Audience], nodes: QuerySet[Organization], **named):
        super().__init__(*given, initial={"organization": chosen[0].organization_id}, **named)
        self.fields["organization"].queryset = nodes
        self.chosen = chosen
        places = [(place, str(place)) for place in range(1, len(chosen) + 1)]
        today = formats.date_format(timezone.localdate(), "Y-m-d")
        for place, audience in enumerate(chosen, start=1):
            self.fields[f"place_{audience.pk}"] = forms.TypedChoiceField(
                label=_("Place"), choices=places, coerce=int, initial=place, widget=UnfoldAdminSelectWidget
            )
            self.fields[f"name_{audience.pk}"] = forms.CharField(
                label=_("Name of the group"), max_length=NAME, widget=UnfoldAdminTextInputWidget,
                initial=f"{audience.name[: NAME - 11]} {today}",
            )  # fmt: skip

    def rows(self) -> list[tuple]:
        """(audience, its place, its name) for the page."""
        return [(each, self[f"place_{each.pk}"], self[f"name_{each.pk}"]) for each in self.chosen]

    def clean(self) -> dict:
        given = super().clean()
        places = [given.get(f"place_{each.pk}") for each in self.chosen]
        if None not in places and len(set(places)) < len(places):
            raise forms.ValidationError(_("Two groups have the same place: give each its own."))
        return given

    def groups(self) -> list[Group]:
        given = self.cleaned_data
        ordered = sorted(self.chosen, key=lambda each: given[f"place_{each.pk}"])
        groups = [Group(given[f"name_{each.pk}"], {"audience": {"id": each.pk}}) for each in ordered]
        return [*groups, Group(given["rest"], {"all": []})] if given["rest"] else groups


@admin.action(description=gettext_lazy("Divide into groups that share nobody"), permissions=["add"])
def divide(_model_admin: ModelAdmin, request: HttpRequest, chosen: QuerySet[Audience]) -> HttpResponse | None:
    """From the list to the page that asks for their order."""
    keys = list(chosen.order_by("pk").values_list("pk", flat=True)[: splitting.MOST + 1])
    if not 2 <= len(keys) <= splitting.MOST:
        messages.error(
            request, _("Choose two audiences at least, and %(most)d at most.") % {"most": splitting.MOST}
        )
        return None
    return redirect(f"{reverse('admin:tags_audience_divide')}?{urlencode({'audience': keys}, doseq=True)}")


def page(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """GET asks for order and names, POST makes the groups."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    keys = [number(key) for key in request.GET.getlist("audience")][: splitting.MOST]
    chosen = list(
        choices(Audience, request).select_related("organization").filter(pk__in=keys).order_by("pk")
    )
    if len(chosen) < 2:
        messages.error(request, _("Choose two audiences or more in this list first."))
        return redirect(LIST)
    form = DividingForm(request.POST or None, chosen=chosen, nodes=choices(Organization, request))
    if form.is_valid() and _divided(model_admin, request, form):
        return redirect(LIST)
    context = {
        **model_admin.admin_site.each_context(request), "opts": model_admin.opts, "form": form, "back": reverse(LIST),
        "title": _("Divide into groups that share nobody"),
    }  # fmt: skip
    return TemplateResponse(request, "tags/dividing.html", context)


def _divided(model_admin: ModelAdmin, request: HttpRequest, form: DividingForm) -> bool:
    try:
        made = splitting.split(
            groups=form.groups(),
            organization=form.cleaned_data["organization"],
            by=request.user,
            now=timezone.now(),
        )
    except (audiences.Refused, Fault) as refused:
        form.add_error(None, str(refused))
        return False
    for audience in made:
        model_admin.log_addition(request, audience, [{"added": {}}])
    told = ", ".join(f"{audience.name}: {audience.count:,}" for audience in made)
    messages.success(request, _("The groups stand, and nobody is in two of them: %(told)s.") % {"told": told})
    return True
