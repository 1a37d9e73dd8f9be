"""What one part of a simulation finds."""

import datetime as dt

from campaigns.models import Simulation, SimulationPart
from campaigns.queries.simulating import buyers, sales
from campaigns.queries.simulating.figures import Figures
from campaigns.queries.simulating.pricing import Place, Pricing
from campaigns.queries.simulating.rules import Rules
from members.models import Channel, Organization


class Setting:
    """What all parts of a simulation have in common."""

    def __init__(self, simulation: Simulation) -> None:
        self.rules = Rules(simulation)
        self.asked = buyers.Asked.by(self.rules.every)
        self.places = places()
        self.channels = dict(Channel.objects.values_list("pk", "code"))


def places() -> dict[int, Place]:
    every = {each.pk: each for each in Organization.objects.all()}
    return {
        pk: Place(node, tuple(every[int(id)].code for id in reversed(node.path.strip("/").split("/"))))
        for pk, node in every.items()
    }


class Settings:
    """The settings of simulations that a worker goes on with: read once each."""

    def __init__(self) -> None:
        self._kept: dict[int, Setting] = {}

    def of(self, simulation: Simulation) -> Setting:
        if simulation.pk not in self._kept:
            self._kept[simulation.pk] = Setting(simulation)
        return self._kept[simulation.pk]


def figures(*, part: SimulationPart, setting: Setting, now: dt.datetime) -> dict:
    """The same number of statements, and one an audience, whatever the number of orders."""
    simulation = part.simulation
    rows = sales.of(simulation=simulation, part=part)
    pricing, found = prices(simulation, setting), Figures(setting.rules.own)
    fit = [
        sale
        for sale in rows
        if not (fault := sales.fits(sale, simulation.currency)) or found.leave_out(fault)
    ]
    organizations = {pk: place.organization for pk, place in setting.places.items()}
    known = buyers.of(sales=fit, asked=setting.asked, places=organizations, now=now)
    for sale in fit:
        kind = "guest" if sale.member is None else "new" if known.is_new(sale) else "back"
        found.add(sale, pricing.price(sale, known), tier=known.tier(sale), kind=kind)
    return found.found()


def prices(simulation: Simulation, setting: Setting, *, explain: bool = False) -> Pricing:
    return Pricing(
        simulation=simulation, rules=setting.rules, places=setting.places, channels=setting.channels, explain=explain
    )  # fmt: skip
