"""Budgets as the tree they are: what each was granted, holds for tills, has spent and has left; granted down and taken back."""

import json
import secrets
from decimal import Decimal

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.actions import budgets
from campaigns.admin import units
from campaigns.admin.offer_fields import count, text
from campaigns.models import Budget, BudgetMove
from campaigns.queries import budgets as read
from campaigns.queries import burning
from members.actions import points, postings
from members.admin.base import ScopedAdmin, choices, number, reach
from members.admin.decimals import plain
from members.ledger import amounts
from members.models import Book, Organization
from members.queries import scopes

MOVE = "campaigns.move_budget"
MOVES = 30
DONE = {"fund": _("put in"), "grant": _("granted on"), "take-back": _("given back")}
REFUSALS = (budgets.NotInTheTree, points.NotEnough, points.Closed, amounts.Unfit, postings.KeyReused)


class BudgetForm(forms.Form):
    name = text(_("Name"), max_length=100)
    code = text(_("Code"), max_length=48, help_text=_("Letters, digits and hyphens."))
    organization = forms.ModelChoiceField(
        label=_("Of"), queryset=Organization.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    parent = forms.ModelChoiceField(
        label=_("Part of the budget"), queryset=Budget.objects.none(), required=False, widget=UnfoldAdminSelectWidget,
        empty_label=_("none: it is at the top"),
    )  # fmt: skip
    book = forms.ModelChoiceField(
        label=_("Counted in"), queryset=Book.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    slices = count(
        _("Slices"),
        initial=1,
        max_value=64,
        required=True,
        help_text=_("More than 1 only for a very busy one."),
    )

    def clean(self) -> dict:
        given = super().clean()
        parent, node, book = given.get("parent"), given.get("organization"), given.get("book")
        if parent and node and not node.path.startswith(parent.organization.path):
            self.add_error("parent", _("That budget belongs to an organization which is not above this one."))
        if parent and book and parent.book_id != book.pk:
            self.add_error("book", _("The budget above counts in “%s”.") % parent.book)
        if given.get("code") and Budget.objects.filter(code=given["code"]).exists():
            self.add_error("code", _("There is a budget of this code already."))
        return given


class MoveForm(forms.Form):
    """``key`` is made with the page, so that pressing twice moves once."""

    key = forms.CharField(max_length=32)
    amount = forms.DecimalField(max_digits=18, decimal_places=4, min_value=Decimal("0.0001"))
    reason = forms.CharField(max_length=300, required=False)
    to = forms.IntegerField(required=False)


@admin.register(Budget)
class BudgetAdmin(ScopedAdmin):
    change_list_template = "campaigns/budgets.html"

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        move = self.admin_site.admin_view(require_POST(self.move_view))
        return [path("<int:pk>/move/<slug:verb>/", move, name="campaigns_budget_move"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        every = list(
            self.get_queryset(request).select_related("organization", "book", "owner").order_by("name")
        )
        rows = _rows(_tree(every))
        told = {"title": _("Budgets"), "rows": rows, "may_add": self.has_add_permission(request)}
        return super().changelist_view(request, told)

    def add_view(self, request: HttpRequest, form_url="", extra_context=None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BudgetForm(request.POST or None, initial=self._above(request))
        around = scopes.around_organization(Book.objects.filter(kind=Book.Kind.BUDGET), reach=reach(request))
        form.fields["book"].queryset = around.order_by("name")
        form.fields["organization"].queryset = choices(Organization, request)
        form.fields["parent"].queryset = (
            self.get_queryset(request).select_related("organization").order_by("name")
        )
        if form.is_valid() and (made := self._made(request, form)):
            self.log_addition(request, made, [{"added": {}}])
            messages.success(request, _("“%s” is there, with nothing in it yet.") % made)
            return redirect(_page_of(made))
        return self._page(request, "budget_new", _("New budget"), form=form, none=not around.exists())

    def _above(self, request) -> dict:
        """A budget to be part of, if the address names one."""
        found = self.get_queryset(request).filter(pk=number(request.GET.get("parent"))).first()
        return (
            {"parent": found, "book": found.book_id, "organization": found.organization_id} if found else {}
        )

    def _made(self, request, form) -> Budget | None:
        given = {"owner": request.user, "by": request.user, "now": timezone.now()}
        try:
            return budgets.create(**form.cleaned_data, **given)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
            return None

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None) -> HttpResponse:
        budget = self._budget(request, number(object_id))
        children = list(
            self.get_queryset(request)
            .filter(parent=budget)
            .select_related("organization", "book")
            .order_by("name")
        )
        told = {
            "budget": budget, "row": _rows([(budget, 0)])[0], "children": _rows([(child, 0) for child in children]),
            "chart": _chart(budget), "key": secrets.token_hex(16), "may_move": request.user.has_perm(MOVE),
            "may_take_back": budget.parent_id and self.get_queryset(request).filter(pk=budget.parent_id).exists(),
            "shares": [
                (each, units.percent(each.basis_points))
                for each in budget.shares.select_related("offer__version__activity", "template").order_by("-pk")[:50]
            ],
            "moves": self._moves(request, budget), "may_add": self.has_add_permission(request),
        }  # fmt: skip
        return self._page(request, "budget", budget.name, **told)

    def _moves(self, request, budget: Budget) -> list[dict]:
        """The latest: into it, out of it; the other side is named where the reader sees it."""
        rows = BudgetMove.objects.filter(Q(budget=budget) | Q(source=budget)).order_by("-posting_id")
        rows = list(rows.select_related("posting__by", "source", "budget")[:MOVES])
        ids = {each.source_id for each in rows} | {each.budget_id for each in rows}
        seen = set(self.get_queryset(request).filter(pk__in=ids - {None}).values_list("pk", flat=True))
        return [_moved(each, budget, seen) for each in rows]

    def move_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Money put in, granted to one right below, or taken back: within the reader's reach at both ends."""
        budget = self._budget(request, pk)
        if not request.user.has_perm(MOVE) or verb not in ("fund", "grant", "take-back"):
            raise PermissionDenied
        form = MoveForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Give an amount above zero."))
            return redirect(_page_of(budget))
        try:
            self._move(request, budget, verb, form.cleaned_data)
        except REFUSALS as refused:
            messages.error(request, str(refused))
        else:
            told = {"verb": DONE[verb], "amount": f"{plain(form.cleaned_data['amount'])} {budget.book.unit}"}
            self.log_change(request, budget, str(_("%(verb)s: %(amount)s") % told))
            messages.success(request, _("The money is moved."))
        return redirect(_page_of(budget))

    def _move(self, request, budget, verb: str, given: dict) -> None:
        told = {
            "budget": budget, "amount": given["amount"], "reason": given["reason"], "by": request.user,
            "key": f"desk:{request.user.pk}:{given['key']}", "now": timezone.now(),
        }  # fmt: skip
        if verb == "fund":
            budgets.fund(**told)
        elif verb == "grant":
            budgets.grant(**told, to=self._budget(request, given["to"] or 0))
        else:
            self._budget(request, budget.parent_id or 0)
            budgets.take_back(**told)

    def _budget(self, request, pk: int) -> Budget:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("organization", "book", "parent", "owner")
        if (found := rows.filter(pk=pk).first()) is None:
            raise Http404
        return found

    def _page(self, request, name: str, title, **more) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **more}
        return TemplateResponse(request, f"campaigns/{name}.html", context)


def _tree(every: list[Budget]) -> list[tuple[Budget, int]]:
    """(budget, depth): each below the one above it; at the top those whose parent is not seen."""
    ids = {budget.pk for budget in every}
    below: dict[int | None, list[Budget]] = {}
    for budget in every:
        below.setdefault(budget.parent_id if budget.parent_id in ids else None, []).append(budget)
    found, waiting = [], [(budget, 0) for budget in reversed(below.get(None, []))]
    while waiting:
        budget, depth = waiting.pop()
        found.append((budget, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(budget.pk, []))]
    return found


def _rows(tree: list[tuple[Budget, int]]) -> list[dict]:
    standings = read.standings(budgets=[budget for budget, _depth in tree])
    return [_row(budget, depth, standings[budget.pk]) for budget, depth in tree]


def _row(budget: Budget, depth: int, standing: read.Standing) -> dict:
    whole = max(standing.given, 1)
    numbers = ("given", "reserved", "spent", "left")
    return {
        "budget": budget,
        "indent": f"{depth * 1.4 + 1.25:.2f}rem",
        **{name: money(budget.book, getattr(standing, name)) for name in numbers},
        "parts": [
            (100 * standing.spent / whole, "var(--color-primary-600)"),
            (100 * standing.reserved / whole, "#fbbf24"),
        ],
        "low": bool(standing.given) and standing.left * 10 < standing.given,
    }


def _moved(move: BudgetMove, budget: Budget, seen: set[int]) -> dict:
    into = move.budget_id == budget.pk
    other = move.source if into else move.budget
    amount = money(budget.book, move.steps)
    return {
        "move": move, "into": into, "amount": f"+{amount}" if into else f"−{amount}", "other": other,
        "linked": other is not None and other.pk in seen,
    }  # fmt: skip


def money(book: Book, steps: int) -> str:
    return f"{plain(book.shown(steps), least=book.scale)} {book.unit}"


def _chart(budget: Budget) -> dict:
    days = burning.of(budget=budget, now=timezone.now())
    left = [float(budget.book.shown(steps)) for _day, steps in days]
    line = {
        "label": str(_("left")), "data": left, "borderColor": "var(--color-primary-600)", "borderWidth": 2,
        "pointRadius": 0, "stepped": True,
    }  # fmt: skip
    options = {
        "maintainAspectRatio": False, "plugins": {"legend": {"display": False}}, "scales": {"y": {"beginAtZero": True}},
    }  # fmt: skip
    labels = [date_format(day, "j M") for day, _steps in days]
    config = {"type": "line", "data": {"labels": labels, "datasets": [line]}, "options": options}
    return {"title": _("What was left, day by day"), "config": json.dumps(config)}


def _page_of(budget: Budget) -> str:
    return reverse("admin:campaigns_budget_change", args=[budget.pk])
