"""``organization``: known, joined or visited at a node or below. ``{"node": "brand-b1", "relation": "joined"}``.

With a ``window``: first known, first joined, or visited (first or last visit) inside it.
"""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading, window
from tags.conditions.setting import Setting
from tags.conditions.sources import Source
from tags.conditions.sql import Sql, also, build, join
from tags.conditions.turning import Turn
from tags.conditions.where import PlaceFilter
from tags.conditions.window import Window

RELATIONS = {
    "known": (Sql("least(k.known_at, k.first_visited_at)"),),
    "joined": (Sql("k.joined_at"),),
    "visited": (Sql("k.first_visited_at"), Sql("k.last_visited_at")),
}
WORDS = {
    "known": gettext_noop("known at %(places)s"),
    "joined": gettext_noop("joined %(places)s"),
    "visited": gettext_noop("visited %(places)s"),
}


PLACES = """
SELECT a.member_id, max(greatest({inside})) AS last_at
FROM members_membership k JOIN members_account a ON a.id = k.account_id
WHERE ({any}){terms}
GROUP BY a.member_id"""


@dataclass(frozen=True)
class Places(Source):
    """When a member was last known, joined or seen at one of the places, of the moments inside the window."""

    place: PlaceFilter
    relation: str
    window: Window

    COLUMNS: ClassVar = (("member_id", "bigint"), ("last_at", "timestamptz"))

    @property
    def key(self) -> tuple:
        return ("places", self)

    def rows(self, setting: Setting) -> Sql:
        terms = [
            self.place.sql(Sql("k.organization_id"), setting.catalogue),
            setting.only(Sql("a.member_id")),
        ]
        inside = [self._inside(column, setting) for column in RELATIONS[self.relation]]
        kept = [
            build("CASE WHEN {inside} THEN {column} END", inside=test, column=column)
            for test, column in zip(inside, RELATIONS[self.relation], strict=True)
        ]
        return build(PLACES, inside=join(kept, ", "), any=join(inside, " OR "), terms=also(terms))

    def _inside(self, column: Sql, setting: Setting) -> Sql:
        terms = self.window.terms(column, setting.as_of)
        return build("({column} IS NOT NULL{terms})", column=column, terms=terms)


@dataclass(frozen=True)
class AtOrganization:
    place: PlaceFilter
    relation: str
    window: Window

    def source(self) -> Places:
        return Places(self.place, self.relation, self.window)

    def sql(self, setting: Setting) -> Sql:
        return build("SELECT s.member_id FROM {table} s", table=setting.table(self.source()))

    def test(self, columns: dict[str, Sql], _setting: Setting) -> Sql:
        return build("{last_at} IS NOT NULL", **columns)

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        return self.window.turns(columns["last_at"], setting.as_of)

    def signals(self) -> set[str]:
        return {"accounts"}

    def describe(self) -> str:
        said = _(WORDS[self.relation]) % {"places": self.place.describe()}
        return f"{said} {self.window.describe()}".strip()


LABELS = {
    "known": gettext_noop("known at"),
    "joined": gettext_noop("joined"),
    "visited": gettext_noop("visited"),
}
FORM = form.Form(
    gettext_noop("organization"),
    (
        form.choice("relation", gettext_noop("relation"), LABELS.items(), optional=True, default="known"),
        form.pick("node", gettext_noop("organization"), "organization", many=True),
        form.window(),
    ),
)


def parse(value: object, place: str, context: object) -> AtOrganization:
    fields = reading.mapping(value, place, required=["node"], optional=["relation", "window"])
    at_relation = reading.inside(place, "relation")
    relation = reading.choice(fields.get("relation", "known"), at_relation, RELATIONS, what=_("the relation"))
    catalogue = context.catalogue

    def node(code: object, at: str) -> str:
        return reading.choice(code, at, catalogue.nodes_here(), what=_("the organization"))

    places = PlaceFilter(reading.many(fields["node"], reading.inside(place, "node"), node))
    return AtOrganization(
        places, relation, window.parse(fields.get("window"), reading.inside(place, "window"))
    )
