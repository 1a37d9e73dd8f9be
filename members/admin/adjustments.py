"""Corrections by hand: asked for on a member's page, and decided by a second person where they are large. Pay-outs of
stored value that are large wait here too."""

import secrets

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from members import masking
from members.actions import adjustments, points, purses
from members.actions.postings import Receipt
from members.admin import asking, whom
from members.admin.base import ReadOnlyAdmin, reach
from members.admin.filters import MemberFilter
from members.admin.ledger import BookFilter, OfAccount, amount, named, signed, visible
from members.models import Adjustment, Book, Member
from members.queries import balances, scopes

ADD, APPROVE = "members.add_adjustment", "members.approve_adjustment"
STATES = {"asked": "warning", "done": "success", "refused": "danger"}
VERBS = {"agree": adjustments.agree, "refuse": adjustments.refuse}
State = Adjustment.State


class BookField(forms.ModelChoiceField):
    def label_from_instance(self, book: Book) -> str:
        return f"{book.name} ({book.unit})"


class AccountField(forms.ModelChoiceField):
    def label_from_instance(self, account) -> str:
        return f"{account.channel.name} {masking.identifier(account.external_id)}"


class AskForm(forms.Form):
    """``key`` is made with the page, so that pressing twice adjusts once."""

    key = forms.CharField(max_length=32, widget=forms.HiddenInput)
    book = BookField(
        label=_("Book"), queryset=Book.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=4, widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("100 gives a hundred, -100 takes a hundred away."),
    )  # fmt: skip
    account = AccountField(
        label=_("Account"), queryset=Book.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget,
        help_text=_("What is given stays with this account, should the person turn out to be two."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=300, min_length=3, help_text=_("It is kept with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *given, books: QuerySet[Book], owned, **named):
        super().__init__(*given, **named)
        self.fields["book"].queryset = books
        self.fields["account"].queryset = owned
        if len(owned) == 1:
            self.fields["account"].widget = forms.HiddenInput()
            self.fields["account"].initial = owned[0]


@admin.register(Adjustment)
class AdjustmentAdmin(OfAccount, ReadOnlyAdmin):
    """Those that wait come first. Whoever asked does not decide."""

    list_display = (
        "asked_at",
        "what",
        "oneid",
        "book",
        "moved",
        "reason",
        "asked_by",
        "shown_state",
        "decided_by",
    )
    list_select_related = ("book", "purse", "account__member", "account__channel", "asked_by", "decided_by")
    list_filter = ("state", BookFilter, MemberFilter)
    ordering = (F("decided_at").desc(nulls_first=True), "-id")
    sortable_by = ()
    change_form_outer_before_template = "members/value/adjustment.html"
    fields = (
        ("masked", "oneid"), ("what", "organization"), ("book", "moved"), "reason", ("asker", "asked_at"), ("decider", "decided_at"),
    )  # fmt: skip
    readonly_fields = ("masked", "oneid", "what", "moved", "asker", "decider")
    asker, decider = named("asked_by", _("asked by")), named("decided_by", _("decided by"))

    def within(self, queryset, *, reach):
        return visible(queryset, reach=reach)

    def get_urls(self):
        view = self.admin_site.admin_view
        decide = view(require_POST(self.decide_view))
        return [
            path("of/<str:oneid>/ask/", view(self.ask_view), name="members_adjustment_ask"),
            path("<path:object_id>/do/<slug:verb>/", decide, name="members_adjustment_do"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        found = self.get_object(request, object_id)
        about = _about(request, found) if found else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def ask_view(self, request: HttpRequest, oneid: str) -> HttpResponse:
        """GET asks for book, amount and reason; POST adjusts, or leaves it waiting for a second person."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        member = whom.somebody(request, oneid)
        form = AskForm(
            request.POST if request.method == "POST" else None, books=books(request),
            owned=whom.accounts(request, member), initial={"key": secrets.token_hex(16)},
        )  # fmt: skip
        if form.is_valid() and self._asked(request, form):
            return redirect(f"{reverse('admin:members_member_change', args=[member.oneid])}?tab=value")
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": _("Adjust"), "form": form,
            "member": member, "name": whom.heading(member), "held": _held(member, form.fields["book"].queryset),
        }  # fmt: skip
        return TemplateResponse(request, "members/value/ask.html", context)

    def _asked(self, request, form) -> bool:
        given = form.cleaned_data
        done = asking.asked(
            form, adjustments.ask, account=given["account"], book=given["book"], amount=given["amount"],
            reason=given["reason"], by=request.user, key=f"desk:{request.user.pk}:{given['key']}", now=timezone.now(),
        )  # fmt: skip
        if done is None:
            return False
        told = {"amount": signed(given["book"], given["book"].steps(given["amount"])), "book": given["book"]}
        if isinstance(done, Adjustment):
            messages.warning(request, _("%(book)s, %(amount)s: waits for a second person.") % told)
        else:
            messages.success(request, _("%(book)s, %(amount)s: adjusted.") % told)
        return True

    def decide_view(self, request: HttpRequest, object_id, verb):
        found = self.get_object(request, object_id)
        if found is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if verb not in VERBS or not request.user.has_perm(APPROVE):
            raise PermissionDenied
        try:
            receipt = VERBS[verb](adjustment=found, by=request.user, now=timezone.now())
        except (adjustments.AloneRefused, adjustments.Decided, points.NotEnough, purses.Elsewhere) as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(request, found, [{"changed": {"fields": ["state"]}}])
            messages.success(request, _said(found, receipt))
        return redirect("admin:members_adjustment_change", found.pk)

    @display(description=_("what"))
    def what(self, adjustment):
        if adjustment.purse is None:
            return _("adjustment")
        return _("pay-out of %(card)s") % {"card": adjustment.purse.name}

    @display(description=_("amount"))
    def moved(self, adjustment):
        return signed(adjustment.book, adjustment.amount)

    @display(description=_("state"), label=STATES)
    def shown_state(self, adjustment):
        return adjustment.state, adjustment.get_state_display()


def _said(decided: Adjustment, receipt: Receipt | None):
    if receipt is None:
        return _("It is refused: nothing has moved.")
    if decided.purse is None:
        return _("The adjustment is posted.")
    return _("The pay-out is posted: pay the customer %(paid)s.") % {
        "paid": amount(decided.book, -decided.amount)
    }


def books(request: HttpRequest) -> QuerySet[Book]:
    """Those that hold at the reader's organization: its own, those above it and those below."""
    return scopes.around_organization(
        Book.objects.order_by("organization__path", "code"), reach=reach(request)
    )


def waiting(request: HttpRequest) -> QuerySet[Adjustment]:
    """Those that this reader may decide."""
    if not request.user.has_perm(APPROVE):
        return Adjustment.objects.none()
    asked = Adjustment.objects.filter(state=State.ASKED).exclude(asked_by=request.user)
    return visible(asked, reach=reach(request))


def waiting_of(member: Member, request: HttpRequest) -> list[dict]:
    """What was asked for this person and nobody has decided."""
    asked = Adjustment.objects.filter(account__member=member, state=State.ASKED).select_related(
        "book", "purse", "asked_by"
    )
    seen = visible(asked, reach=reach(request)).order_by("-id")
    return [{"asked": each, "what": _what(each), "amount": signed(each.book, each.amount)} for each in seen]


def _what(asked: Adjustment):
    return _("Pay-out of %(card)s") % {"card": asked.purse.name} if asked.purse else asked.book.name


def _held(member: Member, offered: QuerySet[Book]) -> list[dict]:
    """What he can spend of each book, and how much of it may be adjusted alone."""
    held = {each.book: each.available for each in balances.of(members=[member.pk], now=timezone.now())}
    return [
        {"book": book, "available": held.get(book.pk, book.shown(0)), "most": book.adjust_limit}
        for book in offered
    ]


def _about(request, found: Adjustment) -> dict:
    held = balances.of(members=[found.account.member_id], now=timezone.now())
    have = next((each for each in held if each.book == found.book_id), None)
    mine = found.asked_by_id == request.user.pk
    return {
        "asked": found, "amount": signed(found.book, found.amount), "mine": mine,
        "have": amount(found.book, found.book.steps(have.available) if have else 0),
        "may_decide": found.state == State.ASKED and not mine and request.user.has_perm(APPROVE),
    }  # fmt: skip
