"""Channels that state points and growth of their members, and rules that take them over."""

from decimal import Decimal

from members.actions import opening_rules, openings
from members.models import Account, Channel, Conversion, OpeningRule, Programme
from tests.identity import company
from tests.identity.company import NOW
from tests.members.ledger.purses import available, book, faults

PHONE = "+8613900139000"


def house() -> dict:
    """The company of `company.build` with a club, points and growth of brand b1."""
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    points = book(organization=nodes["b1"])
    growth = book(organization=nodes["b1"], code="growth", kind="growth", unit="growth")
    return {**nodes, "club": club, "points": points, "growth": growth}


def rule(house: dict, channel: str = "app", rate="1", **more) -> OpeningRule:
    """A draft."""
    given = {"points_book": house["points"], "points_rate": Decimal(rate), "state": "draft"} | more
    return OpeningRule.objects.create(
        programme=house["club"], channel=Channel.objects.get(code=channel), **given
    )


def begun(house: dict, channel: str = "app", rate="1", *, now=NOW, **more) -> OpeningRule:
    made = opening_rules.begin(rule=rule(house, channel, rate, **more), now=now)
    look(now=now)
    return made


def look(now=NOW, batch=opening_rules.BATCH) -> None:
    while opening_rules.go_on(now=now, batch=batch):
        pass


def stated(account: str, *, channel="app", on=0, organization="b1", phone=None, **said) -> dict:
    membership = {"organization": organization, **said}
    return company.account(account, channel=channel, on=on, phone=phone, membership=membership)


def follow(now=NOW) -> None:
    while openings.follow(now=now):
        pass


def holder(external_id: str) -> Account:
    return Account.everything.get(external_id=external_id)


def has(house: dict, external_id: str, *, at=NOW, of="points") -> Decimal:
    """What the person of this account can spend, when all has been taken over and adds up."""
    follow(at)
    assert faults() == []
    return available(holder(external_id), house[of], at=at)


def postings() -> list[tuple]:
    """What was taken over and back: verb, steps, what was short, and what was asked, at which rate, less what."""
    moved = Conversion.objects.exclude(opening=None).order_by("posting")
    shown = ("posting__verb", "posting__amount", "posting__short", "asked", "rate", "lost")
    return list(moved.values_list(*shown))
