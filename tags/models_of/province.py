"""The province, of the most trusted source that tells one; data brings the words. Nobody's is guessed.

In the order of trust: where the latest order that was kept in the last ``days`` was sent to (goods arrive there), what the
person's accounts state (perhaps years ago), the segment of his telephone (where the number was given out; people move and
keep it), and the province of his IP address as platforms show it (a traveller's is another's). An order that was cancelled
or given back counts no more, and the next source takes its place. Provinces of China are written in one way
(``members.provinces``); other words are kept as they are written.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from members.provinces import SPELLINGS
from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.window import Window
from tags.models_of import facts

CODE = "province"
VERSION = "2"
SHAPE = "one"
SORT = "group"
VALUES = ()
FORMULA = gettext_noop(
    "Where the latest kept order of the year was sent to; else what the person's accounts state; else where the telephone "
    "number was given out; else the province of the IP address. Nothing where none tells one."
)

SOURCES = {
    "address": gettext_lazy("address of an order"),
    "profile": gettext_lazy("stated by the person's accounts"),
    "phone": gettext_lazy("segment of the telephone"),
    "ip": gettext_lazy("IP address"),
}
TRUSTED = tuple(SOURCES)

STATED = """
SELECT p.member_id, p.province, NULL::timestamptz AS at FROM members_memberprofile p WHERE p.province <> ''{only}"""
TRAIT = """
SELECT a.member_id, a.traits #>> ARRAY[{trait}, 'value'] AS province, (a.traits #>> ARRAY[{trait}, 'at'])::timestamptz AS at
FROM members_account a WHERE a.traits ? {trait} AND a.emptied_at IS NULL AND a.revoked_at IS NULL{only}"""

TOLD = "SELECT s.member_id, s.province, s.at, {rank}::int AS rank, {source}::text AS source FROM ({rows}) s"
CHOSEN = """
SELECT DISTINCT ON (t.member_id) t.member_id, coalesce(k.spelling, t.province) AS code, t.source
FROM ({told}) t LEFT JOIN unnest({written}::text[], {spelling}::text[]) AS k (written, spelling) ON k.written = lower(t.province)
ORDER BY t.member_id, t.rank, t.at DESC NULLS LAST, t.province"""


@dataclass(frozen=True)
class Province:
    """``order``: the sources that are asked, the most trusted first. ``days``: for how long an order tells an address."""

    order: tuple[str, ...] = TRUSTED
    days: int = 365

    def signals(self) -> set[str]:
        reads = {
            "address": {"orders", "returns"},
            "profile": {"profile.province"},
            "phone": {"profile.phone_province"},
            "ip": {"profile.ip_province"},
        }
        return set().union(*(reads[source] for source in self.order))

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        return build("SELECT c.member_id, c.code FROM ({chosen}) c", chosen=self.because(setting))

    def because(self, setting: Setting) -> Sql:
        """(member_id, code, source): what is said of each member, and by which of ``SOURCES``."""
        told = [
            build(TOLD, rank=rank, source=source, rows=self._told(source, setting))
            for rank, source in enumerate(self.order)
        ]
        whole = told[0]
        for each in told[1:]:
            whole = build("{whole} UNION ALL {each}", whole=whole, each=each)
        return build(CHOSEN, told=whole, written=list(SPELLINGS), spelling=list(SPELLINGS.values()))

    def _told(self, source: str, setting: Setting) -> Sql:
        """(member_id, province, at) of one source."""
        if source == "address":
            return facts.orders(
                setting,
                window=Window(days=self.days),
                columns=Sql("o.receiver_province AS province, o.occurred_at AS at"),
                more=Sql("o.receiver_province <> ''"),
            )
        if source == "profile":
            return build(STATED, only=facts.only(setting, Sql("p.member_id")))
        return build(TRAIT, trait=f"{source}_province", only=facts.only(setting, Sql("a.member_id")))

    def source_in_words(self, source: str) -> str:
        return str(SOURCES[source])


def parse(parameters: object, place: str = "parameters") -> Province:
    """``{"order": ["address", "profile", "phone", "ip"], "days": 365}``; what is left out of ``order`` is not asked."""
    fields = reading.mapping(parameters, place, optional=["order", "days"])
    order = facts.texts(fields, "order", place, default=TRUSTED)
    at = reading.inside(place, "order")
    for source in order:
        reading.choice(source, at, TRUSTED, what=_("the source"))
    return Province(order, facts.number(fields, "days", place, default=365))
