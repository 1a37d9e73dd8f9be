"""Programmes with tiers, for tests: silver from 0, gold from 1,000 and black from 5,000 growth."""

import datetime as dt
from zoneinfo import ZoneInfo

from members.models import Account, Book, Member, Organization, Plan, Programme, Tier, TierGrant
from members.queries import standings
from tests import factories
from tests.members import plans
from tests.members.ledger import purses

ZONE = ZoneInfo("Asia/Shanghai")

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


def at(text: str) -> dt.datetime:
    """A day, or an instant, as the company's clocks show it."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def earn(account: Account, amount: int, day: str, **more):
    return purses.earn(account, Book.objects.get(code="growth"), amount, at=at(day), **more)


def stands(account: Account, *, on: str) -> standings.Standing:
    (found,) = standings.of(members=[Member.objects.get(accounts=account).pk], at=at(on))
    return found


def told(account: Account, club: Programme) -> list[tuple[str, str, str]]:
    """The log of the person: why, from which tier, to which."""
    member = Member.objects.get(accounts=account)
    return [(each.reason, each.before, each.after) for each in standings.log(member=member, programme=club)]


def fact(
    programme: Programme,
    *accounts: Account,
    tier: str,
    day: str,
    reason: str = "reached",
    until: str | None = None,
) -> TierGrant:
    """A grant about these accounts, as it would stand in the database."""
    by, note = (factories.staff(), "because") if reason == "by_hand" else (None, "")
    return TierGrant.objects.create(
        key=purses.key(), programme=programme, account=accounts[0], basis=sorted({each.pk for each in accounts}),
        tier=programme.tiers.filter(code=tier).first(), reason=reason, from_at=at(day), recorded_at=at(day), by=by,
        note=note, valid_until=until and at(until),
    )  # fmt: skip
