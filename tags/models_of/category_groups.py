"""Groups of those who keep buying of a category: mother and baby, fresh food, beverages, health and beauty, appliances.

Each group has its categories, its own window and its fewest orders within it. An order counts when a line of the group was
kept: net of returns. Somebody may be in several groups.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.conditions.window import MOST_DAYS, Window
from tags.models_of import facts

CODE = "category_groups"
VERSION = "1"
SHAPE = "several"
SORT = "group"
VALUES = (
    ("appliances", gettext_noop("Household appliances"), "家电"),
    ("beauty", gettext_noop("Health and beauty"), "美妆健康"),
    ("beverages", gettext_noop("Beverages"), "饮品"),
    ("fresh", gettext_noop("Fresh food"), "生鲜"),
    ("mother_baby", gettext_noop("Mother and baby"), "母婴"),
)
FORMULA = gettext_noop(
    "Orders with goods of the group's categories, net of returns, in the group's own window: at least its fewest."
)
MOST_GROUPS = 50
GROUPS = {
    "mother_baby": {"categories": ["mother-baby", "diaper", "milk-powder", "母婴", "纸尿裤", "奶粉"], "days": 90, "least": 2},
    "fresh": {
        "categories": ["fresh", "vegetables", "fruit", "meat", "seafood", "dairy", "生鲜", "蔬菜", "水果", "肉禽", "水产", "乳品"],
        "days": 90,
        "least": 3,
    },
    "beverages": {"categories": ["drink", "beverage", "tea", "coffee", "饮品", "饮料", "茶", "咖啡"], "days": 90, "least": 3},
    "beauty": {"categories": ["beauty", "cosmetics", "health", "美妆", "护肤", "保健"], "days": 180, "least": 2},
    "appliances": {
        "categories": [
            "appliance", "refrigerator", "washing-machine", "air-conditioner", "kitchen", "small-appliance", "tv",
            "家电", "冰箱", "洗衣机", "空调", "厨电", "小家电", "电视",
        ],
        "days": 365,
        "least": 1,
    },
}  # fmt: skip

IN_GROUPS = """
WITH groups (code, categories, since, least) AS (VALUES {groups})
SELECT f.member_id, g.code FROM ({lines}) f JOIN groups g ON f.category = ANY(g.categories) AND f.occurred_at >= g.since
GROUP BY f.member_id, g.code, g.least HAVING count(DISTINCT f.id) >= g.least"""


@dataclass(frozen=True)
class Group:
    code: str
    categories: tuple[str, ...]
    days: int
    least: int

    def row(self, as_of: dt.datetime) -> Sql:
        first = moments.start_of(moments.day_of(as_of) - dt.timedelta(days=self.days))
        return build(
            "({code}::text, {categories}::text[], {since}::timestamptz, {least}::int)",
            code=self.code,
            categories=list(self.categories),
            since=first,
            least=self.least,
        )


@dataclass(frozen=True)
class CategoryGroups:
    groups: tuple[Group, ...]

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return ()

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        wanted = sorted({name for group in self.groups for name in group.categories})
        lines = facts.lines(
            setting,
            window=Window(days=max(group.days for group in self.groups)),
            columns=Sql("o.id, o.occurred_at, l.category"),
            more=build("l.category = ANY({wanted})", wanted=wanted),
        )
        rows = join([group.row(setting.as_of) for group in self.groups], ", ")
        return build(IN_GROUPS, lines=lines, groups=rows)


def parse(parameters: object, place: str = "parameters") -> CategoryGroups:
    """``{"groups": {"mother_baby": {"categories": ["diaper"], "days": 90, "least": 2}}}``; without it, the five of VALUES."""
    fields = reading.mapping(parameters, place, optional=["groups"])
    at = reading.inside(place, "groups")
    groups = fields.get("groups", GROUPS)
    if not isinstance(groups, dict) or not 1 <= len(groups) <= MOST_GROUPS:
        raise Fault(at, _("these are no groups"), _('Write {"fresh": {"categories": [...]}}, at most 50.'))
    return CategoryGroups(
        tuple(_group(reading.text(code, at), said, reading.inside(at, code)) for code, said in groups.items())
    )


def _group(code: str, said: object, place: str) -> Group:
    fields = reading.mapping(said, place, required=["categories"], optional=["days", "least"])
    return Group(
        code,
        facts.texts(fields, "categories", place, default=()),
        facts.number(fields, "days", place, default=90, least=0, most=MOST_DAYS),
        facts.number(fields, "least", place, default=1),
    )
