"""The whole data map for one organization: where its customers are, what is known there, and what to mend."""

import dataclasses
import datetime as dt

from django.utils.translation import gettext as _

from identity.models import GapPlan, Touchpoint
from members.models import Organization
from reports.queries.datamap import checks, connect, live, tables, uses
from reports.table import Table


@dataclasses.dataclass(frozen=True)
class Place:
    """A touchpoint with its keys (the primary one first; ``called`` are their names), its signals and its people."""

    touchpoint: Touchpoint
    keys: list[str]
    called: list[str]
    signals: list[checks.Signal]
    count: live.Count

    @property
    def is_private(self) -> bool:
        """Private domain: customer data can be collected there, and we can operate it ourselves."""
        return self.touchpoint.operable and bool(self.signals)


@dataclasses.dataclass(frozen=True)
class Gap:
    """Two touchpoints without a common key, or with a plan. `joined` people have an account at both."""

    left: Touchpoint
    right: Touchpoint
    joint: connect.Joint
    joined: int
    plan: GapPlan | None = None

    @property
    def is_closed(self) -> bool:
        return bool(self.plan) and self.joined >= self.plan.target

    @property
    def state(self) -> str:
        if self.plan is None:
            return _("no plan")
        return _("closed") if self.is_closed else self.plan.get_state_display()


@dataclasses.dataclass(frozen=True)
class DataMap:
    as_of: dt.datetime
    places: list[Place]
    joints: dict[tuple[int, int], connect.Joint]
    joined: dict[tuple[int, int], int]
    plans: dict[tuple[int, int], GapPlan]

    @property
    def signals(self) -> list[checks.Signal]:
        return [signal for place in self.places for signal in place.signals]

    @property
    def first_party_share(self) -> float | None:
        return checks.first_party_share(self.signals)

    @property
    def findings(self) -> list[checks.Finding]:
        return checks.findings(self.signals)

    @property
    def coverage(self) -> dict[str, float]:
        return checks.coverage(self.signals)

    @property
    def private(self) -> list[Place]:
        return [place for place in self.places if place.is_private]

    def joint(self, one: Touchpoint, other: Touchpoint) -> connect.Joint | None:
        """How two touchpoints can be joined; None of one with itself."""
        return self.joints.get((min(one.pk, other.pk), max(one.pk, other.pk)))

    @property
    def gaps(self) -> list[Gap]:
        """Pairs that no common key joins, and every pair with a plan: these first, then where most people are."""
        by_id = {place.touchpoint.pk: place.touchpoint for place in self.places}
        people = {place.touchpoint.pk: place.count.people for place in self.places}
        found = [
            Gap(
                by_id[left],
                by_id[right],
                joint,
                self.joined.get((left, right), 0),
                self.plans.get((left, right)),
            )
            for (left, right), joint in self.joints.items()
            if joint.answer == connect.NO or (left, right) in self.plans
        ]
        return sorted(
            found, key=lambda gap: (gap.plan is None, -min(people[gap.left.pk], people[gap.right.pk]))
        )

    def tables(self) -> list[Table]:
        return tables.of(self)


def report(*, node: Organization, as_of: dt.datetime) -> DataMap:
    """The map as of `as_of`, with the counts of people known at `node` or below. As many statements however large
    the map, one of them over the events."""
    touchpoints = list(Touchpoint.objects.order_by("stage", "name").prefetch_related("keys__kind", "signals"))
    with live.counting():
        counts = live.counts(node=node, as_of=as_of)
        joined = live.joined(node=node, touchpoints=touchpoints)
    users = uses.by_event()
    places = [_place(each, counts.get(each.pk, {}), users) for each in touchpoints]
    return DataMap(
        as_of=as_of,
        places=places,
        joints=connect.matrix({each.pk: [_key(key) for key in each.keys.all()] for each in touchpoints}),
        joined=joined,
        plans=_plans(),
    )


def with_plans(found: DataMap) -> DataMap:
    """The same map with the plans as they are now: what somebody has just planned stands in it."""
    return dataclasses.replace(found, plans=_plans())


def _plans() -> dict[tuple[int, int], GapPlan]:
    plans = GapPlan.objects.exclude(state=GapPlan.State.DROPPED)
    return {(plan.left_id, plan.right_id): plan for plan in plans}


def _place(touchpoint, counts, users):
    return Place(
        touchpoint=touchpoint,
        keys=[key.kind_id for key in touchpoint.keys.all()],
        called=[key.kind.name for key in touchpoint.keys.all()],
        signals=[_signal(touchpoint, signal, counts, users) for signal in touchpoint.signals.all()],
        count=counts.get("", live.Count()),
    )


def _signal(touchpoint, signal, counts, users):
    readers = {user for name in signal.events for user in users.get(name, ())}
    return checks.Signal(
        touchpoint=touchpoint.name,
        name=signal.name,
        ecosystem=touchpoint.ecosystem,
        stage=signal.stage or touchpoint.stage,
        first_party=signal.first_party,
        core=signal.core,
        events=sum(counts[name].events for name in signal.events if name in counts),
        users=tuple(sorted(readers)),
    )


def _key(key):
    strength = key.kind.strength if key.kind.links else 0
    return connect.Key(key.kind_id, key.realm, key.how == key.How.AUTHORISED, strength)
