"""``organization``: known, joined or visited at a node or below. ``{"node": "brand-b1", "relation": "joined"}``.

With a ``window``: first known, first joined, or visited (first or last visit) inside it.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading, window
from tags.conditions.leaves.where import PlaceFilter
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build, join
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


@dataclass(frozen=True)
class AtOrganization:
    place: PlaceFilter
    relation: str
    window: Window

    def sql(self, setting: Setting) -> Sql:
        moments = [
            build("({first})", first=self._inside(column, setting)) for column in RELATIONS[self.relation]
        ]
        return build(
            "SELECT a.member_id FROM members_membership k JOIN members_account a ON a.id = k.account_id"
            " WHERE ({moments}){terms}",
            moments=join(moments, " OR "),
            terms=also(
                [
                    self.place.sql(Sql("k.organization_id"), setting.catalogue),
                    setting.only(Sql("a.member_id")),
                ]
            ),
        )

    def _inside(self, column: Sql, setting: Setting) -> Sql:
        terms = self.window.terms(column, setting.as_of)
        return build("{column} IS NOT NULL{terms}", column=column, terms=terms)

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
