from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from identity.models import TrackingKey
from members.admin.base import ScopedAdmin
from members.queries import scopes

SNIPPET = '<script defer src="{src}" data-key="{key}"></script>'


class TrackingKeyForm(forms.ModelForm):
    class Meta:
        model = TrackingKey
        fields = ("channel", "origins", "forms_join", "active")

    def clean_origins(self):
        return [_origin(given) for given in self.cleaned_data["origins"]]


def _origin(given):
    """The origin as browsers send it. Raises ValidationError for anything else than http(s)://host[:port]."""
    text = given.strip().rstrip("/").lower()
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right or text != f"{parts.scheme}://{parts.netloc}" or "@" in text or "*" in text:
        fault = _("“%(given)s” is no origin of a page. Write it as https://www.example.com.")
        raise forms.ValidationError(fault % {"given": given[:100]})
    return text


@admin.register(TrackingKey)
class TrackingKeyAdmin(ScopedAdmin):
    """Public keys of own pages. A key that is no longer wanted is switched off, never deleted."""

    form = TrackingKeyForm
    list_display = ("channel", "key", "pages", "forms_join", "active", "created_at")
    list_select_related = ("channel",)
    list_display_links = ("channel", "key")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("channel", "origins", "forms_join", "active", "snippet")
    readonly_fields = ("snippet",)

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach, field="channel__organization")

    def get_readonly_fields(self, request, obj=None):
        self.address = request.build_absolute_uri(f"{settings.STATIC_URL}ninefold/track.js")
        return ("channel", "snippet") if obj else ("snippet",)

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("pages"))
    def pages(self, key):
        return ", ".join(key.origins)

    @display(description=_("put this into your pages"))
    def snippet(self, key):
        if not key.pk:
            return _("Shown once the key is saved.")
        text = SNIPPET.format(src=self.address, key=key.key)
        return format_html('<pre class="nf-code" data-test="snippet">{}</pre>', text)
