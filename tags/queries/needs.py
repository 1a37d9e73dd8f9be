"""Which facts a tag needs, and which channels deliver them: read from its rules and from the daily look at the facts."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Max

from members.models import Channel, Organization
from tags.conditions import catalogue as names_of
from tags.conditions import parse
from tags.conditions.faults import Fault
from tags.conditions.leaves.tag import HasTag
from tags.models import SignalDelivery, Tag
from tags.models_of import MODELS
from tags.queries import catalogue, definitions

FRESH = dt.timedelta(days=90)


@dataclass(frozen=True)
class Cell:
    """One signal of one channel. ``state``: delivered, stopped (none for 90 days) or missing."""

    channel: Channel
    state: str
    facts: int = 0
    last_at: dt.datetime | None = None


@dataclass(frozen=True)
class Line:
    signal: str
    cells: list[Cell]

    @property
    def delivered(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.state == "delivered"]


def signals(*, tag: Tag, names: names_of.Catalogue | None = None) -> set[str]:
    """What a wish asks for; of other tags what their model, measure and conditions read, and the tags that these name."""
    if tag.source == Tag.Source.IDEAL:
        return set(tag.wanted_signals)
    names = names or catalogue.at(node=tag.organization)
    return _signals(tag, names, {tag.code})


def _signals(tag: Tag, names: names_of.Catalogue, seen: set[str]) -> set[str]:
    found: set[str] = set()
    for part in _parts(tag, names):
        for leaf in definitions.leaves(part):
            others = (
                leaf.needs() if hasattr(leaf, "needs") else {leaf.tag} if isinstance(leaf, HasTag) else ()
            )
            for code in others:
                found |= _of_other(code, names, seen)
            found |= leaf.signals()
    return found | ({"labels"} if tag.source == Tag.Source.STRATEGY else set())


def _of_other(code: str, names: names_of.Catalogue, seen: set[str]) -> set[str]:
    if code in seen:
        return set()
    seen.add(code)
    other = Tag.objects.filter(code=code).first()
    return _signals(other, names, seen) if other else set()


def _parts(tag: Tag, names: names_of.Catalogue) -> list[object]:
    """What of a tag can be read: a rule that is broken asks for nothing."""
    if tag.model:
        return _read(lambda: MODELS[tag.model].parse(tag.parameters)) if tag.model in MODELS else []
    parts = _read(lambda: parse.measure(tag.measure, catalogue=names)) if tag.measure is not None else []
    for condition in (
        tag.values.filter(dropped=False).exclude(condition=None).values_list("condition", flat=True)
    ):
        parts += _read(lambda condition=condition: parse.condition(condition, catalogue=names))
    return parts


def _read(reading: object) -> list[object]:
    try:
        return [reading()]
    except Fault:
        return []


def lines(*, signals: Collection[str], channels: Collection[Channel], now: dt.datetime) -> list[Line]:
    """Each signal with what every channel delivers of it. One query."""
    rows = SignalDelivery.objects.filter(signal__in=signals, channel__in=[each.pk for each in channels])
    told = {(row.channel_id, row.signal): row for row in rows}
    return [
        Line(signal, [_cell(channel, told.get((channel.pk, signal)), now) for channel in channels])
        for signal in sorted(signals)
    ]


def looked_at() -> dt.datetime | None:
    """When the facts were last looked at; None in a new house, of which nothing can be said yet."""
    return SignalDelivery.objects.aggregate(last=Max("looked_at"))["last"]


def _cell(channel: Channel, row: SignalDelivery | None, now: dt.datetime) -> Cell:
    if row is None:
        return Cell(channel, "missing")
    return Cell(channel, "delivered" if row.last_at >= now - FRESH else "stopped", row.facts, row.last_at)


def missing(*, tag: Tag, now: dt.datetime) -> list[str]:
    """Signals that no channel around the tag's node has delivered within 90 days."""
    wanted = signals(tag=tag)
    around = channels_around(node=tag.organization)
    there = SignalDelivery.objects.filter(signal__in=wanted, channel__in=around, last_at__gte=now - FRESH)
    return sorted(wanted - set(there.values_list("signal", flat=True)))


def channels_around(*, node: Organization) -> list[Channel]:
    """Channels of the node, of those below it, and of those that it is part of."""
    every = Channel.objects.select_related("organization").order_by("name")
    return [
        each
        for each in every
        if each.organization.path.startswith(node.path) or node.path.startswith(each.organization.path)
    ]
