"""The value pyramid: four layers of customers by what they are worth, each from its lower bound (included) up.

Bounds 100, 1,000 and 10,000: below 100 low, from 100 medium, from 1,000 high, from 10,000 VIP diamond. Worth is the
transactional value, or any other number tag (real value, CLV). Who has no such number is in no layer.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import bands, everyone
from tags.models_of.transactional import Transactional
from tags.models_of.transactional import parse as transactional

CODE = "pyramid"
VERSION = "1"
SHAPE = "one"
SORT = "layer"
FORMULA = gettext_noop(
    "A measure of value (transactional unless another number tag is chosen) against three bounds, 100, 1,000 and 10,000"
    " unless said otherwise; the lower bound belongs to its layer. Curry's customer pyramid."
)
VALUES = (
    ("low", gettext_noop("Low value"), "低价值"),
    ("medium", gettext_noop("Medium value"), "中价值"),
    ("high", gettext_noop("High value"), "高价值"),
    ("vip", gettext_noop("VIP diamond"), "VIP 钻石"),
)
CODES = tuple(code for code, _english, _chinese in VALUES)
BOUNDS = (Decimal(100), Decimal(1_000), Decimal(10_000))
OWN = "transactional"
EVER = Transactional()

ROWS = "SELECT v.member_id, {code} AS code FROM ({value}) v WHERE v.number IS NOT NULL"
# A number tag as it was last computed: it stands at its slot.
OF_TAG = """
SELECT t.member_id, t.numbers[(SELECT g.slot FROM tags_tag g WHERE g.code = {tag} AND g.shape = 'number')] AS number
FROM tags_membertags t WHERE TRUE{here}"""


@dataclass(frozen=True)
class Pyramid:
    """``tag``: code of the number tag that measures value; none: the transactional value itself."""

    bounds: tuple[Decimal, ...] = BOUNDS
    measure: Transactional = EVER
    tag: str = ""

    def signals(self) -> set[str]:
        return set() if self.tag else self.measure.signals()

    def sources(self) -> tuple:
        return () if self.tag else self.measure.sources()

    def needs(self) -> set[str]:
        """Codes of the tags that must be computed before."""
        return {self.tag} if self.tag else set()

    def value(self, setting: Setting) -> Sql:
        """SELECT member_id, number: what each is worth."""
        if not self.tag:
            return self.measure.rows(setting)
        only = setting.only(Sql("t.member_id"))
        here = everyone.here(setting, Sql("t.member_id"))
        return build(OF_TAG, tag=self.tag, here=build("{here}{only}", here=here, only=_and(only)))

    def told(self, _fitted: dict | None = None) -> dict[str, str]:
        return bands.told(self.bounds, CODES)

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        return build(ROWS, code=bands.code_of(Sql("v.number"), self.bounds, CODES), value=self.value(setting))


def _and(term: Sql) -> Sql:
    return build(" AND {term}", term=term) if term else term


def parse(parameters: object, place: str = "parameters") -> Pyramid:
    """``{"bounds": [100, 1000, 10000], "measure": "transactional", "window": {"days": 365}}`` or
    ``{"bounds": […], "measure": {"tag": "real_value"}}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["bounds", "measure", "window"])
    bounds = bands.parse(
        fields.get("bounds", [int(bound) for bound in BOUNDS]), reading.inside(place, "bounds"), count=3
    )
    tag = _tag(fields.get("measure", OWN), reading.inside(place, "measure"))
    if tag and "window" in fields:
        raise Fault(
            reading.inside(place, "window"),
            _("another tag measures value, in a window of its own"),
            _("Leave the window out."),
        )
    window = {"window": fields["window"]} if "window" in fields else {}
    return Pyramid(bounds, transactional(window, place), tag)


def _tag(value: object, place: str) -> str:
    if value == OWN:
        return ""
    if not isinstance(value, dict):
        raise Fault(
            place,
            _("this measures no value"),
            _('Write "transactional", or {"tag": "the code of a number tag"}.'),
        )
    fields = reading.mapping(value, place, required=["tag"])
    return reading.text(fields["tag"], reading.inside(place, "tag"))
