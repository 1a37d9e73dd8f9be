"""Budgets with money in them, for tests."""

import itertools

from campaigns.actions import budgets
from campaigns.models import Budget
from campaigns.queries import budgets as read
from members.models import Book, Organization
from tests import factories
from tests.campaigns.making import staff
from tests.members.ledger import purses

NOW = factories.NOW
MINUTE = purses.DAY / 1440
_numbers = itertools.count(1)


def money(*, organization: Organization) -> Book:
    found = Book.objects.filter(code="budget").first()
    return found or purses.book(code="budget", organization=organization, kind="budget", unit="CNY", scale=2)


def budget(
    *, organization: Organization, parent: Budget | None = None, amount: int = 0, slices: int = 1
) -> Budget:
    """With so many units of money, from outside or from its parent."""
    code = f"budget-{next(_numbers)}"
    book = parent.book if parent else money(organization=organization)
    made = budgets.create(
        organization=organization, code=code, name=code, book=book, owner=staff("owner"), by=staff("owner"),
        now=NOW, parent=parent, slices=slices,
    )  # fmt: skip
    if amount and parent:
        budgets.grant(budget=parent, to=made, amount=amount, key=purses.key(), by=staff("owner"), now=NOW)
    elif amount:
        fund(made, amount)
    return made


def fund(budget: Budget, amount: int) -> None:
    budgets.fund(budget=budget, amount=amount, key=purses.key(), reason="", by=staff("owner"), now=NOW)


def hold(budget: Budget, steps: int, *, key: str = "", offer: str = "ACT-1", organization=None, **more):
    cost = budgets.Cost(budget, offer, steps)
    told = {
        "costs": [cost], "key": key or purses.key(), "until": NOW + 10 * MINUTE, "now": NOW, "cause": "SO-1",
        "organization": organization or budget.organization,
    }  # fmt: skip
    return budgets.hold(**(told | more))


def standing(budget: Budget) -> tuple[int, int, int, int]:
    """Given, reserved, spent, left."""
    found = read.standings(budgets=[budget])[budget.pk]
    return found.given, found.reserved, found.spent, found.left
