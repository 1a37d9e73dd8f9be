"""The province of residence, as the person's accounts state it last; data brings the words. Nobody's is guessed."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import facts

CODE = "province"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop(
    "The province that the person's accounts state, the latest statement first; nothing where none does."
)

STATED = "SELECT p.member_id, p.province FROM members_memberprofile p WHERE p.province <> ''{only}"


@dataclass(frozen=True)
class Province:
    def signals(self) -> set[str]:
        return {"profile.province"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        return build(STATED, only=facts.only(setting, Sql("p.member_id")))


def parse(parameters: object, place: str = "parameters") -> Province:
    """Without parameters."""
    reading.mapping(parameters, place)
    return Province()
