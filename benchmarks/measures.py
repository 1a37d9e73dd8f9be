"""One line of the benchmark's table."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measure:
    """`ours` against `limit`; where the limit is a ratio, `yardstick` is what the same server needs at best."""

    what: str
    ours: float
    unit: str
    limit: float | None
    yardstick: float | None = None
    at_most: bool = True

    @property
    def ratio(self) -> float | None:
        return self.ours / self.yardstick if self.yardstick else None

    @property
    def ok(self) -> bool:
        if self.limit is None:
            return True
        measured = self.ours if self.ratio is None else self.ratio
        return measured <= self.limit if self.at_most else measured >= self.limit

    def row(self) -> dict:
        return asdict(self) | {"ratio": self.ratio, "ok": self.ok}


def at_most(what: str, ours: float, unit: str, limit: float) -> Measure:
    return Measure(what=what, ours=ours, unit=unit, limit=limit)


def at_least(what: str, ours: float, unit: str, limit: float) -> Measure:
    return Measure(what=what, ours=ours, unit=unit, limit=limit, at_most=False)


def times_at_most(what: str, ours: float, unit: str, limit: float, *, yardstick: float) -> Measure:
    return Measure(what=what, ours=ours, unit=unit, limit=limit, yardstick=yardstick)


def times_at_least(what: str, ours: float, unit: str, limit: float, *, yardstick: float) -> Measure:
    return Measure(what=what, ours=ours, unit=unit, limit=limit, yardstick=yardstick, at_most=False)


def shown(what: str, ours: float, unit: str) -> Measure:
    return Measure(what=what, ours=ours, unit=unit, limit=None)


def times(what: str, ours: float, unit: str, *, yardstick: float) -> Measure:
    """A ratio to be read, without a limit."""
    return Measure(what=what, ours=ours, unit=unit, limit=None, yardstick=yardstick)
