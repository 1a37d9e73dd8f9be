"""The page of one member's movements in one book: what an auditor reads, and what is read to the customer."""

import datetime as dt

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold import widgets

from members.admin import event_words, finding, whom
from members.admin.base import reach
from members.models import Book, Member, Posting
from members.queries import balances, movements, scopes

PERMISSION = "members.view_posting"
SHOWN = 50
VERBS = dict(Posting.Verb.choices)


class DayForm(forms.Form):
    """As of the end of which day the balance is asked, in the company's time zone."""

    on = forms.DateField(label=_("At the end of"), widget=widgets.UnfoldAdminDateWidget)


def page(request: HttpRequest, key: str, book: int):
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    member = finding.current(key=key)
    if member is None or not scopes.members(reach=reach(request)).filter(pk=member.pk).exists():
        raise Http404
    if key != member.oneid:
        return redirect("admin:members_posting_movements", member.oneid, book)
    around = scopes.around_organization(Book.objects.select_related("organization"), reach=reach(request))
    if (shown := around.filter(pk=book).first()) is None:
        raise Http404
    rows = movements.of(member=member, book=shown, limit=SHOWN + 1, before=_number(request.GET.get("before")))
    context = {
        **admin.site.each_context(request),
        "title": _("Movements"),
        "member": member,
        "name": whom.heading(member),
        "book": shown,
        "rows": _seen(request, member, rows[:SHOWN]),
        "more": rows[SHOWN - 1].posting if len(rows) > SHOWN else None,
        **_as_of(request, member, shown),
    }
    return TemplateResponse(request, "members/movements.html", context)


def _seen(request, member, rows):
    """Of accounts beyond the reader's reach he sees that and how the balance moved: it is the balance he can spend."""
    within = scopes.of_account(member.accounts.all(), reach=reach(request), field="pk")
    known = set(within.values_list("pk", flat=True))
    naming = event_words.Naming()
    return [
        {
            "movement": row, "verb": VERBS[row.verb], "known": row.account in known or row.account is None,
            "cause": ", ".join(filter(None, (row.cause, row.event and naming.get(row.event)))),
        }
        for row in rows
    ]  # fmt: skip


def _as_of(request, member: Member, book: Book) -> dict:
    """The balance at the end of the day asked for: as it is known today, and as it was known then."""
    form = DayForm(request.GET if "on" in request.GET else None)
    if not form.is_valid():
        return {"form": form}
    end = dt.datetime.combine(
        form.cleaned_data["on"] + dt.timedelta(days=1), dt.time.min, timezone.get_default_timezone()
    ) - dt.timedelta(microseconds=1)
    today = _booked(balances.as_of(members=[member.pk], at=end), book)
    then = _booked(balances.as_of(members=[member.pk], at=end, known_at=end), book)
    return {"form": form, "on": form.cleaned_data["on"], "booked": today, "known_then": then}


def _booked(found, book):
    return next((each.booked for each in found if each.book == book.pk), 0)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
