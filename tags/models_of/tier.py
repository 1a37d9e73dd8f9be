"""The tier in which somebody stands, in each programme that knows him: as ``members.queries.standings`` says it now."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sources_of_value import Stands
from tags.conditions.sql import Sql, build, join
from tags.models_of import facts

CODE = "tier"
VERSION = "1"
SHAPE = "several"
SORT = "layer"
VALUES = ()
FORMULA = gettext_noop(
    "The tier of each programme by its grants, statements of channels and plan, as on the member's page."
)

NOWHERE = Sql("SELECT NULL::bigint AS member_id, NULL::text AS tier WHERE FALSE")
STANDING = "SELECT DISTINCT s.member_id, s.tier FROM ({programmes}) s WHERE s.tier <> ''{known}"


@dataclass(frozen=True)
class Tier:
    def signals(self) -> set[str]:
        return {"event.tier.granted", "membership.tier"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        found = [
            build("SELECT t.member_id, t.tier FROM {table} t", table=setting.table(Stands(programme.id)))
            for programme in setting.catalogue.programmes.values()
        ]
        known = facts.only(setting, Sql("s.member_id"))
        return build(STANDING, programmes=join(found, " UNION ALL ") or NOWHERE, known=known)


def parse(parameters: object, place: str = "parameters") -> Tier:
    """Without parameters."""
    reading.mapping(parameters, place)
    return Tier()
