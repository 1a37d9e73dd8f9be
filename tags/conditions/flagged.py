"""Purchases by what the channel said of the order itself, such as ``attribution`` {"subsidy": "countryside"}."""

from dataclasses import dataclass

from tags.conditions import properties
from tags.conditions.comparison import Comparison
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql


@dataclass(frozen=True)
class Flagged(Purchases):
    attribution: tuple[tuple[str, Comparison], ...] = ()

    @property
    def plain(self) -> bool:
        return super().plain and not self.attribution

    def tests(self, setting: Setting) -> list[Sql]:
        flags = [properties.term(Sql("o.attribution"), key, test, setting) for key, test in self.attribution]
        return [*super().tests(setting), *flags]


@dataclass(frozen=True)
class Goods(Flagged):
    """The lines of purchases, whatever they are: each less its own refund."""

    @property
    def by_line(self) -> bool:
        return True
