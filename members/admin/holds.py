"""Holds: what tills reserved, and how each ended. Read only: a till commits or cancels, or time runs out."""

from django.contrib import admin
from django.db.models import F, Prefetch
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from members.admin.base import ReadOnlyAdmin, ReadOnlyInline, reach
from members.admin.filters import AccountFilter, MemberFilter
from members.admin.ledger import BookFilter, OfAccount, amount, named, signed
from members.models import Hold, Posting
from members.queries import scopes

STATES = {"open": "warning", "committed": "success", "cancelled": "info", "lapsed": "info"}


class HeldBookFilter(BookFilter):
    field = "postings__book"

    def queryset(self, request, queryset):
        return super().queryset(request, queryset).distinct() if self.value() else queryset


class PartInline(ReadOnlyInline, TabularInline):
    model = Posting
    fk_name = "hold"
    hide_title = True
    show_change_link = True
    verbose_name_plural = _("movements")
    fields = readonly_fields = ("book", "verb", "moved", "occurred_at")
    ordering = ("book", "id")

    def get_queryset(self, request):
        every = super().get_queryset(request).select_related("book")
        return scopes.around_organization(every, reach=reach(request), field="book__organization")

    @display(description=_("amount"))
    def moved(self, posting):
        return signed(posting.book, posting.amount)


@admin.register(Hold)
class HoldAdmin(OfAccount, ReadOnlyAdmin):
    """Those that are open come first."""

    list_display = ("made_at", "oneid", "parts", "shown_state", "organization", "until", "ended_at")
    list_select_related = ("account__member", "account__channel", "organization")
    list_filter = ("state", HeldBookFilter, AccountFilter, MemberFilter)
    search_fields = ("key__exact",)
    search_help_text = _("key of the hold, in full")
    ordering = (F("ended_at").desc(nulls_first=True), "-id")
    sortable_by = ()
    inlines = (PartInline,)
    fields = (
        ("masked", "oneid"),
        ("shown_state", "organization"),
        ("made_at", "until"),
        ("ended_at", "writer"),
        "key",
    )
    readonly_fields = ("masked", "oneid", "writer")
    writer = named("by", _("by"))

    def within(self, queryset, *, reach):
        taken = Posting.objects.filter(verb=Posting.Verb.HOLD).select_related("book").order_by("book", "id")
        seen = scopes.around_organization(taken, reach=reach, field="book__organization")
        known = scopes.of_account(queryset, reach=reach)
        return known.prefetch_related(Prefetch("postings", queryset=seen, to_attr="taken"))

    @display(description=_("holds"))
    def parts(self, hold):
        return " + ".join(amount(part.book, -part.amount) for part in hold.taken) or "–"

    @display(description=_("state"), label=STATES)
    def shown_state(self, hold):
        return hold.state, hold.get_state_display()
