"""The codes of a sort of coupons: made, brought in, downloaded once, withdrawn batch by batch."""

import re

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from campaigns.actions import coupon_batches, coupons
from campaigns.admin.offer_fields import text
from campaigns.models import Coupon, CouponBatch, CouponTemplate

MAKE, WITHDRAW = "campaigns.make_coupons", "campaigns.withdraw_coupons"
MOST = 100_000
LARGEST = 4 * 1024 * 1024


class BatchForm(forms.Form):
    name = forms.CharField(max_length=100)
    count = forms.IntegerField(min_value=1, max_value=10_000_000)


class BringForm(forms.Form):
    """``cleaned_data["all"]``: the codes, as they were given."""

    name = text(_("Name of the batch"), max_length=100, help_text=_("Such as who made them."))
    codes = forms.CharField(
        label=_("Codes"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "autocomplete": "off"}),
        help_text=_("One on a line, or with commas between them."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("or a file of codes"), required=False, widget=UnfoldAdminFileFieldWidget,
        help_text=_("Plain text, one on a line."),
    )  # fmt: skip
    sure = forms.BooleanField(
        label=_("Each of these codes is nobody's yet. They count against the quota at once.")
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 4 MB: bring it in parts."))
        return file

    def clean(self) -> dict:
        given = super().clean()
        file, typed = given.get("file"), given.get("codes", "")
        if bool(file) == bool(typed.strip()):
            raise forms.ValidationError(_("Give the codes, or a file of them."))
        found = re.split(r"[\s,;，；]+", typed if typed.strip() else _read(file))
        given["all"] = [code for code in found if code]
        if not 0 < len(given["all"]) <= MOST:
            raise forms.ValidationError(_("Bring 1 to 100,000 codes at a time."))
        return given


class WithdrawForm(forms.Form):
    reason = text(_("Why"), max_length=300)
    sure = forms.BooleanField(label=_("Whoever has one of these codes cannot use it any more."))


class CodePages:
    """Of the admin of templates."""

    def code_urls(self, view, name) -> list:
        return [
            path("<int:pk>/codes/", view(require_POST(self.codes_view)), name=name("codes")),
            path("<int:pk>/bring/", view(self.bring_view), name=name("bring")),
            path("<int:pk>/codes/<int:batch>/", view(require_POST(self.fetch_view)), name=name("fetch")),
            path("<int:pk>/codes/<int:batch>/withdraw/", view(self.withdraw_view), name=name("withdraw")),
        ]

    def codes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self._allowed(request, pk, "make")
        form = BatchForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Give the batch a name, and say how many codes: 1 to 10,000,000."))
            return redirect(page_of(template))
        given = {"template": template, "by": request.user, "now": timezone.now(), **form.cleaned_data}
        done = _("The codes are being made; this page shows how far they are.")
        return self._pressed(request, template, lambda: coupon_batches.ask(**given), done)

    def bring_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Codes that somebody else made, all of them or none."""
        template = self._allowed(request, pk, "make")
        form = BringForm(request.POST or None, request.FILES or None)
        if form.is_valid() and (batch := self._brought(request, template, form)):
            done = _("%(count)d codes were brought in.") % {"count": batch.count}
            self.log_change(request, template, done)
            messages.success(request, done)
            return redirect(page_of(template))
        told = {"template": template, "form": form, "verb": _("Bring them in"), "tone": "nf-primary"}
        return self._page(request, "coupon_codes", _("Bring in codes of “%s”") % template, **told)

    def _brought(self, request, template, form) -> CouponBatch | None:
        given = {"name": form.cleaned_data["name"], "codes": form.cleaned_data["all"]}
        try:
            return coupon_batches.bring(template=template, by=request.user, now=timezone.now(), **given)
        except coupons.Refused as refused:
            form.add_error(None, str(refused))
        return None

    def fetch_view(self, request: HttpRequest, pk: int, batch: int) -> HttpResponse | StreamingHttpResponse:
        """The codes of a batch as a file, once: who has it can give them away."""
        template = self._allowed(request, pk, "fetch")
        found = _batch(template, batch)
        try:
            coupon_batches.fetch(batch=found, by=request.user, now=timezone.now())
        except coupons.Refused as refused:
            messages.error(request, str(refused))
            return redirect(page_of(template))
        headers = {
            "Content-Disposition": f'attachment; filename="{template.code}-{found.pk}.txt"', "Cache-Control": "no-store",
        }  # fmt: skip
        return StreamingHttpResponse(_lines(found), content_type="text/plain; charset=utf-8", headers=headers)

    def withdraw_view(self, request: HttpRequest, pk: int, batch: int) -> HttpResponse:
        """First how many it is, then with a reason."""
        template = self._allowed(request, pk, "withdraw")
        found = _batch(template, batch)
        form = WithdrawForm(request.POST or None)
        if form.is_valid():
            given = {
                "batch": found,
                "reason": form.cleaned_data["reason"],
                "by": request.user,
                "now": timezone.now(),
            }
            done = _("The codes are being withdrawn; what customers claimed before stays good.")
            return self._pressed(request, template, lambda: coupon_batches.withdraw(**given), done)
        left = found.coupons.filter(state=Coupon.State.MADE).count() + found.count - found.made
        told = {
            "template": template,
            "form": form,
            "verb": _("Withdraw them"),
            "tone": "nf-danger",
            "left": left,
        }
        return self._page(request, "coupon_codes", _("Withdraw the codes of “%s”") % found, **told)


def page_of(template: CouponTemplate) -> str:
    return reverse("admin:campaigns_coupontemplate_change", args=[template.pk])


def _batch(template: CouponTemplate, pk: int) -> CouponBatch:
    if (found := template.batches.filter(pk=pk).first()) is None:
        raise Http404
    return found


def _read(file) -> str:
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise forms.ValidationError(_("The file is no plain text: save it as UTF-8.")) from fault


def _lines(batch: CouponBatch):
    for code in batch.coupons.order_by("id").values_list("code", flat=True).iterator(chunk_size=10_000):
        yield f"{code}\n"
