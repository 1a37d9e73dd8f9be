"""What becomes of a coupon by what channels told of it: first what is no longer so is taken back, then what is open is tried.

Of each code all that was told, in the order of its times; so it does not matter in which order it came in.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from campaigns.actions import coupon_uses, coupons, told_cards
from campaigns.models import Coupon, CouponCounter, CouponTemplate, ToldCoupon
from campaigns.queries import told_coupons
from campaigns.queries.told_coupons import Fact

Kind, State, Reason = ToldCoupon.Kind, ToldCoupon.State, ToldCoupon.Reason
USES = (Kind.ORDER, Kind.USED)
RANK = {Kind.GOT: 0, Kind.GIVEN: 1, Kind.USED: 2, Kind.ORDER: 3, Kind.DELETED: 4}
OPEN = {Reason.UNPAID: State.WAITING, Reason.ACCOUNT: State.WAITING}
OVER = {Reason.CANCELLED: State.BACK, Reason.RETURNED: State.BACK}


@dataclass
class Case:
    """One thing told; ``before``: state, reason and what it had changed."""

    told: ToldCoupon
    fact: Fact | None
    before: tuple

    @property
    def is_open(self) -> bool:
        held_off = (Reason.LATE, Reason.ELSEWHERE)
        return (
            self.fact is not None and self.told.state != State.HONOURED and self.told.reason not in held_off
        )

    @property
    def honours_a_use(self) -> bool:
        return self.told.state == State.HONOURED and self.told.kind in USES

    def set(self, reason: str, coupon: Coupon | None) -> bool:
        """Whether that changes anything."""
        state = (OPEN | OVER).get(reason, State.REFUSED) if reason else State.HONOURED
        was = (self.told.state, self.told.reason)
        self.told.state, self.told.reason, self.told.coupon = state, reason, coupon
        return was != (state, reason)


@transaction.atomic
def settle(*, codes: Collection[str], now: dt.datetime) -> None:
    """Let the coupons of these codes follow what was told of them. Locks: coupons, then their templates' counters."""
    if not codes:
        return
    found = _locked(codes)
    told = list(
        ToldCoupon.objects.select_for_update(of=("self",)).filter(code__in=list(codes)).order_by("id")
        .select_related("account", "channel", "organization")
    )  # fmt: skip
    facts = told_coupons.facts(told=told)
    cases = defaultdict(list)
    for each in told:
        cases[each.code].append(Case(each, facts[each.pk], _standing(each)))
    for code, of_code in sorted(cases.items()):
        _settle_one(found.get(code), sorted(of_code, key=_order), now)
    _write([case for of_code in cases.values() for case in of_code], now)


def _locked(codes) -> dict[str, Coupon]:
    rows = Coupon.objects.select_for_update(of=("self",)).filter(code__in=list(codes)).order_by("id")
    found = {row.code: row for row in rows.select_related("template__organization")}
    gifts = {row.template_id for row in found.values() if row.template.kind == CouponTemplate.Kind.GIFT}
    list(CouponCounter.objects.select_for_update().filter(pk__in=gifts).order_by("pk"))
    return found


def _order(case):
    return case.told.occurred_at, RANK[case.told.kind], case.told.pk


def _settle_one(coupon, cases, now) -> None:
    for case in reversed(cases):
        if coupon and case.told.state == State.HONOURED:
            _take_back(case, coupon, cases, now)
        elif coupon and case.fact is None and case.told.kind in USES:
            told_cards.unclaim(told=case.told, coupon=coupon)
        elif coupon and case.fact is None:
            told_cards.take_back(told=case.told, coupon=coupon, now=now)
    for case in cases:
        if coupon and case.honours_a_use and not _is_use(case.told, coupon):
            case.told.state, case.told.reason = State.BACK, Reason.ELSEWHERE
    changed = True
    while changed:  # a gift that is told later lets a friend have the card
        changed = False
        for case in [each for each in cases if each.is_open]:
            changed |= _try(case, coupon, now)
            coupon = coupon or case.told.coupon


def _take_back(case, coupon, cases, now) -> None:
    """What is not so any more, as far as the coupon has not moved on since."""
    over = case.fact.reason if case.fact else ""
    if case.fact is None:
        _undo(case, coupon, now)
        for other in cases:  # what only agreed with it is tried in its stead
            if other.fact and other.told.state == State.HONOURED and not other.told.before:
                other.told.state, other.told.reason = State.WAITING, Reason.ACCOUNT
    elif over in OVER and (coupon.template.returnable or not _is_use(case.told, coupon)):
        _give_back(case.told, coupon, now)
        for other in cases:
            if other.honours_a_use and other is not case:
                other.told.state, other.told.reason = State.BACK, Reason.ELSEWHERE
        case.set(over, coupon)


def _undo(case, coupon, now) -> None:
    if case.told.kind in USES:
        _give_back(case.told, coupon, now)
    elif not told_cards.take_back(told=case.told, coupon=coupon, now=now):
        case.set(Reason.LATE, coupon)


def _give_back(told, coupon, now) -> None:
    if _is_use(told, coupon):
        coupon_uses.give_back(codes=[coupon.code], now=now)
        _reread(coupon)
        told_cards.unclaim(told=told, coupon=coupon)


def _try(case, coupon, now) -> bool:
    told = case.told
    reason = case.fact.reason
    if reason == Reason.RETURNED and coupon and not coupon.template.returnable:
        reason = ""
    if not reason or (
        reason == Reason.ACCOUNT and coupon and told.kind == Kind.ORDER and not coupon.account_id
    ):
        reason, coupon = _verdict(told, coupon, now)
    return case.set(reason, coupon)


def _verdict(told, coupon, now) -> tuple[str, Coupon | None]:
    if coupon is None:
        return told_cards.make(told=told, now=now)
    reason = _use(told, coupon) if told.kind in USES else told_cards.follow(told=told, coupon=coupon)
    _reread(coupon)
    return reason, coupon


def _use(told, coupon) -> str:
    if coupon.state == Coupon.State.REDEEMED:
        return "" if _is_use(told, coupon) else Reason.USED
    told_cards.revive(told=told, coupon=coupon)
    if reason := _why_not(told, coupon):
        return reason
    try:
        _redeem(told, coupon)
    except coupon_uses.OutOfStock:
        told.before = {}
        return Reason.STOCK
    return ""


@transaction.atomic
def _redeem(told, coupon) -> None:
    """A card is its user's, even if that he got it has not been told."""
    if told.kind == Kind.USED and coupon.state == Coupon.State.MADE:
        told_cards.claim(told=told, coupon=coupon)
    coupon_uses.redeem(
        codes=[coupon.code], organization=told.organization, channel=told.channel, order_key=told.order_key,
        account=told.account, now=told.occurred_at,
    )  # fmt: skip


def _is_use(told, coupon) -> bool:
    """Whether it speaks of the use that the coupon has. Where one names no order, a use by the same person is the same."""
    if coupon.state != Coupon.State.REDEEMED or coupon.ticket_id:
        return False
    if told.order_key and coupon.order_key:
        return (told.channel_id, told.order_key) == (coupon.channel_id, coupon.order_key)
    if coupon.account_id is None:
        return (told.channel_id, told.occurred_at) == (coupon.channel_id, coupon.redeemed_at)
    return coupons.is_of(coupon=coupon, account=told.account)


def _why_not(told, coupon) -> str:
    """Why it cannot be used for this order; "" if it can."""
    if coupon.state in (Coupon.State.HELD, Coupon.State.WITHDRAWN):
        return Reason(coupon.state)
    if coupon.account_id and not coupons.is_of(coupon=coupon, account=told.account):
        return Reason.OTHERS
    if coupon.template.kind == CouponTemplate.Kind.SERVICE:
        return Reason.SERVICE
    if not told.organization.path.startswith(coupon.template.organization.path):
        return Reason.PLACE
    if coupon.valid_until and coupon.valid_until <= told.occurred_at:
        return Reason.OVER
    if coupon.valid_from and coupon.valid_from > told.occurred_at:
        return Reason.EARLY
    return ""


def _is_late(told) -> bool:
    return told.reason == Reason.LATE and bool(told.before)


def _standing(told) -> tuple:
    return told.state, told.reason, dict(told.before)


def _reread(coupon) -> None:
    coupon.refresh_from_db(fields=told_cards.MOVING)


def _write(cases, now) -> None:
    gone = [each.told.pk for each in cases if each.fact is None and not _is_late(each.told)]
    ToldCoupon.objects.filter(pk__in=gone).delete()
    changed = [
        each.told for each in cases if each.told.pk not in gone and each.before != _standing(each.told)
    ]
    for told in changed:
        told.decided_at = now
    ToldCoupon.objects.bulk_update(
        changed, ["state", "reason", "coupon", "before", "decided_at"], batch_size=500
    )
