"""Books: their settings, and how each stands."""

from django.contrib import admin
from django.db import models
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.actions import books
from members.admin.base import AroundAdmin, reach
from members.admin.decimals import PlainNumber
from members.admin.ledger import amount
from members.models import Book, Hold, Wallet
from members.queries import scopes

FIXED = ("organization", "code", "kind", "unit", "scale")


@admin.register(Book)
class BookAdmin(AroundAdmin):
    """What a book counts is settled when it is made; for how long what is earned lasts may change."""

    list_display = ("name", "code", "organization", "kind", "unit", "lasts")
    list_select_related = ("organization",)
    ordering = ("organization__path", "code")
    sortable_by = ()
    formfield_overrides = {models.DecimalField: {"widget": PlainNumber}}
    change_form_outer_before_template = "members/value/book.html"
    fields = (
        ("name", "organization"), ("code", "kind"), ("unit", "scale"), ("expiry", "expiry_months"),
        ("pending_days", "waits_from"), ("grace_days", "below_zero"), ("worth", "adjust_limit"), "closed_at",
    )  # fmt: skip

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(FIXED if obj else ())]

    def has_delete_permission(self, request, obj=None):
        return False

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        book = self.get_object(request, object_id)
        about = _standing(request, book) if book else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            books.complete(book=obj)

    @display(description=_("expires"))
    def lasts(self, book):
        months = _("%(count)s months") % {"count": book.expiry_months} if book.expiry_months else ""
        return f"{book.get_expiry_display()} {f'({months})' if months else ''}"


def _standing(request, book: Book) -> dict:
    """What lies in pots and holds of a book of the reader's organization or below; of others he reads the settings."""
    mine = scopes.at_organization(Book.objects.filter(pk=book.pk), reach=reach(request)).exists()
    if not mine:
        return {"book": book}
    pots = Wallet.objects.filter(book=book, balance__gt=0).exclude(pot="")
    inside = pots.aggregate(count=Count("pk"), sum=Sum("balance", default=0))
    holds = Hold.objects.filter(state=Hold.State.OPEN, postings__book=book, postings__verb="hold")
    held = holds.aggregate(count=Count("pk"), sum=-Sum("postings__amount", default=0))
    return {
        "book": book, "mine": True, "pots": inside["count"], "in_pots": amount(book, inside["sum"]),
        "open": held["count"], "held": amount(book, held["sum"]),
    }  # fmt: skip
