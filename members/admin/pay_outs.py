"""Paying out what a customer paid into a stored-value card, at the desk, for a reason; above the card's limit a second
person decides."""

import secrets

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from members.actions import pay_outs, purses
from members.admin import adjustments, asking, whom
from members.admin.base import reach
from members.admin.decimals import of_book
from members.admin.ledger import amount
from members.models import Adjustment, Member, Organization, Purse
from members.queries import cards, scopes

PAY_OUT = "members.pay_out_purse"


class PayOutForm(forms.Form):
    """``key`` is made with the page, so that pressing twice pays out once."""

    key = forms.CharField(max_length=32, widget=forms.HiddenInput)
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=4, min_value=0, widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("Of what was paid in."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=300, min_length=3, help_text=_("It is kept with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )  # fmt: skip


def view(request: HttpRequest, oneid: str, code: str) -> HttpResponse:
    """GET asks for how much and why; POST pays it out."""
    if not request.user.has_perm(PAY_OUT):
        raise PermissionDenied
    member = whom.somebody(request, oneid)
    purse = _purse(request, code)
    posted = request.POST if request.method == "POST" else None
    form = PayOutForm(posted, initial={"key": secrets.token_hex(16)})
    if form.is_valid() and _paid_out(request, form, member, purse):
        return redirect(f"{reverse('admin:members_member_change', args=[member.oneid])}?tab=value")
    held = cards.of(member=member, now=timezone.now(), reach=reach(request)).purses
    context = {
        **admin.site.each_context(request), "opts": Purse._meta, "title": _("Pay out"), "form": form,
        "member": member, "name": whom.heading(member), "purse": purse,
        "held": next((each for each in held if each.code == purse.code), None),
        "most": of_book(purse.principal, purse.pay_out_limit) if purse.pay_out_limit else "",
        "waiting": [each for each in adjustments.waiting_of(member, request) if each["asked"].purse == purse],
    }  # fmt: skip
    return TemplateResponse(request, "members/value/pay_out.html", context)


def _purse(request, code) -> Purse:
    all_of_it = Purse.objects.select_related("organization", "principal", "bonus")
    purse = scopes.around_organization(all_of_it, reach=reach(request)).filter(code=code).first()
    if purse is None:
        raise Http404
    return purse


def _paid_out(request, form, member: Member, purse: Purse) -> bool:
    given, account = form.cleaned_data, whom.accounts(request, member).first()
    if account is None:
        raise Http404
    done = asking.asked(
        form, pay_outs.ask, account=account, purse=purse, amount=given["amount"], reason=given["reason"],
        by=request.user, key=f"desk:{request.user.pk}:{given['key']}", organization=_place(request, purse),
        now=timezone.now(),
    )  # fmt: skip
    if isinstance(done, Adjustment):
        told = {"card": purse.name, "amount": amount(purse.principal, -done.amount)}
        messages.warning(
            request, _("%(card)s, %(amount)s: waits for a second person. Do not pay yet.") % told
        )
    elif done is not None:
        messages.success(request, _said(purse, done))
    return done is not None


def _place(request, purse: Purse) -> Organization:
    """Where the reader stands; the card's own organization, if he stands above it."""
    node = reach(request).node
    within = node is not None and node.path.startswith(purse.organization.path)
    return node if within else purse.organization


def _said(purse: Purse, done: purses.Receipts) -> str:
    paid = amount(purse.principal, -purse.principal.steps(done.principal.amount))
    if done.bonus is None:
        return _("Pay the customer %(paid)s.") % {"paid": paid}
    lost = amount(purse.bonus, -purse.bonus.steps(done.bonus.amount))
    return _("Pay the customer %(paid)s. With it went %(lost)s of the bonus.") % {"paid": paid, "lost": lost}
