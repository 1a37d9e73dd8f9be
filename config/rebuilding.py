"""Everything that is derived, derived again from the facts. Raw records, facts, verdicts and logs are never touched."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction

from campaigns.actions import lineage
from identity.actions import oneid, recipes, recounting
from members.actions import appliances, benefits, memberships, profiles
from members.models import Account, Organization
from tags.actions import compute, uses

BATCH = 20_000


class UnknownStep(ValueError):
    pass


@dataclass(frozen=True)
class Step:
    """One part of what is derived. ``tables``: models, or columns as "model.column"; ``rebuild(now)`` says how many
    rows it looked at or changed. A step stands on those before it."""

    name: str
    tables: tuple[str, ...]
    rebuild: Callable[[dt.datetime], int]


def _consequences(now: dt.datetime) -> int:
    """What follows from consents: benefits, and accounts whose identifiers link nobody."""
    ids = list(Account.objects.order_by("id").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            benefits.derive(accounts=ids[start : start + BATCH])
    return len(ids)


def _tags(now: dt.datetime) -> int:
    if not Organization.objects.filter(kind=Organization.Kind.GROUP).exists():
        return 0
    return compute.compute(now=now).members


def _uses(now: dt.datetime) -> int:
    """What uses tags and audiences; the history of uses that ended stays."""
    return uses.rebuild(now=now) + lineage.rebuild(now=now)


STEPS = (
    Step("orders", ("identity.binding",), lambda now: recounting.everybody()),
    Step(
        "recipes",
        ("identity.hashedform", "identity.binding"),
        lambda now: recipes.apply(now=now).derived,
    ),
    Step("consents", ("members.benefitgrant", "members.closedlink"), _consequences),
    Step(
        "visits",
        ("members.membership.first_visited_at", "members.membership.last_visited_at"),
        lambda now: memberships.revisit_everybody(),
    ),
    Step(
        "people",
        ("members.account.member", "members.member.retired_at", "identity.identifier.shared"),
        lambda now: len(oneid.rebuild(now=now).accounts),
    ),
    Step(
        "profiles",
        ("members.memberprofile", "members.memberfeatures"),
        lambda now: profiles.rebuild(now=now),
    ),
    Step("appliances", ("members.appliance",), lambda now: appliances.rebuild(now=now)),
    Step("tags", ("tags.membertags", "tags.memberturn"), _tags),
    Step("uses", (), _uses),
)


def rebuild(
    *,
    now: dt.datetime,
    only: Iterable[str] = (),
    progress: Callable[[str, int], None] = lambda _name, _rows: None,
) -> None:
    """Derive everything again, or only the steps named, in their order. Repeated it changes nothing. Raises UnknownStep."""
    wanted = set(only)
    if unknown := wanted - {step.name for step in STEPS}:
        known = ", ".join(step.name for step in STEPS)
        raise UnknownStep(f"There is no step {', '.join(sorted(unknown))}. There are: {known}.")
    for step in STEPS:
        if not wanted or step.name in wanted:
            progress(step.name, step.rebuild(now))
