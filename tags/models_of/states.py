"""State of a customer by fixed windows of days since the last purchase: how near he and the brand are.

Bounds 30, 90 and 180 days: up to 30 active (new if it was the first purchase; returned if he had been silent for more
than 90 days before it), up to 90 low active, up to 180 dormant, then lost. Who never bought is a prospect. So everybody
has exactly one state. The states are those of the NES model of Chinese practice (新客, 活跃, 沉睡, 流失); see docs/models.md.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import everyone
from tags.models_of.rhythm import Rhythm

CODE = "states"
VERSION = "1"
SHAPE = "one"
SORT = "group"
FORMULA = gettext_noop(
    "Days since the last purchase against fixed windows (30, 90 and 180 days unless said otherwise): new or active,"
    " low active, dormant, lost; nobody without a state. After the NES model of customer states."
)
VALUES = (
    ("prospect", gettext_noop("Prospect"), "潜客"),
    ("new", gettext_noop("New"), "新客"),
    ("active", gettext_noop("Active"), "活跃"),
    ("returned", gettext_noop("Returned"), "回流"),
    ("low_active", gettext_noop("Low active"), "低活"),
    ("dormant", gettext_noop("Dormant"), "沉睡"),
    ("lost", gettext_noop("Lost"), "流失"),
)
WINDOWS = (30, 90, 180)
MOST_DAYS = 36_500

ROWS = """
SELECT e.member_id,
       CASE WHEN s.days IS NULL THEN 'prospect'
            WHEN {today}::date - s.last_day <= {near} AND s.last_day - s.day_before > {low} THEN 'returned'
            WHEN {today}::date - s.last_day <= {near} AND s.days = 1 THEN 'new'
            WHEN {today}::date - s.last_day <= {near} THEN 'active'
            WHEN {today}::date - s.last_day <= {low} THEN 'low_active'
            WHEN {today}::date - s.last_day <= {far} THEN 'dormant'
            ELSE 'lost' END::text AS code
FROM ({everyone}) e LEFT JOIN {rhythm} s ON s.member_id = e.member_id"""


@dataclass(frozen=True)
class States:
    """``windows``: the last day of active, of low active and of dormant."""

    windows: tuple[int, int, int] = WINDOWS

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return (Rhythm(),)

    def told(self, _fitted: dict | None = None) -> dict[str, str]:
        near, low, far = self.windows
        return {
            "prospect": _("no purchase"),
            "new": _("first purchase in the last %(days)d days") % {"days": near},
            "active": _("purchase in the last %(days)d days") % {"days": near},
            "returned": _("purchase in the last %(days)d days, after more than %(gap)d without") % {"days": near, "gap": low},
            "low_active": _("last purchase %(first)d to %(last)d days ago") % {"first": near + 1, "last": low},
            "dormant": _("last purchase %(first)d to %(last)d days ago") % {"first": low + 1, "last": far},
            "lost": _("last purchase more than %(days)d days ago") % {"days": far},
        }  # fmt: skip

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        near, low, far = self.windows
        return build(
            ROWS,
            today=moments.day_of(setting.as_of),
            near=near,
            low=low,
            far=far,
            everyone=everyone.of(setting),
            rhythm=setting.table(Rhythm()),
        )


def parse(parameters: object, place: str = "parameters") -> States:
    """``{"windows": [30, 90, 180]}``; may be left out."""
    fields = reading.mapping(parameters, place, optional=["windows"])
    at = reading.inside(place, "windows")
    return States(windows(fields.get("windows", list(WINDOWS)), at))


def windows(value: object, place: str) -> tuple[int, int, int]:
    """Three rising numbers of days."""
    if not isinstance(value, list) or len(value) != len(WINDOWS):
        raise Fault(
            place,
            _("these are no windows"),
            _("Write three numbers of days, such as [30, 90, 180]."),
        )
    days = tuple(
        reading.integer(each, f"{place}[{number}]", least=1, most=MOST_DAYS)
        for number, each in enumerate(value)
    )
    if list(days) != sorted(set(days)):
        raise Fault(place, _("the windows do not rise"), _("Write them from the shortest to the longest."))
    return days
