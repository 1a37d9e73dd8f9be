"""What the figures of a simulation say: who gains, when budgets would be empty, which caps would have been reached."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from campaigns.models import Budget, BudgetShare, Simulation
from campaigns.offers import reading
from campaigns.offers.offer import Offer
from campaigns.queries import budgets

NOTHING = {"times": 0, "days": {}, "places": {}}  # of an offer, where no order came by
WHOLE, TENTHS = 10_000, 10


@dataclass(frozen=True)
class Tenth:
    """A tenth of the members who bought, by what they paid in all. Minor units."""

    members: int
    paid: int
    more: int


@dataclass(frozen=True)
class Burn:
    """What a budget would have paid up to each day. ``left``: what it has now; ``empty``: the day on which that is gone."""

    budget: Budget
    left: int
    days: tuple[tuple[dt.date, int], ...]

    @property
    def cost(self) -> int:
        return self.days[-1][1] if self.days else 0

    @property
    def empty(self) -> dt.date | None:
        return next((day for day, cost in self.days if cost > self.left), None)


@dataclass(frozen=True)
class Reached:
    """A cap of an offer over several sales that more orders would have reached: ``scope`` campaign, day or store; ``places``: on
    how many days or in how many stores; ``beyond``: times that would not have been given."""

    offer: str
    scope: str
    most: int
    places: int
    beyond: int


def draft(simulation: Simulation) -> list[Offer]:
    return [reading.from_builtins(each, Offer) for each in simulation.draft]


def offers(simulation: Simulation) -> dict[str, Offer]:
    """By code, those of the draft and those beside it. Of the version that it takes the place of: what the draft says."""
    beside = (reading.from_builtins(each["offer"], Offer) for each in simulation.others)
    return {offer.code: offer for offer in (*beside, *draft(simulation))}


def tenths(spending: dict[str, list[int]]) -> list[Tenth]:
    """Those who paid most first. Of members who paid nearly the same (a sixteenth apart) each counts with their mean."""
    groups = [spending[key] for key in sorted(spending, key=int, reverse=True)]
    whole = sum(members for members, _paid, _more in groups)
    ends = [whole * number // TENTHS for number in range(1, TENTHS + 1)]
    curve = _curve(groups)
    found, before = [], (0, 0, 0)
    for end in ends:
        upto = curve(end)
        members, paid, more = (now - then for now, then in zip(upto, before, strict=True))
        found.append(Tenth(members, paid, more))
        before = upto
    return found


def _curve(groups: list[list[int]]):
    """(members, paid, more) of so many members from the first on."""

    def upto(count: int) -> tuple[int, int, int]:
        paid = more = 0
        left = count
        for members, group_paid, group_more in groups:
            taken = min(left, members)
            paid += group_paid * taken // members
            more += group_more * taken // members
            left -= taken
        return count, paid, more

    return upto


def burns(simulation: Simulation) -> list[Burn]:
    """Of each budget that pays for the draft's offers, as its shares and its money are now."""
    shares = BudgetShare.objects.filter(offer__version=simulation.version)
    paid: dict[Budget, list[tuple[str, int]]] = {}
    for share in shares.select_related("budget__book", "offer__version__activity").order_by("budget_id"):
        paid.setdefault(share.budget, []).append((share.offer.code, share.basis_points))
    pots = budgets.wallets(budgets=paid)
    own = simulation.found["own"]
    return [
        Burn(budget, sum(pots[budget.pk].values()), tuple(_paid(simulation, own, parts)))
        for budget, parts in paid.items()
    ]


def _paid(simulation: Simulation, own: dict, parts: list[tuple[str, int]]) -> Iterator[tuple[dt.date, int]]:
    days = list(calendar(simulation))
    costs = [
        sum(
            own.get(code, {}).get("days", {}).get(day.isoformat(), (0, 0))[1] * points
            for code, points in parts
        )
        for day in days
    ]
    return zip(days, (cost // WHOLE for cost in accumulate(costs)), strict=True)


def calendar(simulation: Simulation) -> Iterator[dt.date]:
    for number in range((simulation.until - simulation.since).days):
        yield simulation.since + dt.timedelta(days=number)


def reached(simulation: Simulation) -> list[Reached]:
    """Caps over several sales, which the replay does not hold back by."""
    found = []
    for offer in draft(simulation):
        told, limits = simulation.found["own"].get(offer.code, NOTHING), offer.limits
        times = {
            "campaign": (limits.per_campaign, [told["times"]]),
            "day": (limits.per_day, [row[0] for row in told["days"].values()]),
            "store": (limits.per_store, [row[0] for row in told["places"].values()]),
        }
        for scope, (most, counts) in times.items():
            over = [count - most for count in counts if most and count > most]
            if over:
                found.append(Reached(offer.code, scope, most, len(over), sum(over)))
    return found


def unknown(simulation: Simulation) -> dict[str, bool]:
    """What offers ask for that past orders do not tell: brands, regions, what customers would have chosen."""
    every = list(offers(simulation).values())
    own = draft(simulation)
    return {
        "brands": any(offer.trigger.goods.brands or offer.trigger.goods.except_brands for offer in every),
        "regions": any(offer.trigger.regions for offer in every),
        "exchanges": any(offer.execution == "exchange" for offer in own),
        "coupons": any(offer.trigger.coupon for offer in own),
        "people": any(offer.trigger.tags or offer.trigger.audiences for offer in every),
    }
