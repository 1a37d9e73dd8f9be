"""The rules of all published plans, read once for a set of orders: which of them rule a sale."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from members.models import EarningRule, Organization, Plan, Tier
from members.queries import plans
from members.rules import acts, earning
from members.rules.earning import Rule, Rules
from members.rules.windows import Window

EVER = Window(starts_at=dt.datetime.min.replace(tzinfo=dt.UTC))


@dataclass(frozen=True)
class Ruling:
    """A plan with its rules for orders and for actions, less those whose book was closed by then."""

    window: Window
    rules: Rules
    acts: acts.Rules
    closed: tuple[tuple[int, dt.datetime], ...] = ()

    @property
    def asks_tier(self) -> bool:
        """Whether some earn by it what others do not."""
        multiplied = any(times != 1 for times in self.rules.multipliers.values())
        return multiplied or any(rule.tiers for rule in self.rules.rules)

    def acts_at(self, at: dt.datetime) -> acts.Rules:
        shut = self._shut(at)
        return acts.Rules(self.acts.plan, tuple(rule for rule in self.acts.rules if rule.book not in shut))

    def rules_at(self, at: dt.datetime) -> Rules:
        shut = self._shut(at)
        if not shut:
            return self.rules
        left = tuple(rule for rule in self.rules.rules if rule.book not in shut)
        return Rules(self.rules.plan, left, self.rules.multipliers)

    def _shut(self, at: dt.datetime) -> set[int]:
        return {book for book, closed_at in self.closed if closed_at <= at}


@dataclass(frozen=True)
class Ruled:
    """The plans that rule a sale. ``asks_tier``: what it earns may depend on the tier that its customer had."""

    programme: int
    long: Rules
    shorts: list[Rules]
    asks_tier: bool


@dataclass
class Kept:
    """The plans of one programme; versions of the long one with the latest start first."""

    programme: int
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
            kept = programmes.setdefault(
                programme.pk, Kept(programme.pk, programme.organization.path, programme.closed_at)
            )
            ruling = _ruling(plan, EVER if plan == always else plans.window(plan=plan))
            (kept.longs if plan.cycle == Plan.Cycle.LONG else kept.shorts).append(ruling)
            self.with_goods |= any(rule.skus or rule.categories for rule in ruling.rules.rules)
            both = (*ruling.rules.rules, *ruling.acts.rules)
            named.update(*(rule.organizations for rule in both))
        for kept in programmes.values():
            kept.longs.sort(key=lambda each: (each.window is EVER, each.window.starts_at), reverse=True)
        self._nearest_first = sorted(programmes.values(), key=lambda each: len(each.path), reverse=True)
        self._named = (
            dict(Organization.objects.filter(code__in=named).values_list("code", "path")) if named else {}
        )
        self._above: dict[str, list[Kept]] = {}
        self._tiers = _tiers(programmes.values())

    def organizations(self, path: str) -> frozenset[str]:
        """Codes of the organizations named by rules that the node of this path is or stands below."""
        return frozenset(code for code, above in self._named.items() if path.startswith(above))

    def tier(self, id: int | None) -> earning.Tier | None:
        return self._tiers.get(id)

    def ruling(self, *, path: str, at: dt.datetime) -> Ruled | None:
        """The plans for a sale at the node of this path; of the nearest programme that had a long one."""
        if found := self._nearest(path, at):
            programme, long, shorts = found
            by_tier = any(each.asks_tier for each in (long, *shorts))
            return Ruled(programme, long.rules_at(at), [each.rules_at(at) for each in shorts], by_tier)
        return None

    def acting(self, *, path: str, at: dt.datetime) -> tuple[int, acts.Rules, list[acts.Rules]] | None:
        """Its programme, and what its long and short plans say of an action at the node of this path."""
        if found := self._nearest(path, at):
            programme, long, shorts = found
            return programme, long.acts_at(at), [each.acts_at(at) for each in shorts]
        return None

    def _nearest(self, path: str, at: dt.datetime) -> tuple[int, Ruling, list[Ruling]] | None:
        if path not in self._above:
            self._above[path] = [each for each in self._nearest_first if path.startswith(each.path)]
        for kept in self._above[path]:
            if long := kept.long_at(at):
                shorts = [each for each in kept.shorts if each.window.holds(at, zone=self.zone)]
                return kept.programme, long, shorts
        return None

    def actions(self) -> frozenset[tuple[str, str]]:
        """(event, each | day | once) of all rules for them."""
        return frozenset((rule.event, rule.per) for _, rule in self._of_actions())

    def multiplied(self, event: str) -> frozenset[tuple[int, int, int]]:
        """(programme, short plan, book) of the rules that multiply what an action gives."""
        return frozenset(
            (programme, plan, rule.book)
            for (programme, plan), rule in self._of_actions()
            if rule.event == event and rule.times is not None
        )

    def _of_actions(self) -> Iterator[tuple[tuple[int, int], acts.Rule]]:
        for kept in self._nearest_first:
            for each in (*kept.longs, *kept.shorts):
                for rule in each.acts.rules:
                    yield (kept.programme, each.acts.plan), rule


def published() -> Rulebook:
    return Rulebook(_with_rules(Plan.objects.public()))


def with_draft(*, plan: Plan) -> Rulebook:
    """As if this draft had held at all times."""
    return Rulebook(_with_rules(Plan.objects.public() | Plan.objects.filter(pk=plan.pk)), always=plan)


def _with_rules(found):
    return (
        found.select_related("programme__organization")
        .prefetch_related("earning_rules__book", "earning_rules__goods", "tier_rules")
        .order_by("pk")
    )


def _ruling(plan: Plan, window: Window) -> Ruling:
    rows = sorted(plan.earning_rules.all(), key=lambda each: (each.position, each.pk))
    closed = {(row.book_id, row.book.closed_at) for row in rows if row.book.closed_at}
    multipliers = {row.tier_id: row.multiplier for row in plan.tier_rules.all()}
    rules = Rules(plan.pk, tuple(_rule(row, plan) for row in rows if not row.event), multipliers)
    of_actions = acts.Rules(plan.pk, tuple(_act_rule(row) for row in rows if row.event))
    return Ruling(window, rules, of_actions, tuple(sorted(closed)))


def _act_rule(row: EarningRule) -> acts.Rule:
    return acts.Rule(
        book=row.book_id, scale=row.book.scale, event=row.event, per=row.per, fixed=row.fixed, times=row.times,
        rounding=row.rounding, channels=frozenset(row.channels), organizations=frozenset(row.organizations),
    )  # fmt: skip


def _tiers(programmes: Iterable[Kept]) -> dict[int, earning.Tier]:
    """The tiers of the programmes in which it matters who has which."""
    ids = [
        kept.programme for kept in programmes if any(plan.asks_tier for plan in (*kept.longs, *kept.shorts))
    ]
    rows = Tier.objects.filter(programme__in=ids).values_list("pk", "code") if ids else ()
    return {id: earning.Tier(id, code) for id, code in rows}


def _rule(row: EarningRule, plan: Plan) -> Rule:
    draft = plan.state == Plan.State.DRAFT
    skus, categories = row.all_goods() if draft else (row.skus, row.categories)
    return Rule(
        position=row.position, book=row.book_id, scale=row.book.scale, currency=row.currency, rate=row.rate,
        fixed=row.fixed, times=row.times, multiplied=row.multiplied, rounding=row.rounding, skus=frozenset(skus),
        categories=frozenset(categories), channels=frozenset(row.channels), organizations=frozenset(row.organizations),
        tiers=frozenset(row.tiers), at_least=row.at_least,
    )  # fmt: skip
