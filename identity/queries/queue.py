"""What waits for a steward: most valuable first, one at a time, narrowed as he likes."""

import dataclasses
import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from identity.models import Binding, BulkDecision, Identifier, ReviewCase
from identity.models.review import LEVELS
from members.models import Account
from members.queries import scopes
from members.queries.scopes import Reach

BOTH = '(identity_reviewcase."left" || identity_reviewcase."right")'
KNOWN = f"""EXISTS (SELECT FROM members_membership known
    JOIN members_organization node ON node.id = known.organization_id
    WHERE node.path LIKE %s AND known.account_id = ANY {BOTH})"""
UNKNOWN = f"""EXISTS (SELECT FROM unnest{BOTH} AS held(id) WHERE NOT EXISTS (
    SELECT FROM members_membership known JOIN members_organization node ON node.id = known.organization_id
    WHERE node.path LIKE %s AND known.account_id = held.id))"""  # noqa: S608
AT_CHANNEL = f"""EXISTS (SELECT FROM members_account carried
    WHERE carried.channel_id = %s AND carried.id = ANY {BOTH})"""
ORDER = ("-value", "id")
COUNTED = 1_000


@dataclasses.dataclass(frozen=True)
class Wish:
    """What the steward wants to see. ``mine``: "later" (he put them off) or "" (all that wait now)."""

    sort: str = ""
    reason: str = ""
    channel: int | None = None
    node: str = ""
    mine: str = ""


def visible(*, reach: Reach, cases: QuerySet[ReviewCase] | None = None) -> QuerySet[ReviewCase]:
    """Cases with an account on either side that is known within reach."""
    cases = ReviewCase.objects.all() if cases is None else cases
    if reach.everything or reach.everybody:
        return cases
    return cases.filter(at_node(path=reach.node.path)) if reach.node else cases.none()


def at_node(*, path: str) -> RawSQL:
    """A condition: an account of the case is known at the node of this path or below it."""
    return RawSQL(KNOWN, [path + "%"], output_field=BooleanField())  # noqa: S611 parameters only


def at_channel(*, channel: int) -> RawSQL:
    return RawSQL(AT_CHANNEL, [channel], output_field=BooleanField())  # noqa: S611


def decidable(*, case: ReviewCase, reach: Reach) -> bool:
    """Whoever decides must know every account of the case; one that is elsewhere's goes to a steward above."""
    found = decidable_of(cases=ReviewCase.objects.filter(pk=case.pk), reach=reach).exists()
    return found and (
        case.sort != ReviewCase.Sort.SHARED or speakable(identifier=case.identifier, reach=reach)
    )


def decidable_of(*, cases: QuerySet[ReviewCase], reach: Reach) -> QuerySet[ReviewCase]:
    """Of these cases those all of whose accounts are known within reach."""
    if reach.everything or reach.everybody:
        return cases
    if reach.node is None:
        return cases.none()
    elsewhere = RawSQL(UNKNOWN, [reach.node.path + "%"], output_field=BooleanField())  # noqa: S611
    return cases.alias(elsewhere=elsewhere).filter(elsewhere=False)


def speakable(*, identifier: Identifier | None, reach: Reach) -> bool:
    """Whoever says what an identifier is moves all who carry it, so he must know all of them."""
    carried = Binding.objects.filter(identifier=identifier, account=OuterRef("pk"))
    carriers = Account.objects.filter(Exists(carried.exclude(role=Binding.Role.RECEIVER)))
    return identifier is None or scopes.knows(carriers, reach=reach)


def waiting(*, now: dt.datetime, cases: QuerySet[ReviewCase] | None = None) -> QuerySet[ReviewCase]:
    """Open cases that nobody put off and that no bulk decision holds, in no order."""
    cases = ReviewCase.objects.all() if cases is None else cases
    return cases.filter(awake(now=now), state=ReviewCase.State.OPEN, bulk=None)


def awake(*, now: dt.datetime) -> Q:
    """Not put off, or put off until a moment that has come."""
    return Q(snoozed_until=None) | Q(snoozed_until__lte=now)


def wished(*, wish: Wish, reach: Reach, by: AbstractBaseUser, now: dt.datetime) -> QuerySet[ReviewCase]:
    """The cases of a wish that wait within reach, most valuable first."""
    seen = visible(reach=reach)
    if wish.mine == "later":
        cases = seen.filter(state=ReviewCase.State.OPEN, snoozed_by=by, bulk=None)
    else:
        cases = waiting(now=now, cases=seen)
    if wish.sort:
        cases = cases.filter(sort=wish.sort)
    if wish.reason:
        cases = cases.filter(reason=wish.reason)
    if wish.channel:
        cases = cases.filter(at_channel(channel=wish.channel))
    if wish.node:
        cases = cases.filter(at_node(path=wish.node))
    return cases.order_by(*ORDER)


def after(*, case: ReviewCase, cases: QuerySet[ReviewCase]) -> ReviewCase | None:
    """The case that follows in the order of the queue; from its end the first again, never the same."""
    others = cases.exclude(pk=case.pk).order_by(*ORDER)
    behind = Q(value__lt=case.value) | Q(value=case.value, pk__gt=case.pk)
    return others.filter(behind, value__lte=case.value).first() or others.first()


def before(*, case: ReviewCase, cases: QuerySet[ReviewCase]) -> ReviewCase | None:
    ahead = Q(value__gt=case.value) | Q(value=case.value, pk__lt=case.pk)
    return cases.filter(ahead, value__gte=case.value).order_by("value", "-id").first()


def by_sort(*, cases: QuerySet[ReviewCase], at_most: int = COUNTED) -> dict[str, int]:
    """How many cases of each sort, counted up to ``at_most``."""
    return {sort: cases.order_by().filter(sort=sort)[:at_most].count() for sort in ReviewCase.Sort.values}


def pattern(*, case: ReviewCase) -> list[str] | None:
    """The levels of this case, or None if it was not scored."""
    if case.sort != ReviewCase.Sort.CANDIDATE:
        return None
    return ReviewCase.objects.filter(pk=case.pk).values_list(LEVELS, flat=True).first() or None


def alike(
    *, case: ReviewCase, cases: QuerySet[ReviewCase]
) -> tuple[QuerySet[ReviewCase], list[str] | None] | None:
    """The cases that the same rule explains, with the pattern of levels if that is the rule; None: no rule does.

    A rule is one reason about one identifier, or one pattern of levels among candidates.
    """
    same = cases.filter(sort=case.sort, reason=case.reason)
    if case.identifier_id:
        return same.filter(identifier=case.identifier_id), None
    found = pattern(case=case)
    if found is None:
        return None
    return same.annotate(levels=LEVELS).filter(levels=found), found


def to_confirm(*, reach: Reach) -> QuerySet[BulkDecision]:
    """Bulk decisions that wait for a second person, oldest first."""
    held = visible(reach=reach).filter(bulk__isnull=False, bulk__closed_at=None)
    waiting_ones = set(held.values_list("bulk", flat=True))
    found = BulkDecision.objects.filter(pk__in=waiting_ones).select_related("proposed_by", "identifier__kind")
    return found.order_by("pk")
