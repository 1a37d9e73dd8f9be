"""What a condition may name at a node, searched: tags, goods, places, channels, events, audiences, words of consent.

Goods, event names, labels and words of consent are read from the latest facts: what nobody met for long may still be typed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet

from members.models import Channel, Organization
from members.queries import scopes
from members.queries.scopes import Reach
from tags.models import Audience, Tag, TagValue

SHOWN = 30
KEPT = 600  # seconds
LATEST = """
SELECT l.{column}, max(l.name) FROM (SELECT id FROM members_order WHERE organization_id = ANY(%s) ORDER BY id DESC LIMIT 20000) o
JOIN members_orderline l ON l.order_id = o.id WHERE l.{column} <> '' GROUP BY l.{column} ORDER BY count(*) DESC LIMIT 5000
"""
# Each name of an event once, by steps in the index: not one row of the log is read more than that.
NAMES = """
WITH RECURSIVE named AS (
    (SELECT name FROM members_event ORDER BY name LIMIT 1)
    UNION ALL
    SELECT (SELECT e.name FROM members_event e WHERE e.name > named.name ORDER BY e.name LIMIT 1) FROM named
    WHERE named.name IS NOT NULL
) SELECT name, '' FROM named WHERE name IS NOT NULL LIMIT 2000
"""
TOUCHPOINTS = """
SELECT DISTINCT c.touchpoint, '' FROM (SELECT touchpoint FROM members_consent ORDER BY id DESC LIMIT 20000) c WHERE c.touchpoint <> '*'
UNION SELECT DISTINCT e.touchpoint, '' FROM (SELECT touchpoint FROM members_event ORDER BY id DESC LIMIT 20000) e WHERE e.touchpoint <> ''
"""
PURPOSES = (
    "SELECT DISTINCT purpose, '' FROM (SELECT purpose FROM members_consent ORDER BY id DESC LIMIT 20000) c"
)
LABELS = """
SELECT label, '' FROM (SELECT unnest(labels) AS label FROM (
    SELECT labels FROM members_labelstatement WHERE source = ANY(%s) ORDER BY id DESC LIMIT 20000) s) l
GROUP BY label ORDER BY count(*) DESC LIMIT 5000
"""
# Words of the house, the same everywhere.
HOUSE = {"event": NAMES, "touchpoint": TOUCHPOINTS, "purpose": PURPOSES}
GOODS = {"sku": "sku", "category": "category"}


@dataclass(frozen=True)
class Option:
    """``value`` as a condition writes it, ``label`` as people say it, ``hint`` to tell two of the same name apart;
    ``kind``: of what sort it is, where fields of the builder depend on that."""

    value: object
    label: str
    hint: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Place:
    """Where a condition is being written: at this node, by somebody with this reach; ``within``: of this tag."""

    node: Organization
    reach: Reach
    within: str = ""

    def around(self, rows: QuerySet, field: str = "organization") -> QuerySet:
        """Of what the reader sees: of the node's own branch."""
        here = scopes.around_organization(rows, reach=scopes.of_node(self.node), field=field)
        return scopes.around_organization(here, reach=self.reach, field=field)


def search(*, what: str, text: str, place: Place) -> list[Option]:
    """At most thirty, those that begin with the text before those that hold it. Nothing for what nobody picks."""
    found = PICKS[what](place) if what in PICKS else ()
    wanted = text.strip().casefold()
    fitting = [
        option for option in found if wanted in f"{option.label} {option.value} {option.hint}".casefold()
    ]
    begun = lambda option: not option.label.casefold().startswith(wanted)  # noqa: E731
    return sorted(fitting, key=begun)[:SHOWN] if wanted else fitting[:SHOWN]


def _organizations(place: Place) -> Iterator[Option]:
    rows = Organization.objects.under(place.node).order_by("path")
    for row in scopes.at_organization(rows, reach=place.reach, field="pk"):
        yield Option(row.code, row.name, row.code)


def _channels(place: Place) -> Iterator[Option]:
    for row in place.around(Channel.objects.order_by("name")):
        yield Option(row.code, row.name, row.get_source_class_display())


def _tags(place: Place) -> Iterator[Option]:
    for row in place.around(Tag.objects.filter(status=Tag.Status.APPROVED).order_by("name")):
        yield Option(row.code, row.name, row.code, "number" if row.slot is not None else "")


def _tag_values(place: Place) -> Iterator[Option]:
    rows = TagValue.objects.filter(tag__code=place.within, dropped=False).order_by("position", "id")
    for row in place.around(rows, "tag__organization"):
        yield Option(row.code, row.name, row.code)


def _audiences(place: Place) -> Iterator[Option]:
    for row in place.around(Audience.objects.select_related("organization").order_by("name")):
        yield Option(row.pk, row.name, row.organization.name)


def _goods(column: str) -> Callable[[Place], Iterable[Option]]:
    def latest(place: Place) -> list[Option]:
        nodes = list(Organization.objects.under(place.node).values_list("pk", flat=True))
        named = _kept(f"pick-{column}-{place.node.pk}", LATEST.format(column=column), [nodes])
        return [Option(value, value, name if column == "sku" else "") for value, name in named]

    return latest


def _labels(place: Place) -> list[Option]:
    """What the channels around the node call their customers: the words of other brands are none of his."""
    channels = sorted(place.around(Channel.objects.all()).values_list("code", flat=True))
    digest = hashlib.sha256(" ".join(channels).encode()).hexdigest()
    return [Option(value, value) for value, _name in _kept(f"pick-label-{digest}", LABELS, [channels])]


def _words(what: str) -> Callable[[Place], Iterable[Option]]:
    def words(_place: Place) -> list[Option]:
        return [Option(value, value) for value, _name in _kept(f"pick-{what}", HOUSE[what], [])]

    return words


def _kept(key: str, statement: str, parameters: list) -> list[tuple[str, str]]:
    def read() -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall()

    return cache.get_or_set(key, read, KEPT)


PICKS: dict[str, Callable[[Place], Iterable[Option]]] = {
    "organization": _organizations,
    "channel": _channels,
    "tag": _tags,
    "tag_value": _tag_values,
    "audience": _audiences,
    "label": _labels,
    **{what: _goods(column) for what, column in GOODS.items()},
    **{what: _words(what) for what in HOUSE},
}
