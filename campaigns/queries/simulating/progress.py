"""How far a simulation is."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Sum

from campaigns.models import Simulation


@dataclass(frozen=True)
class Progress:
    """``left``: how long the rest takes at the pace so far; None: not known yet."""

    done: int
    orders: int
    left: dt.timedelta | None

    @property
    def share(self) -> float:
        return self.done / self.orders if self.orders else 0.0


def of(*, simulation: Simulation, now: dt.datetime) -> Progress:
    done = simulation.parts.exclude(done_at=None).aggregate(all=Sum("orders"))["all"] or 0
    orders = max(simulation.orders or 0, done)
    left = None
    if done and simulation.started_at:
        left = (now - simulation.started_at) * (orders - done) / done
    return Progress(done, orders, left)
