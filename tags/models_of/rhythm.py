"""In which rhythm somebody buys: his days with a purchase, and the days between one and the next.

Several orders of one day are one purchase: who pays twice at the till on a Saturday has not come back.
"""

from dataclasses import dataclass
from typing import ClassVar

from tags.conditions import moments
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Source
from tags.conditions.sql import Sql, build

ROWS = """
SELECT g.member_id, count(*) AS days, min(g.day) AS first_day, max(g.day) AS last_day, max(g.before) AS day_before,
       avg((g.day - g.before)::float8) AS cycle, stddev_samp((g.day - g.before)::float8) AS spread
FROM (SELECT d.member_id, d.day, lag(d.day) OVER (PARTITION BY d.member_id ORDER BY d.day) AS before
      FROM (SELECT a.member_id, (p.occurred_at AT TIME ZONE {zone})::date AS day
            FROM ({purchases}) p JOIN members_account a ON a.id = p.account_id AND a.emptied_at IS NULL
            GROUP BY 1, 2) d) g
GROUP BY g.member_id"""


EVERY = Purchases()


@dataclass(frozen=True)
class Rhythm(Source):
    """One row a buyer: number of days with a purchase, the first, the last and the one before it; mean (``cycle``) and
    sample standard deviation (``spread``) of the days between them, NULL where there are too few."""

    purchases: Purchases = EVERY

    COLUMNS: ClassVar = (
        ("member_id", "bigint"), ("days", "bigint"), ("first_day", "date"), ("last_day", "date"), ("day_before", "date"),
        ("cycle", "float8"), ("spread", "float8"),
    )  # fmt: skip

    @property
    def key(self) -> tuple:
        return ("rhythm", self.purchases)

    def rows(self, setting: Setting) -> Sql:
        return build(ROWS, purchases=self.purchases.sql(setting), zone=str(moments.zone()))
