"""What somebody's household may need next: an appliance replaced, a new home fitted out, a model above the entry level.

- replacement: the newest appliance of a category is within ``near`` years of the end of its life;
- new fit-out: an address changed within the window ``moved``, and nothing of ``basics`` is owned;
- upgrade: the newest appliance of a category is an entry model (by SKU, or sold below a price), and the average amount of
  an order is at or above that of ``power`` percent of all buyers.

Owned is what was bought and kept, and what was connected. Lives in years are those of the China Household Electrical
Appliances Association's standards on safe service life (T/CHEAA, 2020): refrigerators and air conditioners 10, washing
machines, range hoods and water heaters 8. What is given is the need, or the kind of offer that answers it.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading, window
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.conditions.window import EVER, Window
from tags.models_of import facts
from tags.models_of.learning import Columns, Fitted, TooLittle

CODE = "appliance_needs"
VERSION = "1"
SHAPE = "several"
SORT = "group"
VALUES = (
    ("upgrade", gettext_noop("Upgrade"), "升级"),
    ("new_fit_out", gettext_noop("New fit-out"), "新装"),
    ("replacement", gettext_noop("Replacement"), "替换"),
)
FORMULA = gettext_noop(
    "Replacement: age ≥ life − near. New fit-out: address changed and no basic appliance owned. Upgrade: an entry model and a"
    " high average amount of orders. Offers: trade-in, full reduction, high-end recommendation."
)
OFFERS = {"replacement": "trade_in", "new_fit_out": "full_reduction", "upgrade": "high_end"}
LIVES = {
    "refrigerator": 10, "冰箱": 10, "air-conditioner": 10, "空调": 10, "washing-machine": 8, "洗衣机": 8, "kitchen": 8,
    "油烟机": 8, "water-heater": 8, "热水器": 8, "tv": 8, "电视": 8,
}  # fmt: skip
BASICS = ("air-conditioner", "空调")
ENTRY = {"tv": "2000", "电视": "2000", "refrigerator": "2000", "冰箱": "2000"}
FEWEST = 20  # buyers: below, a percentile is a guess

CONNECTED = """
SELECT a.member_id, x.category, x.sku, NULL::numeric AS price, coalesce(x.bought_at, x.bound_at) AS at
FROM members_appliance x JOIN members_account a ON a.id = x.bound_account_id AND a.emptied_at IS NULL
WHERE x.category = ANY({categories}) AND coalesce(x.bought_at, x.bound_at) <= {as_of}{only}"""

NEEDS = """
WITH owned AS MATERIALIZED (
    SELECT DISTINCT ON (member_id, category) * FROM ({bought} UNION ALL {connected}) o ORDER BY member_id, category, at DESC, price
), found AS (
    SELECT o.member_id, 'replacement' AS need FROM owned o JOIN (VALUES {lives}) v (category, years) USING (category)
    WHERE (o.at AT TIME ZONE {zone})::date <= ({today}::date - make_interval(years => v.years - {near}))::date
    UNION ALL
    SELECT m.member_id, 'new_fit_out' FROM ({moved}) m
    WHERE NOT EXISTS (SELECT FROM owned o WHERE o.member_id = m.member_id AND o.category = ANY({basics}))
    UNION ALL
    SELECT o.member_id, 'upgrade' FROM owned o LEFT JOIN (VALUES {entry}) e (category, below) USING (category)
    JOIN (SELECT member_id FROM ({orders}) b GROUP BY 1 HAVING avg(amount) >= {power}) p USING (member_id)
    WHERE o.price < e.below OR o.sku = ANY({entry_skus})
)
SELECT DISTINCT f.member_id, w.word FROM found f JOIN (VALUES {words}) w (need, word) USING (need)"""


@dataclass(frozen=True)
class ApplianceNeeds:
    """``lives``: (category, years); ``entry``: (category, price below which a model is of the entry level)."""

    lives: tuple[tuple[str, int], ...]
    basics: tuple[str, ...]
    entry: tuple[tuple[str, Decimal], ...]
    entry_skus: tuple[str, ...] = ()
    near: int = 1
    moved: tuple[str, ...] = ("address_changed",)
    moved_within: Window = facts.HALF_A_YEAR
    power: int = 80
    gives: str = "need"

    def signals(self) -> set[str]:
        return {"orders", *(f"event.{name}" for name in self.moved)}

    def sources(self) -> tuple:
        return ()

    def learns(self, setting: Setting) -> Sql:
        return build(
            "SELECT avg(amount)::float8 AS average FROM ({orders}) b GROUP BY member_id",
            orders=self._orders(setting),
        )

    def fitted(self, columns: Columns, *, as_of: object) -> Fitted:
        averages = columns["average"]
        if len(averages) < FEWEST:
            raise TooLittle(
                _("Who has a high purchasing power is told from %(fewest)d buyers on; there are %(count)d.")
                % {"fewest": FEWEST, "count": len(averages)}
            )
        power = float(np.percentile(averages, self.power, method="inverted_cdf"))
        return Fitted({"power": power}, members=len(averages), quality={"power": round(power, 2)})

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        words = {need: OFFERS[need] if self.gives == "offer" else need for need in OFFERS}
        return build(
            NEEDS,
            bought=self._bought(setting),
            connected=self._connected(setting),
            lives=_pairs(self.lives, "int"),
            entry=_pairs(self.entry, "numeric"),
            words=_pairs(words.items(), "text"),
            zone=str(moments.zone()),
            today=moments.day_of(setting.as_of),
            near=self.near,
            moved=facts.events(setting, names=self.moved, window=self.moved_within, columns=Sql("e.name")),
            basics=list(self.basics),
            orders=self._orders(setting),
            power=fitted["power"],
            entry_skus=list(self.entry_skus),
        )

    @property
    def _categories(self) -> list[str]:
        return sorted({name for name, _value in (*self.lives, *self.entry)} | set(self.basics))

    def _bought(self, setting: Setting) -> Sql:
        return facts.lines(
            setting,
            window=EVER,
            columns=Sql("l.category, l.sku, l.unit_price AS price, o.occurred_at AS at"),
            more=build("l.category = ANY({categories})", categories=self._categories),
        )

    def _connected(self, setting: Setting) -> Sql:
        return build(
            CONNECTED,
            categories=self._categories,
            as_of=setting.as_of,
            only=facts.only(setting, Sql("a.member_id")),
        )

    def _orders(self, setting: Setting) -> Sql:
        return facts.orders(setting, window=facts.YEAR, columns=Sql("o.amount"))


def _pairs(pairs: object, kind: str) -> Sql:
    return join(
        [
            build("({name}::text, {value}::{kind})", name=name, value=value, kind=Sql(kind))
            for name, value in pairs
        ],
        ", ",
    )


def parse(parameters: object, place: str = "parameters") -> ApplianceNeeds:
    """``{"lives": {"refrigerator": 10}, "near": 1, "basics": ["air-conditioner"], "entry": {"tv": 2000}, "entry_skus": [],
    "moved": ["address_changed"], "moved_within": {"days": 180}, "power": 80, "gives": "need"}``; all may be left out."""
    known = ["lives", "near", "basics", "entry", "entry_skus", "moved", "moved_within", "power", "gives"]
    fields = reading.mapping(parameters, place, optional=known)
    gives = fields.get("gives", "need")
    return ApplianceNeeds(
        lives=_by_category(fields.get("lives", LIVES), reading.inside(place, "lives"), _years),
        basics=facts.texts(fields, "basics", place, default=BASICS),
        entry=_by_category(fields.get("entry", ENTRY), reading.inside(place, "entry"), reading.decimal),
        entry_skus=facts.texts(fields, "entry_skus", place, default=()),
        near=facts.number(fields, "near", place, default=1, least=0, most=20),
        moved=facts.texts(fields, "moved", place, default=("address_changed",)),
        moved_within=window.parse(
            fields.get("moved_within", {"days": 180}), reading.inside(place, "moved_within")
        ),
        power=facts.number(fields, "power", place, default=80, least=1, most=99),
        gives=reading.choice(gives, reading.inside(place, "gives"), ("need", "offer"), what=_("the answer")),
    )


def _years(value: object, place: str) -> int:
    return reading.integer(value, place, least=1, most=50)


def _by_category(value: object, place: str, read: object) -> tuple:
    if not isinstance(value, dict) or not 1 <= len(value) <= 200:
        raise Fault(place, _("these are no categories"), _('Write {"refrigerator": 10}, at most 200.'))
    return tuple(
        (reading.text(name, place), read(said, reading.inside(place, name))) for name, said in value.items()
    )
