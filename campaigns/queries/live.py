"""What a store's tills price at an instant: the offers of live activities and of coupons, as the engine's rule set.

A process keeps what it read by the number that every change raises: asked again, it costs the reading of that number.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import ActivityOffer, Budget, BudgetShare, Coupon, CouponTemplate
from campaigns.offers import compiling, reading
from campaigns.offers.compiling import Compiled
from campaigns.offers.offer import Offer
from campaigns.queries import rule_sets
from members import sets
from members.models import Member, Organization
from tags.models import Audience
from tags.queries import audiences

REVISION = "SELECT number FROM campaigns_rulerevision"
BACK = dt.timedelta(days=1)  # so far back a till's clock may be without rules being read anew
EVER = dt.datetime.max.replace(tzinfo=dt.UTC)
BEFORE = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Rules:
    """``offers`` hold from ``since`` up to ``until`` as long as ``revision`` stands; ``audiences``: ids that they ask for;
    ``shares``: of each offer that budgets pay, which and how many basis points. ``sources``: of each offer
    its table and id."""

    revision: int
    offers: tuple[Offer, ...]
    compiled: Compiled
    audiences: frozenset[int]
    shares: dict[str, tuple[tuple[Budget, int], ...]]
    since: dt.datetime
    until: dt.datetime
    sources: tuple[tuple[str, int], ...]

    @cached_property
    def content(self) -> bytes:
        """Which rules these are, exactly: rule_sets.again() finds them by it."""
        return rule_sets.content(
            (*source, offer) for source, offer in zip(self.sources, self.offers, strict=True)
        )

    @cached_property
    def digest(self) -> bytes:
        return rule_sets.digest(self.content)


@dataclass(frozen=True)
class _Rule:
    source: tuple[str, int]
    path: str
    starts_at: dt.datetime
    closes_at: dt.datetime | None
    offer: Offer
    shares: tuple[tuple[Budget, int], ...]


@dataclass(frozen=True)
class _Kept:
    """All rules of the group that are not over before ``floor``, and what was made of them for stores."""

    revision: int
    floor: dt.datetime
    rules: tuple[_Rule, ...]
    of_stores: dict[str, Rules]
    of_offers: dict[tuple[int, ...], Compiled]


_kept: _Kept | None = None


def rules(*, store: Organization, at: dt.datetime) -> Rules:
    """What is live there then, the store's own and what its organizations above it set up."""
    kept = _current(at)
    found = kept.of_stores.get(store.path)
    if found is None or not found.since <= at < found.until:
        found = kept.of_stores[store.path] = _made(kept, store, at)
    return found


def revision() -> int:
    rows = sets.prepared(REVISION)
    return rows[0][0] if rows else 0


def audiences_of(*, member: Member, rules: Rules, at: dt.datetime) -> frozenset[str]:
    """Those audiences that the rules ask for and the member is in, as the engine names them."""
    asked = Audience.objects.filter(pk__in=rules.audiences).select_related("organization")
    return frozenset(
        str(each.pk) for each in asked if audiences.holds(audience=each, member=member.pk, as_of=at)
    )


def _current(at: dt.datetime) -> _Kept:
    global _kept
    now = revision()
    kept = _kept
    if kept is None or kept.revision != now or at < kept.floor:
        kept = _Kept(now, at - BACK, tuple(_read(at - BACK)), {}, {})
        _kept = kept
    return kept


def _read(floor: dt.datetime) -> list[_Rule]:
    live = Q(version__closes_at=None) | Q(version__closes_at__gt=floor)
    columns = (
        "version__activity__organization__path",
        "version__starts_at",
        "version__closes_at",
        "frozen",
        "pk",
    )
    published = ActivityOffer.objects.exclude(version__published_at=None).filter(live)
    paid = _paid("offer", published)
    rules = [
        _Rule(
            (rule_sets.ACTIVITY, pk),
            path,
            starts,
            closes,
            reading.from_builtins(frozen, Offer),
            tuple(paid.get(pk, ())),
        )
        for path, starts, closes, frozen, pk in published.order_by("pk").values_list(*columns)
    ]
    left = Coupon.objects.filter(template=OuterRef("pk"), state__in=["made", "claimed", "held"])
    usable = CouponTemplate.objects.exclude(frozen=None).filter(Q(state="open") | Exists(left))
    paid = _paid("template", usable)
    return rules + [
        _Rule(
            (rule_sets.COUPON, pk),
            path,
            opened,
            None,
            reading.from_builtins(frozen, Offer),
            tuple(paid.get(pk, ())),
        )
        for path, opened, frozen, pk in usable.order_by("pk").values_list(
            "organization__path", "opened_at", "frozen", "pk"
        )
    ]


def _paid(by: str, among: QuerySet) -> dict[int, list[tuple[Budget, int]]]:
    found: dict[int, list[tuple[Budget, int]]] = defaultdict(list)
    shares = BudgetShare.objects.filter(**{f"{by}__in": among}).select_related("budget__book")
    for share in shares.order_by("budget_id"):
        found[getattr(share, f"{by}_id")].append((share.budget, share.basis_points))
    return found


def _made(kept: _Kept, store: Organization, at: dt.datetime) -> Rules:
    here = [(number, rule) for number, rule in enumerate(kept.rules) if store.path.startswith(rule.path)]
    live = [
        (number, rule)
        for number, rule in here
        if rule.starts_at <= at and (rule.closes_at is None or rule.closes_at > at)
    ]
    turns = {rule.starts_at for _number, rule in here}
    turns |= {rule.closes_at for _number, rule in here if rule.closes_at}
    offers = tuple(rule.offer for _number, rule in live)
    numbers = tuple(number for number, _rule in live)
    if numbers not in kept.of_offers:
        kept.of_offers[numbers] = compiling.compile(offers)
    return Rules(
        revision=kept.revision,
        offers=offers,
        compiled=kept.of_offers[numbers],
        audiences=frozenset(int(each) for offer in offers for each in offer.trigger.audiences),
        shares={rule.offer.code: rule.shares for _number, rule in live if rule.shares},
        since=max([turn for turn in turns if turn <= at], default=BEFORE),
        until=min([turn for turn in turns if turn > at], default=EVER),
        sources=tuple(rule.source for _number, rule in live),
    )
