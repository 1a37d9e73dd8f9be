"""Stored-value cards and gift cards: their settings, issuing and cancelling, and what a member holds."""

import secrets

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from members.actions import gift_cards
from members.admin import asking, pay_outs
from members.admin.base import AroundAdmin, ReadOnlyAdmin, reach
from members.admin.decimals import PlainNumber
from members.admin.ledger import amount
from members.admin.panels import Panel, register
from members.ledger import amounts
from members.models import Book, GiftCard, Member, Purse
from members.queries import cards, scopes

ADD, CHANGE = "members.add_giftcard", "members.change_giftcard"
STATES = {"issued": "warning", "given": "info", "active": "success", "cancelled": "danger"}
Kind = Book.Kind


class PurseForm(forms.ModelForm):
    def clean(self):
        found = super().clean()
        own, extra, node = (found.get(name) for name in ("principal", "bonus", "organization"))
        if own and extra and (own.unit, own.scale) != (extra.unit, extra.scale):
            self.add_error(
                "bonus", _("Both books have to count in the same unit and with the same decimals.")
            )
        for name, book in (("principal", own), ("bonus", extra)):
            if book and node and not node.path.startswith(book.organization.path):
                self.add_error(name, _("This book belongs to another organization."))
        return found


@admin.register(Purse)
class PurseAdmin(AroundAdmin):
    """What a card is made of is settled when it is made; its name, which book pays first and what is paid out without a
    second person may change."""

    form = PurseForm
    list_display = ("name", "code", "organization", "principal", "bonus", "spends")
    list_select_related = ("organization", "principal", "bonus")
    ordering = ("organization__path", "code")
    sortable_by = ()
    fields = (("name", "code"), "organization", ("principal", "bonus"), ("spends", "pay_out_limit"))
    formfield_overrides = {models.DecimalField: {"widget": PlainNumber}}

    def get_readonly_fields(self, request, obj=None):
        settled = ("code", "organization", "principal", "bonus") if obj else ()
        return [*super().get_readonly_fields(request, obj), *settled]

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        pay_out = self.admin_site.admin_view(pay_outs.view)
        address = "of/<str:oneid>/<str:code>/pay-out/"
        return [path(address, pay_out, name="members_purse_pay_out"), *super().get_urls()]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kinds = {"principal": Kind.STORED_VALUE_PRINCIPAL, "bonus": Kind.STORED_VALUE_BONUS}
        if db_field.name in kinds:
            around = scopes.around_organization(Book.objects.order_by("name"), reach=reach(request))
            kwargs["queryset"] = around.filter(kind=kinds[db_field.name])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class IssueForm(forms.Form):
    """``key`` is made with the page, so that pressing twice issues one card."""

    key = forms.CharField(max_length=32, widget=forms.HiddenInput)
    book = forms.ModelChoiceField(
        label=_("Book"), queryset=Book.objects.none(), widget=UnfoldAdminSelectWidget
    )
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=4, min_value=0, widget=UnfoldAdminDecimalFieldWidget
    )

    def __init__(self, *given, books, **named):
        super().__init__(*given, **named)
        self.fields["book"].queryset = books


@admin.register(GiftCard)
class GiftCardAdmin(ReadOnlyAdmin):
    """Cards in books of the reader's organization or below it. Their codes are nowhere to be read."""

    list_display = ("number", "shown_state", "worth", "book", "issued_at", "given_at", "activated_at")
    list_select_related = ("book",)
    list_filter = ("state",)
    search_fields = ("number__exact",)
    search_help_text = _("number of the card")
    ordering = ("-id",)
    sortable_by = ()
    list_before_template = "members/gift_cards.html"
    change_form_outer_before_template = "members/gift_card.html"
    fields = (
        ("number", "state"),
        ("worth", "book"),
        ("issued_at", "given_at"),
        ("activated_at", "cancelled_at"),
    )
    readonly_fields = ("worth",)

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach, field="book__organization")

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("issue/", view(self.issue_view), name="members_giftcard_issue"),
            path(
                "<path:object_id>/cancel/",
                view(require_POST(self.cancel_view)),
                name="members_giftcard_cancel",
            ),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        card = self.get_object(request, object_id)
        waits = card is not None and card.state in (GiftCard.State.ISSUED, GiftCard.State.GIVEN)
        left = cards.left(cards=[card], now=timezone.now()).get(card.pk, 0) if card else 0
        about = {"card": card, "left": card and amount(card.book, left),
                 "may_cancel": waits and request.user.has_perm(CHANGE)}  # fmt: skip
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def issue_view(self, request: HttpRequest):
        """GET asks for how much; POST shows the code, once."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        mine = scopes.at_organization(Book.objects.order_by("name"), reach=reach(request))
        books = mine.filter(kind=Kind.GIFT_CARD, closed_at=None)
        first = {"key": secrets.token_hex(16)}
        form = IssueForm(request.POST if request.method == "POST" else None, books=books, initial=first)
        issued = self._issued(request, form) if form.is_valid() else None
        context = {
            **self.admin_site.each_context(request), "title": _("Issue a gift card"), "opts": self.opts,
            "form": form, "issued": issued, "none": not books.exists(),
        }  # fmt: skip
        headers = {"Cache-Control": "no-store"}
        return TemplateResponse(request, "members/gift_card_issue.html", context, headers=headers)

    def _issued(self, request, form):
        given = form.cleaned_data
        issued = asking.asked(
            form, gift_cards.issue, book=given["book"], amount=given["amount"],
            key=f"desk:{request.user.pk}:{given['key']}", by=request.user, now=timezone.now(),
        )  # fmt: skip
        if issued is not None:
            self.log_addition(request, issued.card, [{"added": {}}])
        return issued

    def cancel_view(self, request: HttpRequest, object_id):
        card = self.get_object(request, object_id)
        if card is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        try:
            gift_cards.cancel(
                card=card, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now()
            )
        except (gift_cards.AlreadyActive, amounts.Unfit) as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(request, card, [{"changed": {"fields": ["state"]}}])
            messages.success(request, _("The card %(number)s is cancelled.") % {"number": card.number})
        return redirect("admin:members_giftcard_change", card.pk)

    @display(description=_("state"), label=STATES)
    def shown_state(self, card):
        return card.state, card.get_state_display()

    @display(description=_("amount"))
    def worth(self, card):
        return amount(card.book, card.amount)


PARTS = {"bought": _("bought"), "given": _("given away"), "received": _("received")}


def _cards(member: Member, request) -> dict | None:
    """Of organizations around the reader's."""
    held = cards.of(member=member, now=timezone.now(), reach=reach(request))
    gifts = [(each, GiftCard.State(each.state).label, PARTS[each.part]) for each in held.gift_cards]
    may = request.user.has_perm(pay_outs.PAY_OUT)
    return {"purses": held.purses, "gifts": gifts, "may_pay_out": may} if held.purses or gifts else None


register(Panel(_("Cards"), "members/panels/cards.html", _cards, place="main", position=35, tab="value"))
