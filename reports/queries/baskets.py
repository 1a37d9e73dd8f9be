"""Market baskets: which articles are bought together, in any number up to four, with support, confidence and lift.

Frequent sets level by level: a set can be frequent only if every part of it is (Agrawal and Srikant, "Fast algorithms for
mining association rules", 1994). The baskets of each article are a compressed bitmap (Roaring), so those of a set are the
intersection of two, counted without looking at baskets one by one (Zaki, "Scalable algorithms for association mining", 2000).
"""

import dataclasses
import datetime as dt
import itertools
import math
from collections.abc import Iterator, Mapping

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _
from pyroaring import BitMap

from members.models import Organization
from reports.table import Column, Table
from tags.conditions.sql import build
from tags.queries import columns

SUPPORT, CONFIDENCE, LONGEST, SHOWN = 0.006, 0.25, 4, 200
FEWEST = 3  # baskets, whatever the support

# Which orders: paid or completed, no rewards, of the node and below, since the start. An article counts once a basket.
BASKETS = """
SELECT DISTINCT l.order_id, l.sku FROM members_orderline l JOIN members_order o ON o.id = l.order_id
JOIN members_organization n ON n.id = o.organization_id
WHERE o.status IN ('paid', 'completed') AND NOT o.reward AND o.occurred_at >= {start} AND o.occurred_at <= {until}
  AND n.path LIKE {path} AND l.sku <> ''"""

COUNTED = "SELECT sku, count(*), (SELECT count(DISTINCT order_id) FROM b) FROM b GROUP BY sku ORDER BY count(*) DESC, sku"
PLACED = """
SELECT b.order_id, a.place FROM ({baskets}) b
JOIN unnest({skus}::text[]) WITH ORDINALITY AS a (sku, place) ON a.sku = b.sku"""
NAMES = """
SELECT DISTINCT ON (l.sku) l.sku, l.name FROM members_orderline l
WHERE l.sku = ANY(%s) AND l.name <> '' ORDER BY l.sku, l.id DESC"""

Items = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Rule:
    """Of the baskets with ``first`` the share ``confidence`` holds ``then``, ``lift`` times as many as of all baskets;
    ``count`` baskets hold both, the share ``support`` of all."""

    first: tuple[str, ...]
    then: str
    count: int
    support: float
    confidence: float
    lift: float


@dataclasses.dataclass(frozen=True)
class Baskets:
    as_of: dt.datetime
    baskets: int
    articles: int
    rules: list[Rule]
    names: dict[str, str] = dataclasses.field(default_factory=dict)

    def named(self, sku: str) -> str:
        return f"{self.names[sku]} ({sku})" if self.names.get(sku, sku) != sku else sku

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Who buys")), Column(_("also buys")), Column(_("Baskets"), "count"), Column(_("Support"), "share"),
            Column(_("Confidence"), "share"), Column(_("Lift"), "number"),
        ]  # fmt: skip
        rows = [
            (" + ".join(map(self.named, each.first)), self.named(each.then), each.count, each.support, each.confidence, each.lift)
            for each in self.rules[:SHOWN]
        ]  # fmt: skip
        notes = [
            _("Support: share of all baskets with both. Confidence: of those with the left side. Lift: against chance, 1.00 is chance."),
            _("%(count)s rules in all; the %(shown)s of highest lift are shown.")
            % {"count": f"{len(self.rules):,}", "shown": f"{len(rows):,}"},
        ]  # fmt: skip
        return [Table(_("Bought in one basket"), columns, rows, self.as_of, notes=notes)]


def report(
    *, node: Organization, as_of: dt.datetime, start: dt.datetime, support: float = SUPPORT, confidence: float = CONFIDENCE
) -> Baskets:  # fmt: skip
    """Rules of the orders at ``node`` and below from ``start`` to ``as_of``: at least so much support and confidence."""
    orders = build(BASKETS, start=start, until=as_of, path=f"{node.path}%")
    counted = build("WITH b AS MATERIALIZED ({orders}) {counted}", orders=orders, counted=build(COUNTED))
    with connection.cursor() as cursor:
        cursor.execute(counted.text, counted.params)
        found = cursor.fetchall()
    total = found[0][2] if found else 0
    least = fewest(total, support)
    skus = [sku for sku, count, _all in found if count >= least]
    placed = columns.columns(build(PLACED, baskets=orders, skus=skus), ("order_id", "place"))
    held = _bitmaps(placed["order_id"], placed["place"].astype(np.int64) - 1, len(skus))
    made = rules(frequent(held, least=least), total=total, confidence=confidence)
    named = [
        dataclasses.replace(each, first=tuple(skus[i] for i in each.first), then=skus[each.then])
        for each in made
    ]
    return Baskets(as_of, total, len(found), named, _names(skus))


def fewest(total: int, support: float) -> int:
    """Baskets that a set must be in: the support, rounded up, but for what a float's last digit adds."""
    return max(FEWEST, math.ceil(support * total - 1e-9))


def frequent(held: Mapping[int, BitMap], *, least: int) -> dict[Items, int]:
    """Every set of up to four articles that ``least`` baskets hold, with how many do."""
    level = {(item,): baskets for item, baskets in sorted(held.items()) if len(baskets) >= least}
    counts = {items: len(baskets) for items, baskets in level.items()}
    for _size in range(2, LONGEST + 1):
        level = {
            items: level[items[:-1]] & level[(*items[:-2], items[-1])]
            for items in _joined(level, counts)
            if level[items[:-1]].intersection_cardinality(level[(*items[:-2], items[-1])]) >= least
        }
        counts |= {items: len(baskets) for items, baskets in level.items()}
    return counts


def _joined(level: Mapping[Items, BitMap], counts: Mapping[Items, int]) -> Iterator[Items]:
    """Sets of one article more, of two that differ in their last, all of whose parts are frequent."""
    for _start, same in itertools.groupby(sorted(level), key=lambda items: items[:-1]):
        for one, other in itertools.combinations(list(same), 2):
            items = (*one, other[-1])
            if all(part in counts for part in itertools.combinations(items, len(one))):
                yield items


def rules(counts: Mapping[Items, int], *, total: int, confidence: float) -> list[Rule]:
    """Rules with one article on the right, by lift; places instead of names."""
    found = []
    for items, count in counts.items():
        for then in items if len(items) > 1 else ():
            first = tuple(item for item in items if item != then)
            sure = count / counts[first]
            if sure >= confidence:
                lift = count * total / (counts[first] * counts[(then,)])
                found.append(Rule(first, then, count, count / total, sure, lift))
    return sorted(found, key=lambda each: (-each.lift, -each.count, each.first, each.then))


def _bitmaps(orders: np.ndarray, places: np.ndarray, size: int) -> dict[int, BitMap]:
    """Of each article, by its place, the baskets that hold it; baskets are numbered anew from 0."""
    _ids, numbers = np.unique(orders, return_inverse=True)
    order = np.argsort(places, kind="stable")
    parts = np.split(numbers[order].astype(np.uint32), np.cumsum(np.bincount(places, minlength=size))[:-1])
    return {place: BitMap(part) for place, part in enumerate(parts[:size])}


def _names(skus: list[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(NAMES, [skus])
        return dict(cursor.fetchall())
