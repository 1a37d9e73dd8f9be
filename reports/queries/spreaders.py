"""Who spreads most of his own accord, recruited leaders apart; and whose network is worth most."""

import dataclasses
import datetime as dt

import numpy as np
from django.utils.translation import gettext as _

from members.models import Organization
from reports.queries import people
from reports.queries.selecting import Group
from reports.table import Column, Table
from tags.models_of.network import spreaders
from tags.queries import network
from tags.queries.network import Read

SHOWN = 100
DECAY = 0.5
THRESHOLD = 1_000


@dataclasses.dataclass(frozen=True)
class Spreader:
    """``spread`` and ``value`` as the tags koc and network_value count them; ``key``: carries the tag koc."""

    rank: int
    person: people.Person
    spread: float
    direct: int
    all: int
    opened: int
    value: float
    recruited: bool
    key: bool


# Which value of the tag koc belongs to those who were recruited, and to those who were not.
CARRIED = {True: spreaders.RECRUITED, False: spreaders.HIDDEN}


@dataclasses.dataclass(frozen=True)
class Spreaders:
    """``recruited``: whether only those who were, or were not, are told of."""

    as_of: dt.datetime
    total: int
    key: int
    rows: list[Spreader]
    recruited: bool | None = None

    def groups(self) -> dict[str, Group]:
        """Key opinion consumers, by the tag as it was last computed."""
        value = {} if self.recruited is None else {"value": CARRIED[self.recruited]}
        carried = {"tag": {"tag": "koc", **value}}
        return {"key": Group(_("Key opinion consumers"), self.key, carried)} if self.key else {}

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Rank"), "count"), Column(_("Person")), Column(_("Spread"), "number"), Column(_("Brought himself"), "count"),
            Column(_("Brought in all"), "count"), Column(_("Opened what he shared"), "count"),
            Column(_("Network value"), "money"), Column(_("Recruited")), Column(_("Key opinion consumer")),
        ]  # fmt: skip
        rows = [
            (each.rank, each.person.text, each.spread, each.direct, each.all, each.opened, each.value,
             _("yes") if each.recruited else "", _("yes") if each.key else "")
            for each in self.rows
        ]  # fmt: skip
        note = _(
            "Spread: people he brought count 1, each step further down half as much, different people who opened what he"
            " shared one tenth. Guides and others who bring by profession are not ranked."
        )
        return [Table(_("Spreaders"), columns, rows, self.as_of, notes=[note])]


@dataclasses.dataclass(frozen=True)
class Worth:
    """``total`` customers whose network is worth at least ``threshold``."""

    as_of: dt.datetime
    threshold: int
    total: int
    value: float
    rows: list[Spreader]

    def groups(self) -> dict[str, Group]:
        """Those of the list, by the tag as it was last computed."""
        least = {"tag": {"tag": "network_value", "op": ">=", "value": self.threshold}}
        name = _("Network value of %(least)s and more") % {"least": f"{self.threshold:,}"}
        return {"large": Group(name, self.total, least)} if self.total else {}

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Person")), Column(_("Network value"), "money"), Column(_("Brought himself"), "count"),
            Column(_("Brought in all"), "count"), Column(_("Recruited")),
        ]  # fmt: skip
        rows = [
            (each.person.text, each.value, each.direct, each.all, _("yes") if each.recruited else "")
            for each in self.rows
        ]
        note = _(
            "What the people below him paid, net of returns: whom he brought himself whole, each step further down half as much."
        )
        return [Table(_("Very large network value"), columns, rows, self.as_of, notes=[note])]


def report(*, node: Organization, as_of: dt.datetime, recruited: bool | None = None) -> Spreaders:
    """``recruited``: only those who were (True), who were not (False), or both."""
    read, rule = network.at(node=node, as_of=as_of), spreaders.Koc()
    spread, codes = rule.spread(read.network), rule.chosen(read.network)
    places = spreaders.ranking(read.network, spread, recruited=recruited)
    rows = _rows(read, places[:SHOWN], spread=spread, key=codes != "", node=node)
    return Spreaders(as_of, len(places), int((codes[places] != "").sum()), rows, recruited)


def worth(*, node: Organization, as_of: dt.datetime, threshold: int = THRESHOLD) -> Worth:
    read = network.at(node=node, as_of=as_of)
    value = read.network.value(decay=DECAY)
    chosen = np.flatnonzero(read.network.members & (read.network.forest.direct > 0) & (value >= threshold))
    places = chosen[np.argsort(-value[chosen], kind="stable")]
    rows = _rows(read, places[:SHOWN], spread=value, key=np.zeros(len(value), dtype=bool), node=node)
    return Worth(as_of, threshold, len(places), float(value[places].sum()), rows)


def _rows(
    read: Read, places: np.ndarray, *, spread: np.ndarray, key: np.ndarray, node: Organization
) -> list[Spreader]:
    found, value = read.network, read.network.value(decay=DECAY)
    named = people.of(read, places, node=node)
    return [
        Spreader(
            rank, named[place], round(float(spread[place]), 2), int(found.forest.direct[place]),
            int(found.forest.descendants[place]), int(found.opened[place]), round(float(value[place]), 2),
            bool(found.recruited[place]), bool(key[place]),
        )
        for rank, place in enumerate(places.tolist(), start=1)
    ]  # fmt: skip
