"""Programmes with tiers, for tests: silver from 0, gold from 1,000 and black from 5,000 growth."""

import datetime as dt

from members.models import Book, Organization, Plan, Programme, Tier
from tests.members import plans
from tests.members.ledger import purses

LADDER = (("silver", 0), ("gold", 1000), ("black", 5000))
BEGAN = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def club(*, organization: Organization, ladder=LADDER, **policies) -> Programme:
    made = Programme.objects.create(organization=organization, name="Club", **policies)
    for rank, (code, _from) in enumerate(ladder):
        Tier.objects.create(programme=made, code=code, name=code.title(), rank=rank)
    return made


def growth(*, organization: Organization, code: str = "growth") -> Book:
    return purses.book(organization=organization, code=code, kind="growth", unit="growth")


def ruled(
    programme: Programme, *, ladder=LADDER, book: Book | None = None, starts_at: dt.datetime = BEGAN,
    months: int = 0, rules: dict[str, dict] | None = None, **plan,
) -> Plan:  # fmt: skip
    """A version of the long plan whose tiers have these thresholds and last so many months; ``rules``: more of a tier.
    Without ``book`` the thresholds are for the growth that channels state."""
    tiers = [
        {"tier": code, "growth_from": growth, "validity_months": months} | (rules or {}).get(code, {})
        for code, growth in ladder
    ]
    number = programme.plans.count() + 1
    points = purses.book(organization=programme.organization, code=f"points-{programme.pk}-{number}")
    return plans.published(
        programme, tiers=tiers, starts_at=starts_at, rules=[plans.rule(points, 1)], growth_book=book, **plan
    )
