"""The text of a message: what its placeholders are, and how they become one member's words.

A placeholder is ``{name}``, ``{nickname}`` or ``{zodiac}``, or ``{name|dear friend}``; the part behind the bar is said to
whom we know no name of.
``{{`` and ``}}`` are braces. Everything is rendered in one pass: a name that contains ``{name}`` stays as it is.
"""

import dataclasses
import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from tags.models_of import zodiac

NAMES = ("name", "nickname")
FIELDS = (*NAMES, "zodiac")
TOKEN = re.compile(r"\{\{|\}\}|\{(?P<field>[^{}|]*)(?:\|(?P<fallback>[^{}]*))?\}|[{}]")
BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


@dataclasses.dataclass(frozen=True)
class Placeholder:
    field: str
    fallback: str | None = None

    def words(self, value: str) -> str:
        """What stands here for a member whose field has this value."""
        return BLANKS.sub(" ", value).strip() or self.polite

    @property
    def polite(self) -> str:
        if self.fallback is not None:
            return self.fallback
        return _("valued customer") if self.field in NAMES else ""


class Malformed(ValueError):
    """The text has a brace or a placeholder that means nothing; the message says where."""


def parse(text: str) -> list[str | Placeholder]:
    """Literals and placeholders in order. Raises :class:`Malformed` naming line and column."""
    parts, end = [], 0
    for token in TOKEN.finditer(text):
        parts += [text[end : token.start()], _meaning(text, token)]
        end = token.end()
    return [part for part in [*parts, text[end:]] if part != ""]


def render(parts: list[str | Placeholder], values: Mapping[str, str]) -> str:
    """The words for one member; ``values`` maps each field to what is known, empty or absent if nothing."""
    return "".join(
        part.words(values.get(part.field) or "") if isinstance(part, Placeholder) else part for part in parts
    )


def known(profile: object | None) -> dict[str, str]:
    """Field → what is known of a member (``members.MemberProfile``)."""
    if profile is None:
        return {}
    return {"name": profile.name, "nickname": profile.nickname, "zodiac": zodiac.word(profile.birth_date)}


def _meaning(text, token):
    found = token.group()
    if found in ("{{", "}}"):
        return found[0]
    if found in ("{", "}"):
        raise Malformed(
            _("%(place)s: a single “%(brace)s”; write it twice if you mean a brace.")
            % {"place": _place(text, token.start()), "brace": found}
        )
    if token["field"] not in FIELDS:
        raise Malformed(
            _("%(place)s: unknown placeholder “%(found)s”; known are %(known)s.")
            % {
                "place": _place(text, token.start()),
                "found": found,
                "known": ", ".join(f"{{{field}}}" for field in FIELDS),
            }
        )
    return Placeholder(token["field"], token["fallback"])


def _place(text, at):
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return _("line %(line)d, column %(column)d") % {"line": line, "column": column}
