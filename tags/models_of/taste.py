"""Taste by what was bought: words for goods, and the word of which somebody bought the most.

``words`` says what goods are of a taste: by SKU, by category, or by a part of the name (small and capital letters alike). A
line may be of several tastes. It counts from ``least`` lines of any taste on, if at least the part ``share`` of them is of
that one and no other has as many.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.conditions.window import Window
from tags.models_of import facts

CODE = "taste"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop(
    "The taste of which most lines were bought and kept, where it has its part of all lines of a taste."
)
MOST_WORDS = 200

# What goods there are is told by the lines themselves: each different article is compared with the words once.
MOST = """
WITH bought AS MATERIALIZED ({lines}), words (word, skus, categories, parts) AS (VALUES {words}),
article AS (
    SELECT b.sku, b.name, b.category, w.word FROM (SELECT DISTINCT sku, name, category FROM bought) b JOIN words w
    ON b.sku = ANY(w.skus) OR b.category = ANY(w.categories)
    OR EXISTS (SELECT FROM unnest(w.parts) AS p (part) WHERE strpos(lower(b.name), p.part) > 0)
)
SELECT member_id, word FROM (
    SELECT member_id, word, lines, total, lead(lines) OVER (w ORDER BY lines DESC) AS next,
           row_number() OVER (w ORDER BY lines DESC) AS place
    FROM (SELECT b.member_id, a.word, count(*) AS lines FROM bought b
          JOIN article a ON (a.sku, a.name, a.category) = (b.sku, b.name, b.category) GROUP BY 1, 2) s
    JOIN (SELECT b.member_id, count(*) AS total FROM bought b
          WHERE EXISTS (SELECT FROM article a WHERE (a.sku, a.name, a.category) = (b.sku, b.name, b.category))
          GROUP BY 1) t USING (member_id)
    WINDOW w AS (PARTITION BY member_id)) r
WHERE place = 1 AND total >= {least} AND lines >= {share}::float8 * total AND lines > coalesce(next, 0)"""


@dataclass(frozen=True)
class Word:
    """``parts``: parts of names, in small letters."""

    code: str
    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def row(self) -> Sql:
        return build(
            "({code}::text, {skus}::text[], {categories}::text[], {parts}::text[])",
            code=self.code,
            skus=list(self.skus),
            categories=list(self.categories),
            parts=list(self.parts),
        )


@dataclass(frozen=True)
class Taste:
    words: tuple[Word, ...]
    window: Window = facts.YEAR
    least: int = 5
    share: float = 0.4

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        return build(
            MOST,
            lines=facts.lines(setting, window=self.window, columns=Sql("l.sku, l.name, l.category")),
            words=join([word.row() for word in self.words], ", "),
            least=self.least,
            share=self.share,
        )


def parse(parameters: object, place: str = "parameters") -> Taste:
    """``{"words": {"americano": {"skus": ["A1"], "categories": [], "names": ["美式"]}}, "least": 5, "share": 0.4}``; and
    ``window``."""
    fields = reading.mapping(parameters, place, required=["words"], optional=["window", "least", "share"])
    at = reading.inside(place, "words")
    words = fields["words"]
    if not isinstance(words, dict) or not 1 <= len(words) <= MOST_WORDS:
        raise Fault(at, _("these are no tastes"), _('Write {"americano": {"names": ["美式"]}}, at most 200.'))
    return Taste(
        words=tuple(
            _word(reading.text(code, at), said, reading.inside(at, code)) for code, said in words.items()
        ),
        window=window.parse(fields.get("window", {"days": 365}), reading.inside(place, "window")),
        least=facts.number(fields, "least", place, default=5),
        share=facts.share(fields, "share", place, default="0.4"),
    )


def _word(code: str, said: object, place: str) -> Word:
    fields = reading.mapping(said, place, optional=["skus", "categories", "names"])
    if not fields:
        raise Fault(place, _("no goods are of this taste"), _("Name skus, categories, or parts of names."))
    return Word(
        code,
        skus=facts.texts(fields, "skus", place, default=()),
        categories=facts.texts(fields, "categories", place, default=()),
        parts=tuple(part.lower() for part in facts.texts(fields, "names", place, default=())),
    )
