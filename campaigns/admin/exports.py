"""The export of an audience, and the log of all exports."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.actions import exports
from campaigns.models import AudienceExport
from campaigns.queries.contact import WAYS
from campaigns.queries.exporting import COLUMNS
from members.admin.base import ReadOnlyAdmin, reach
from members.queries import scopes
from tags.admin import audience_page
from tags.conditions.faults import Fault
from tags.models import Audience

EXPORT = "tags.export_audience"


class ExportForm(forms.Form):
    way = forms.ChoiceField(
        label=_("Way of contact"), choices=lambda: [(way.code, way.name) for way in WAYS.values()],
        widget=UnfoldAdminSelectWidget,
        help_text=_("Only members who agreed to it for the purpose are in the file."),
    )  # fmt: skip
    purpose = forms.CharField(
        label=_("Purpose"), max_length=32, initial="marketing", widget=UnfoldAdminTextInputWidget
    )
    form = forms.ChoiceField(
        label=_("Addresses"), choices=AudienceExport.Form.choices, initial=AudienceExport.Form.SHA256,
        widget=UnfoldAdminSelectWidget, help_text=_("Ad platforms ask for hashes; see docs/audiences.md for what is hashed."),
    )  # fmt: skip
    columns = forms.MultipleChoiceField(
        label=_("Further columns"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(code, label) for code, (label, _column) in COLUMNS.items()],
        help_text=_("Beside plain addresses only: a hashed file holds nothing but hashes."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Why"), max_length=300, widget=UnfoldAdminTextInputWidget, help_text=_("Kept with your name.")
    )


@admin.register(AudienceExport)
class AudienceExportAdmin(ReadOnlyAdmin):
    """The log: who took which audience out of the house, what for, how many."""

    list_display = ("at", "audience", "way", "purpose", "form", "exported", "out", "by", "reason")
    list_select_related = ("audience", "by")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("audience", "way"), ("purpose", "form"), "columns", "reason", ("exported", "out"), "digest", ("by", "at"),
    )  # fmt: skip
    readonly_fields = ("out",)

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach, field="audience__organization")

    def get_urls(self):
        view = self.admin_site.admin_view(self.export_view)
        return [path("of/<int:audience>/", view, name="campaigns_audienceexport_of"), *super().get_urls()]

    def export_view(self, request: HttpRequest, audience: int) -> HttpResponse | FileResponse:
        """First the form; then the file, once its row is written."""
        if not request.user.has_perm(EXPORT):
            raise PermissionDenied
        found = (
            scopes.at_organization(Audience.objects.all(), reach=reach(request)).filter(pk=audience).first()
        )
        if found is None:
            raise Http404
        form = ExportForm(request.POST or None)
        if form.is_valid():
            try:
                return _file(
                    *exports.export(audience=found, by=request.user, now=timezone.now(), **form.cleaned_data)
                )
            except (exports.Refused, Fault) as refused:
                form.add_error(None, str(refused))
        context = {
            **self.admin_site.each_context(request),
            "audience": found,
            "form": form,
            "title": _("Export"),
        }
        return TemplateResponse(request, "campaigns/export.html", context)

    @display(description=_("left out"))
    def out(self, row):
        return ", ".join(f"{why}: {count:,}" for why, count in sorted(row.left_out.items())) or "–"


def _file(row: AudienceExport, file) -> FileResponse:
    name = f"audience-{row.audience_id}-{row.way}-{row.pk}.csv"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer


def _link(audience: Audience, request: HttpRequest) -> audience_page.Link | None:
    if not request.user.has_perm(EXPORT):
        return None
    return str(_("Export with consent")), reverse("admin:campaigns_audienceexport_of", args=[audience.pk])


audience_page.register(_link)
