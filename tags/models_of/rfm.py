"""RFM: recency, frequency and monetary value of every buyer, each better or worse than a bound: eight classes.

Recency is the number of days from the last purchase to the as-of day, in the project's time zone; frequency the number
of orders, or of days with an order; monetary what was paid less what was refunded. Which orders count is said in
``tags.conditions.purchases``: one that was given back does not. Members without a purchase in the window have no class.

Better is: recency below its bound, frequency and monetary value above theirs. **A value exactly on the bound is not
better.** Bounds are the mean of all buyers, their median, a percentile, or numbers given. A percentile is counted from the
worse to the better: by 80 the nearest, the most frequent and the largest fifth are better (linear interpolation: Hyndman &
Fan 1996, type 7). Classes as in Hughes, "Strategic Database
Marketing" (1994), divided in two instead of five as Chinese practice does.
"""

import dataclasses
import datetime as dt
import itertools
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading, window
from tags.conditions.faults import Fault
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought, BoughtByDay
from tags.conditions.sql import Sql, build, join
from tags.conditions.window import EVER, Window
from tags.models_of.learning import Columns, Fitted, TooLittle

CODE, VERSION, SHAPE, SORT = "rfm", "1", "one", "group"
FORMULA = gettext_noop(
    "Last purchase, number of orders and amount, each better or worse than everybody's mean, median, percentile or a number given. "
    "Hughes, Strategic Database Marketing (1994), divided in two as Chinese practice does."
)

# In the order of (recency, frequency, monetary) from worse, worse, worse to better, better, better.
VALUES = (
    ("general_retain", gettext_noop("General retain"), "一般挽留"),
    ("important_retain", gettext_noop("Important retain"), "重要挽留"),
    ("general_keep", gettext_noop("General keep"), "一般保持"),
    ("important_keep", gettext_noop("Important keep / win back"), "重要保持/唤回"),
    ("general_development", gettext_noop("General development"), "一般发展"),
    ("important_development", gettext_noop("Important development"), "重要发展"),
    ("general_value", gettext_noop("General value"), "一般价值"),
    ("important_value", gettext_noop("Important value (champions)"), "重要价值"),
)
CODES = tuple(code for code, _english, _chinese in VALUES)
MEASURES = ("recency", "frequency", "monetary")
SAID = (  # of each measure: worse, better
    (gettext_noop("%(recency)s days ago or more"), gettext_noop("less than %(recency)s days ago")),
    (gettext_noop("at most %(frequency)s times"), gettext_noop("more than %(frequency)s times")),
    (gettext_noop("up to %(monetary)s"), gettext_noop("above %(monetary)s")),
)

FACTS = """
SELECT s.member_id, {today}::date - (s.last_at AT TIME ZONE {zone})::date AS recency, {frequency} AS frequency,
       s.amount + coalesce({unmatched}, 0) AS monetary
FROM {table} s{by_day} WHERE s.orders > 0{here}"""
FREQUENCIES = {"orders": Sql("s.orders"), "order_days": Sql("d.days")}

MEANS = "SELECT avg(recency) AS recency, avg(frequency) AS frequency, avg(monetary) AS monetary FROM {table}"

MEDIAN = """(percentile_disc(0.5) WITHIN GROUP (ORDER BY {measure})
            + percentile_disc(0.5) WITHIN GROUP (ORDER BY {measure} DESC)) / 2.0 AS {measure}"""

PERCENTILE = "percentile_cont({share}) WITHIN GROUP (ORDER BY {measure}::float8 {way})::numeric AS {measure}"
WORSE_FIRST = {"recency": Sql("DESC"), "frequency": Sql("ASC"), "monetary": Sql("ASC")}

CLASSIFIED = """
SELECT f.member_id, ({codes}::text[])[1 + (f.recency < b.recency)::int * 4 + (f.frequency > b.frequency)::int * 2
                                       + (f.monetary > b.monetary)::int] AS code{measures}
FROM {table} f CROSS JOIN ({bounds}) b"""


@dataclass(frozen=True)
class Bounds:
    recency: Decimal
    frequency: Decimal
    monetary: Decimal

    def row(self) -> Sql:
        return build(
            "SELECT {recency}::numeric AS recency, {frequency}::numeric AS frequency, {monetary}::numeric AS monetary",
            **dataclasses.asdict(self),
        )


@dataclass(frozen=True)
class Percentile:
    """From the worse to the better: above 0 and below 100."""

    percent: Decimal


@dataclass(frozen=True)
class Rfm:
    """``bounds``: "mean", "median", ``Percentile`` or ``Bounds``. ``frequency``: "orders" or "order_days"."""

    window: Window = EVER
    bounds: str | Percentile | Bounds = "mean"
    frequency: str = "orders"

    def signals(self) -> set[str]:
        return {"orders", "returns"}

    def sources(self) -> tuple[Bought | BoughtByDay, ...]:
        purchases = Purchases(window=self.window)
        bought = Bought(purchases, needs=("orders", "amount", "unmatched", "last_at"))
        return (bought, BoughtByDay(purchases)) if self.frequency == "order_days" else (bought,)

    def facts(self, setting: Setting) -> Sql:
        """(member_id, recency, frequency, monetary) of every buyer."""
        here = setting.known_here()
        bought, *by_day = self.sources()
        return build(
            FACTS,
            today=moments.day_of(setting.as_of),
            zone=str(moments.zone()),
            frequency=FREQUENCIES[self.frequency],
            unmatched=bought.columns(Sql("s."))["unmatched"],
            table=setting.table(bought),
            by_day=build(" JOIN {days} d USING (member_id)", days=setting.table(by_day[0]))
            if by_day
            else Sql(),
            here=build(" AND s.member_id IN ({here})", here=here) if here else here,
        )

    def learns(self, setting: Setting) -> Sql:
        """The bounds, and from how many members."""
        return build(
            "WITH facts AS MATERIALIZED ({facts}) SELECT b.*, (SELECT count(*) FROM facts) AS members FROM ({bounds}) b",
            facts=self.facts(setting),
            bounds=self.bounds.row() if isinstance(self.bounds, Bounds) else self._found(Sql("facts")),
        )

    def known(self) -> dict | None:
        """The bounds given: nothing is to be learned then."""
        given = isinstance(self.bounds, Bounds)
        return (
            {name: str(value) for name, value in dataclasses.asdict(self.bounds).items()} if given else None
        )

    def fitted(self, columns: Columns, *, as_of: dt.datetime) -> Fitted:
        members = int(columns["members"][0])
        if not members:
            raise TooLittle(_("Nobody has bought anything in the window."))
        found = {name: repr(float(columns[name][0])) for name in MEASURES}
        return Fitted(self.known() or found, members)

    def told(self, fitted: dict | None = None) -> dict[str, str]:
        """With the bounds that were given or found."""
        bounds = self.known() or fitted
        if not bounds:
            return {}
        shown = {name: f"{Decimal(bounds[name]):,.2f}" for name in MEASURES}
        ways = [[_(words) % shown for words in pair] for pair in SAID]
        return {code: "; ".join(told) for code, told in zip(CODES, itertools.product(*ways), strict=True)}

    def rows(self, setting: Setting, fitted: dict) -> Sql:
        """(member_id, code) of every buyer, by the bounds that were found."""
        table = build("({facts})", facts=self.facts(setting))
        return self.classified(table, Bounds(**{name: Decimal(fitted[name]) for name in MEASURES}))

    def _found(self, table: Sql) -> Sql:
        if self.bounds == "mean":
            return build(MEANS, table=table)
        found = join([self._middle(measure) for measure in MEASURES], ", ")
        return build("SELECT {found} FROM {table}", found=found, table=table)

    def _middle(self, measure: str) -> Sql:
        if self.bounds == "median":
            return build(MEDIAN, measure=Sql(measure))
        share = float(self.bounds.percent) / 100
        return build(PERCENTILE, share=share, measure=Sql(measure), way=WORSE_FIRST[measure])

    def classified(self, table: Sql, bounds: Bounds | None = None, *, measures: bool = False) -> Sql:
        """(member_id, code) over a table of facts; without bounds they are fitted in the same statement."""
        known = self.bounds if isinstance(self.bounds, Bounds) else bounds
        return build(
            CLASSIFIED,
            codes=list(CODES),
            table=table,
            bounds=known.row() if known else self._found(table),
            measures=Sql(", f.recency, f.frequency, f.monetary" if measures else ""),
        )

    def statement(self, setting: Setting, bounds: Bounds | None = None) -> Sql:
        """Everything in one statement: (member_id, code, recency, frequency, monetary)."""
        return build(
            "WITH facts AS MATERIALIZED ({facts}) {classified}",
            facts=self.facts(setting),
            classified=self.classified(Sql("facts"), bounds, measures=True),
        )


BY_MEANS = Rfm()


def parse(parameters: object, place: str = "parameters") -> Rfm:
    """``{"window": {"days": 365}, "bounds": "mean", "frequency": "orders"}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["window", "bounds", "frequency"])
    frequency = reading.choice(
        fields.get("frequency", "orders"),
        reading.inside(place, "frequency"),
        tuple(FREQUENCIES),
        what=_("the frequency"),
    )
    return Rfm(
        window=window.parse(fields.get("window"), reading.inside(place, "window")),
        bounds=_bounds(fields.get("bounds", "mean"), reading.inside(place, "bounds")),
        frequency=frequency,
    )


def _bounds(value: object, place: str) -> str | Percentile | Bounds:
    if isinstance(value, str):
        return reading.choice(value, place, ("mean", "median"), what=_("the bound"))
    if not isinstance(value, dict):
        raise Fault(
            place,
            _("these are no bounds"),
            _('Write "mean", "median", {"percentile": 80} or an object of three numbers.'),
        )
    if "percentile" in value:
        return _percentile(value, place)
    fields = reading.mapping(value, place, required=MEASURES)
    return Bounds(**{name: reading.decimal(fields[name], reading.inside(place, name)) for name in MEASURES})


def _percentile(value: dict, place: str) -> Percentile:
    fields = reading.mapping(value, place, required=["percentile"])
    at = reading.inside(place, "percentile")
    percent = reading.decimal(fields["percentile"], at)
    if not 0 < percent < 100:
        raise Fault(at, _("this is no percentile"), _("Choose one above 0 and below 100, such as 80."))
    return Percentile(percent)
