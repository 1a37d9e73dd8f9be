"""What is wrong with a data map. Pure: signals in, shares and findings out."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable

LOWER_FUNNEL = 3  # from the purchase on
WANTED_SHARE = 0.5

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclasses.dataclass(frozen=True)
class Signal:
    """One field of the map. `events` arrived ever, `users` are the tags, audiences and reports that read it."""

    touchpoint: str
    name: str
    ecosystem: str
    stage: int
    first_party: bool
    core: bool = False
    events: int = 0
    users: tuple[str, ...] = ()

    @property
    def stored(self) -> bool:
        return self.events > 0


@dataclasses.dataclass(frozen=True)
class Finding:
    level: str
    signal: Signal
    reason: str


def first_party_share(signals: Iterable[Signal]) -> float | None:
    """Share of the map's fields that are stored first-party; None of an empty map. More than half is wanted."""
    flags = [signal.first_party for signal in signals]
    return sum(flags) / len(flags) if flags else None


def is_enough(share: float | None) -> bool:
    return share is not None and share > WANTED_SHARE


def findings(signals: Iterable[Signal]) -> list[Finding]:
    """Errors, then warnings from the latest stage back, then notes.

    core: a core signal that is not first-party. lower_funnel: one from the purchase on that is not. unused: stored,
    and read by no tag, audience or report. missing: a core signal of which nothing has arrived.
    """
    found = [finding for signal in signals for finding in _of(signal)]
    order = (ERROR, WARNING, NOTE)
    return sorted(
        found, key=lambda each: (order.index(each.level), -each.signal.stage, each.signal.touchpoint)
    )


def _of(signal: Signal) -> Iterable[Finding]:
    if signal.core and not signal.first_party:
        yield Finding(ERROR, signal, "core")
    elif signal.stage >= LOWER_FUNNEL and not signal.first_party:
        yield Finding(WARNING, signal, "lower_funnel")
    if signal.core and not signal.stored:
        yield Finding(WARNING, signal, "missing")
    if signal.stored and not signal.users:
        yield Finding(NOTE, signal, "unused")


def coverage(signals: Iterable[Signal]) -> dict[str, float]:
    """{ecosystem: share of its signals that are stored}, the most complete first."""
    flags = defaultdict(list)
    for signal in signals:
        flags[signal.ecosystem].append(signal.stored)
    shares = {ecosystem: sum(stored) / len(stored) for ecosystem, stored in flags.items()}
    return dict(sorted(shares.items(), key=lambda each: (-each[1], each[0])))
