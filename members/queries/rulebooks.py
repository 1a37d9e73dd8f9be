"""The rules of all published plans, read once for a set of orders: which of them rule a sale."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from members.models import EarningRule, Organization, Plan
from members.queries import plans
from members.rules.earning import Rule, Rules
from members.rules.windows import Window

EVER = Window(starts_at=dt.datetime.min.replace(tzinfo=dt.UTC))


@dataclass(frozen=True)
class Ruling:
    """A plan with its rules. ``rules_at`` leaves those out whose book was closed by then."""

    window: Window
    rules: Rules
    closed: tuple[tuple[int, dt.datetime], ...] = ()

    def rules_at(self, at: dt.datetime) -> Rules:
        shut = {book for book, closed_at in self.closed if closed_at <= at}
        if not shut:
            return self.rules
        return Rules(self.rules.plan, tuple(rule for rule in self.rules.rules if rule.book not in shut))


@dataclass
class Kept:
    """The plans of one programme; versions of the long one with the latest start first."""

    path: str
    closed_at: dt.datetime | None
    longs: list[Ruling] = field(default_factory=list)
    shorts: list[Ruling] = field(default_factory=list)

    def long_at(self, at: dt.datetime) -> Ruling | None:
        if self.closed_at is not None and self.closed_at <= at:
            return None
        return next((each for each in self.longs if each.window.starts_at <= at), None)


class Rulebook:
    """``with_goods``: whether any rule asks which goods a line is. ``always``: a plan taken to hold at all times, a long
    one in the place of all versions."""

    def __init__(self, rows: Iterable[Plan], *, always: Plan | None = None) -> None:
        programmes: dict[int, Kept] = {}
        self.zone = timezone.get_default_timezone()
        self.with_goods, named = False, set()
        for plan in rows:
            programme = plan.programme
            kept = programmes.setdefault(programme.pk, Kept(programme.organization.path, programme.closed_at))
            ruling = _ruling(plan, EVER if plan == always else plans.window(plan=plan))
            (kept.longs if plan.cycle == Plan.Cycle.LONG else kept.shorts).append(ruling)
            self.with_goods |= any(rule.skus or rule.categories for rule in ruling.rules.rules)
            named.update(*(rule.organizations for rule in ruling.rules.rules))
        for kept in programmes.values():
            kept.longs.sort(key=lambda each: (each.window is EVER, each.window.starts_at), reverse=True)
        self._nearest_first = sorted(programmes.values(), key=lambda each: len(each.path), reverse=True)
        self._named = (
            dict(Organization.objects.filter(code__in=named).values_list("code", "path")) if named else {}
        )
        self._above: dict[str, list[Kept]] = {}

    def organizations(self, path: str) -> frozenset[str]:
        """Codes of the organizations named by rules that the node of this path is or stands below."""
        return frozenset(code for code, above in self._named.items() if path.startswith(above))

    def ruling(self, *, path: str, at: dt.datetime) -> tuple[Rules, list[Rules]] | None:
        """Long and short plans for a sale at the node of this path; of the nearest programme that had a long one."""
        if path not in self._above:
            self._above[path] = [each for each in self._nearest_first if path.startswith(each.path)]
        for programme in self._above[path]:
            if long := programme.long_at(at):
                shorts = [each for each in programme.shorts if each.window.holds(at, zone=self.zone)]
                return long.rules_at(at), [each.rules_at(at) for each in shorts]
        return None


def published() -> Rulebook:
    return Rulebook(_with_rules(Plan.objects.public()))


def with_draft(*, plan: Plan) -> Rulebook:
    """As if this draft had held at all times."""
    return Rulebook(_with_rules(Plan.objects.public() | Plan.objects.filter(pk=plan.pk)), always=plan)


def _with_rules(found):
    return (
        found.select_related("programme__organization")
        .prefetch_related("earning_rules__book", "earning_rules__goods")
        .order_by("pk")
    )


def _ruling(plan: Plan, window: Window) -> Ruling:
    rows = sorted(plan.earning_rules.all(), key=lambda each: (each.position, each.pk))
    closed = {(row.book_id, row.book.closed_at) for row in rows if row.book.closed_at}
    rules = Rules(plan.pk, tuple(_rule(row, plan) for row in rows))
    return Ruling(window, rules, tuple(sorted(closed)))


def _rule(row: EarningRule, plan: Plan) -> Rule:
    draft = plan.state == Plan.State.DRAFT
    skus, categories = row.all_goods() if draft else (row.skus, row.categories)
    return Rule(
        position=row.position, book=row.book_id, scale=row.book.scale, currency=row.currency, rate=row.rate,
        fixed=row.fixed, times=row.times, rounding=row.rounding, skus=frozenset(skus), categories=frozenset(categories),
        channels=frozenset(row.channels), organizations=frozenset(row.organizations), at_least=row.at_least,
    )  # fmt: skip
