"""``standing``: the tier of a member in a programme. ``{"programme": "brand-b1", "tier": "gold", "op": "at least"}``

``programme`` is the code of its organization. ``op``: is (left out: that; one or several tiers), at least, at most. Without
``tier``: any. ``since``: a window in which the tier began. ``ends``: ``{"days": 30}``: the last day of its validity is at most so
many days ahead.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from tags.conditions import form, moments, reading, turning, window
from tags.conditions.catalogue import Programme
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sources_of_value import Stands
from tags.conditions.sql import NOTHING, Sql, also, build
from tags.conditions.turning import Turn
from tags.conditions.window import EVER, Window

OPS = {
    "is": gettext_noop("is %(tiers)s"),
    "at least": gettext_noop("is at least %(tiers)s"),
    "at most": gettext_noop("is at most %(tiers)s"),
}
MOST_DAYS = 3_660
LAST_DAY = "(({until} - interval '1 microsecond') AT TIME ZONE {zone})::date"

FORM = form.Form(
    gettext_noop("tier"),
    (
        form.pick("programme", gettext_noop("programme"), "programme"),
        form.choice(
            "op",
            gettext_noop("compared"),
            [("is", gettext_noop("is")), ("at least", gettext_noop("is at least")), ("at most", gettext_noop("is at most"))],
            optional=True,
            default="is",
        ),
        form.pick("tier", gettext_noop("tier"), "tier", optional=True, many=True),
        form.Field("since", gettext_noop("since"), form.Case("window"), optional=True, default="ever"),
        form.Field("ends.days", gettext_noop("ends within days"), form.Case("number"), optional=True),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class InTier:
    programme: Programme
    tiers: tuple[str, ...]
    op: str
    since: Window
    ends: int | None

    def source(self) -> Stands:
        return Stands(self.programme.id)

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT s.member_id FROM {table} s WHERE {test}",
            table=setting.table(self.source()),
            test=self.test(self.source().columns(Sql("s.")), setting),
        )

    def test(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        terms = [self._since(columns, setting), self._compared(columns), self._ends(columns, setting)]
        return build("({tier} <> ''{terms})", tier=columns["tier"], terms=also(terms))

    def _compared(self, columns: dict[str, Sql]) -> Sql:
        if not self.tiers:
            return NOTHING
        if self.op == "is":
            return build("{tier} = ANY({tiers})", tier=columns["tier"], tiers=list(self.tiers))
        rank = self.programme.ranks[self.tiers[0]]
        how = "{rank} >= {bound}" if self.op == "at least" else "{rank} <= {bound}"
        return build(how, rank=columns["rank"], bound=rank)

    def _since(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        if self.since == EVER:
            return NOTHING
        return build("TRUE{when}", when=self.since.terms(columns["from_at"], setting.as_of))

    def _ends(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        if self.ends is None:
            return NOTHING
        last = build(LAST_DAY, until=columns["valid_until"], zone=str(moments.zone()))
        return build(
            "{until} > {as_of} AND {last} <= {day}::date",
            until=columns["valid_until"],
            as_of=setting.as_of,
            last=last,
            day=moments.day_of(setting.as_of) + self.ends * moments.DAY,
        )

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        """When the validity ends, comes near its end, or the beginning leaves its window."""
        until = columns["valid_until"]
        near = []
        if self.ends is not None:
            before = build("({until} - interval '1 microsecond')", until=until)
            near = turning.days_later(before, [-self.ends], setting.as_of)
        return [Turn(until), *near, *self.since.turns(columns["from_at"], setting.as_of)]

    def signals(self) -> set[str]:
        return {"tiers"}

    def describe(self) -> str:
        named = ", ".join(self.programme.names[tier] for tier in self.tiers)
        said = [
            _("tier in %(programme)s") % {"programme": self.programme.name},
            _(OPS[self.op]) % {"tiers": named or _("any")},
            self.since != EVER and _("reached %(when)s") % {"when": self.since.describe()},
            self.ends is not None
            and ngettext("ending within %(n)d day", "ending within %(n)d days", self.ends) % {"n": self.ends},
        ]
        return " ".join(part for part in said if part)


def parse(value: object, place: str, context: object) -> InTier:
    fields = reading.mapping(value, place, required=["programme"], optional=["tier", "op", "since", "ends"])
    known = context.catalogue.programmes_here()
    at = reading.inside(place, "programme")
    programme = known[reading.choice(fields["programme"], at, known, what=_("the programme"))]
    op = reading.choice(fields.get("op", "is"), reading.inside(place, "op"), OPS, what=_("the comparison"))
    return InTier(
        programme,
        _tiers(fields, place, programme, op),
        op,
        window.parse(fields.get("since"), reading.inside(place, "since")),
        _ends(fields, reading.inside(place, "ends")),
    )


def _tiers(fields: dict, place: str, programme: Programme, op: str) -> tuple[str, ...]:
    at = reading.inside(place, "tier")

    def tier(item: object, where: str) -> str:
        return reading.choice(item, where, programme.ranks, what=_("the tier"))

    tiers = reading.many(fields["tier"], at, tier) if "tier" in fields else ()
    if op != "is" and len(tiers) != 1:
        raise Fault(at, _("“%(op)s” takes one tier") % {"op": op}, _("Name just one."))
    return tiers


def _ends(fields: dict, place: str) -> int | None:
    if "ends" not in fields:
        return None
    told = reading.mapping(fields["ends"], place, required=["days"])
    return reading.integer(told["days"], reading.inside(place, "days"), least=0, most=MOST_DAYS)
