"""What must be true of a draft before it is published."""

import datetime as dt
from itertools import pairwise

from django.utils.translation import gettext as _

from members.models import Book, Plan
from members.queries import plans
from members.rules import holidays


class Refused(ValueError):
    """The plan cannot be published or stopped so. The message says why."""


def check(*, plan: Plan, now: dt.datetime) -> None:
    """Whether the draft could be published now. Raises Refused with the first thing that is wrong."""
    if plan.state != Plan.State.DRAFT:
        raise Refused(_("Only a draft can be published; this plan is: %(state)s.") % {"state": plan.get_state_display()})  # fmt: skip
    if plan.programme.closed_at and plan.programme.closed_at <= now:
        raise Refused(_("The programme %(name)s is closed.") % {"name": plan.programme})
    (_check_long if plan.cycle == Plan.Cycle.LONG else _check_short)(plan, now)
    _check_calendar(plan)
    _check_rules(plan)
    _check_goods(plan)
    _check_tiers(plan)


def _check_long(plan: Plan, now: dt.datetime) -> None:
    versions = Plan.objects.public().filter(programme=plan.programme, cycle=Plan.Cycle.LONG)
    if plan.starts_at < now and versions.exists():
        raise Refused(
            _("Orders have earned by an earlier version: a new one begins in the future, not on %(day)s.")
            % {"day": plan.starts_at.date()}
        )
    if versions.filter(starts_at=plan.starts_at).exists():
        raise Refused(_("Another version begins at that instant already."))


def _check_short(plan: Plan, now: dt.datetime) -> None:
    if plan.ends_at is None and plan.calendar == Plan.Calendar.ALWAYS:
        raise Refused(_("A short plan needs an end, a season or a holiday."))
    if plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        raise Refused(_("The plan ends before it begins."))
    if plans.in_force(programme=plan.programme, at=now) is None:
        raise Refused(_("A short plan stands on a long one: publish the programme's long plan first."))


def _check_calendar(plan: Plan) -> None:
    if plan.calendar == Plan.Calendar.HOLIDAY and plan.holiday not in holidays.CODES:
        raise Refused(_("No holiday is called %(code)s.") % {"code": plan.holiday})
    for day in (plan.season_from, plan.season_to) if plan.calendar == Plan.Calendar.SEASON else ():
        try:
            dt.date.fromisoformat(f"2024-{day}")
        except ValueError:
            raise Refused(_("%(day)s is not a day of the year; write 06-01.") % {"day": day}) from None


def _check_rules(plan: Plan) -> None:
    rules = list(plan.earning_rules.select_related("book__organization"))
    if not rules:
        raise Refused(_("The plan has no rule of what is earned."))
    roundings: dict[int, str] = {}
    for rule in [*rules, *plan.spend_rules.select_related("book__organization")]:
        _check_book(plan, rule.book)
    for rule in rules:
        if rule.times is not None and plan.cycle == Plan.Cycle.LONG:
            raise Refused(_("“Times” is for short plans: it multiplies what the long one gives."))
        if roundings.setdefault(rule.book_id, rule.rounding) != rule.rounding:
            raise Refused(_("All rules for the book %(book)s round alike.") % {"book": rule.book})


def _check_book(plan: Plan, book: Book) -> None:
    if not plan.programme.organization.path.startswith(book.organization.path):
        raise Refused(
            _("The book %(book)s belongs to another organization than the programme.") % {"book": book}
        )


def _check_goods(plan: Plan) -> None:
    """Sets of the programme's own branch: of its node, above it or below it."""
    home = plan.programme.organization.path
    for rule in plan.earning_rules.exclude(goods=None).select_related("goods__organization"):
        path = rule.goods.organization.path
        if not (path.startswith(home) or home.startswith(path)):
            raise Refused(
                _("The goods set %(goods)s belongs to another branch than the programme.")
                % {"goods": rule.goods}
            )


def _check_tiers(plan: Plan) -> None:
    rules = list(plan.tier_rules.select_related("tier").order_by("tier__rank"))
    if plan.cycle == Plan.Cycle.SHORT and (rules or plan.growth_book):
        raise Refused(_("Tiers are ruled by the long cycle; take them out of this short plan."))
    for rule in rules:
        if rule.tier.programme_id != plan.programme_id:
            raise Refused(_("The tier %(tier)s belongs to another programme.") % {"tier": rule.tier})
    _check_growth(plan, rules)
    _check_codes(plan)


def _check_growth(plan: Plan, rules) -> None:
    if plan.growth_book:
        _check_growth_book(plan)
    reached = [rule for rule in rules if rule.growth_from is not None]
    for lower, higher in pairwise(reached):
        if higher.growth_from <= lower.growth_from:
            raise Refused(
                _("%(higher)s stands above %(lower)s, so it needs more growth to be reached.")
                % {"higher": higher.tier, "lower": lower.tier}
            )
    for rule in reached:
        if rule.keep_from is not None and rule.keep_from > rule.growth_from:
            raise Refused(
                _("%(tier)s cannot ask more growth to keep it than to reach it.") % {"tier": rule.tier}
            )


def _check_growth_book(plan: Plan) -> None:
    book = plan.growth_book
    _check_book(plan, book)
    if book.kind != Book.Kind.GROWTH:
        raise Refused(_("Tiers go by a book of growth; %(book)s is one of %(kind)s.") % {"book": book, "kind": book.get_kind_display()})  # fmt: skip


def _check_codes(plan: Plan) -> None:
    """A code that nobody has would leave everybody out, without a word."""
    known = set(plan.programme.tiers.values_list("code", flat=True))
    for event, codes in plan.earning_rules.values_list("event", "tiers"):
        if unknown := sorted(set(codes) - known):
            raise Refused(_("The programme has no tier with the code %(code)s.") % {"code": unknown[0]})
        if event and codes:
            raise Refused(_("What an action earns is the same in all tiers: take them out of its rule."))
