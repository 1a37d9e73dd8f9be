"""The ledger, to be read: wallets with their open lots, postings with both sides. Nothing is written by hand."""

import datetime as dt
from collections.abc import Callable

from django.contrib import admin
from django.db.models import F, Q, QuerySet, Sum
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from members import masking
from members.admin import event_words, movements
from members.admin.base import ReadOnlyAdmin, ReadOnlyInline, reach
from members.admin.filters import AccountFilter, MemberFilter, OfferedFilter
from members.admin.member import link
from members.models import Book, Entry, Hold, Lot, LotUse, Posting, Wallet
from members.queries import scopes


def visible(queryset: QuerySet, *, reach, book: str = "book", account: str = "account") -> QuerySet:
    """Of accounts known within reach, in books of nodes around it."""
    known = scopes.of_account(queryset, reach=reach, field=account)
    return scopes.around_organization(known, reach=reach, field=f"{book}__organization")


def amount(book: Book, steps: int) -> str:
    return f"{book.shown(steps):,f} {book.unit}".replace("-", "−")


def signed(book: Book, steps: int) -> str:
    return f"+{amount(book, steps)}" if steps > 0 else amount(book, steps)


class BookFilter(OfferedFilter):
    title = _("book")
    parameter_name = "book"
    field = "book"

    def lookups(self, request, model_admin):
        around = scopes.around_organization(Book.objects.order_by("name"), reach=reach(request))
        return [(book.pk, book.name) for book in around]

    def queryset(self, request, queryset):
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class HolderFilter(OfferedFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request, model_admin):
        return [("customers", _("customers'")), ("nobody", _("nobody's yet"))]

    def queryset(self, request, queryset):
        match self.value():
            case "customers":
                return queryset.filter(pot="")
            case "nobody":
                return queryset.exclude(pot="")
        return queryset


def named(field: str, description) -> Callable:
    """A member of staff as text: not everybody who reads a page may open that of its writer."""

    @display(description=description)
    def show(self, row):
        return str(getattr(row, field) or "–")

    return show


class OfAccount:
    @display(description=_("member"))
    def oneid(self, row):
        return link(row.account.member) if row.account else "–"

    @display(description=_("account"))
    def masked(self, row):
        return (
            f"{row.account.channel.name} {masking.identifier(row.account.external_id)}"
            if row.account
            else "–"
        )


class LotInline(ReadOnlyInline, TabularInline):
    model = Lot
    hide_title = True
    verbose_name_plural = _("open lots")
    fields = readonly_fields = ("posted", "brought", "left", "available_from", "until")
    ordering = (F("expires_at").asc(nulls_last=True), "id")

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(remaining=0).select_related("wallet__book", "posting")

    @display(description=_("posting"))
    def posted(self, lot):
        return _posting_link(lot.posting)

    @display(description=_("amount"))
    def brought(self, lot):
        return amount(lot.wallet.book, lot.amount)

    @display(description=_("left"))
    def left(self, lot):
        return amount(lot.wallet.book, lot.remaining)

    @display(description=_("last day"))
    def until(self, lot):
        return _last_day(lot)


@admin.register(Wallet)
class WalletAdmin(OfAccount, ReadOnlyAdmin):
    """Wallets of accounts, and the pots of books of the reader's organization or below it: value that is nobody's yet.
    Those by which value comes and goes keep no balance and are not listed."""

    list_display = ("whose", "oneid", "book", "holds")
    list_select_related = ("book", "account__member", "account__channel", "gift_card")
    list_filter = (BookFilter, HolderFilter, AccountFilter, MemberFilter)
    ordering = ("-id",)
    sortable_by = ()
    inlines = (LotInline,)
    fields = (("whose", "oneid"), ("book", "holds"), "held")
    readonly_fields = ("whose", "oneid", "holds", "held")

    def within(self, queryset, *, reach):
        kept = queryset.filter(role="")
        pots = scopes.at_organization(kept.exclude(pot=""), reach=reach, field="book__organization")
        return visible(kept, reach=reach) | pots

    @display(description=_("whose"))
    def whose(self, wallet):
        if wallet.account:
            return self.masked(wallet)
        card = getattr(wallet, "gift_card", None)
        return (
            _("nobody's yet: gift card %(number)s") % {"number": card.number} if card else _("nobody's yet")
        )

    @display(description=_("balance"))
    def holds(self, wallet):
        return amount(wallet.book, wallet.balance)

    @display(description=_("held besides"))
    def held(self, wallet):
        """Of holds that are open: it has left the balance."""
        taken = wallet.entries.filter(posting__verb="hold", posting__hold__state=Hold.State.OPEN)
        return amount(wallet.book, -(taken.aggregate(sum=Sum("amount"))["sum"] or 0))


class EntryInline(ReadOnlyInline, TabularInline):
    model = Entry
    hide_title = True
    fields = readonly_fields = ("whose", "moved")
    ordering = ("id",)

    def get_queryset(self, request):
        every = super().get_queryset(request)
        known = scopes.of_account(every, reach=reach(request), field="wallet__account")
        seen = every.filter(Q(wallet__account=None) | Q(pk__in=known.values("pk")))
        return seen.select_related("wallet__book", "wallet__account__channel")

    @display(description=_("wallet"))
    def whose(self, entry):
        account = entry.wallet.account
        if account is None:
            return _("the house: %(role)s") % {"role": entry.wallet.get_role_display()}
        return f"{account.channel.name} {masking.identifier(account.external_id)}"

    @display(description=_("amount"))
    def moved(self, entry):
        return amount(entry.wallet.book, entry.amount)


class LotUseInline(ReadOnlyInline, TabularInline):
    model = LotUse
    hide_title = True
    verbose_name_plural = _("taken from lots")
    fields = readonly_fields = ("earned", "until", "taken")
    ordering = ("id",)

    def get_queryset(self, request):
        every = super().get_queryset(request)
        known = scopes.of_account(every, reach=reach(request), field="lot__wallet__account")
        return known.select_related("lot__posting", "lot__wallet__book")

    @display(description=_("earned by"))
    def earned(self, use):
        return _posting_link(use.lot.posting)

    @display(description=_("last day"))
    def until(self, use):
        return _last_day(use.lot)

    @display(description=_("amount"))
    def taken(self, use):
        return amount(use.lot.wallet.book, use.amount)


@admin.register(Posting)
class PostingAdmin(OfAccount, ReadOnlyAdmin):
    list_display = ("id", "occurred_at", "book", "done", "gained", "oneid", "order_key", "by", "why")
    list_select_related = ("book", "account__member", "account__channel", "by", "plan", "hold")
    list_filter = (BookFilter, "verb", AccountFilter, MemberFilter)
    ordering = ("-id",)
    sortable_by = ()
    inlines = (EntryInline, LotUseInline)
    fields = (
        ("masked", "oneid"), ("book", "verb"), ("gained", "not_recovered"), ("occurred_at", "recorded_at"),
        ("order_key", "corrected"), ("plan", "hold"), ("writer", "why"), "key",
    )  # fmt: skip
    readonly_fields = ("masked", "oneid", "gained", "not_recovered", "corrected", "writer", "why")
    writer = named("by", _("by"))

    def get_list_display(self, request):
        return [_why() if name == "why" else name for name in super().get_list_display(request)]

    def get_inlines(self, request, obj=None):
        return (EntryInline, LotUseInline) if obj and obj.uses.exists() else (EntryInline,)

    def get_urls(self):
        page = self.admin_site.admin_view(movements.page)
        return [path("of/<str:key>/<int:book>/", page, name="members_posting_movements"), *super().get_urls()]

    def within(self, queryset, *, reach):
        return visible(queryset, reach=reach)

    @display(
        description=_("what"),
        label={
            "earn": "success",
            "spend": "info",
            "reverse": "warning",
            "expire": "danger",
            "adjust": "primary",
            "transfer": "info",
            "hold": "warning",
            "commit": "info",
            "release": "success",
            "convert": "primary",
            "open": "success",
            "pay_out": "danger",
        },
    )
    def done(self, posting):
        return posting.verb, posting.get_verb_display()

    @display(description=_("amount"))
    def gained(self, posting):
        return amount(posting.book, posting.amount)

    @display(description=_("not recovered"))
    def not_recovered(self, posting):
        return amount(posting.book, posting.short) if posting.short else "–"

    @display(description=_("corrects"))
    def corrected(self, posting):
        return _posting_link(posting.corrects) if posting.corrects else "–"

    @display(description=_("reason"))
    def why(self, posting):
        return _why()(posting)


def _why() -> Callable:
    """What staff gave as their reason, or the action that it was earned for; the titles are read once a page."""
    naming = event_words.Naming()

    @display(description=_("reason"))
    def why(posting):
        return naming.get(posting.reason) if posting.is_for_an_action else posting.reason or "–"

    return why


def _last_day(lot):
    """Of a lot: it is gone as the next day begins."""
    return date_format(timezone.localtime(lot.expires_at) - dt.timedelta(days=1)) if lot.expires_at else "–"


def _posting_link(posting):
    url = reverse("admin:members_posting_change", args=[posting.pk])
    return format_html('<a href="{}">{} {}</a>', url, posting.get_verb_display(), posting.pk)
