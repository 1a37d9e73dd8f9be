"""What tills do with coupons: hold, free, redeem, give back. Called within the till's own transaction, all or none.

Locks: the coupons in the order of their ids, then the counters of gifts in the order of their templates. A gift that is
held has left the stock, so that what was promised is there.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import coupon_codes
from campaigns.actions import coupon_events, coupons
from campaigns.models import Coupon, CouponTemplate
from members import sets
from members.models import Account, Channel, Organization

State, Kind = Coupon.State, CouponTemplate.Kind
FREE = """
UPDATE campaigns_coupon SET state = CASE WHEN account_id IS NULL THEN 'made' ELSE 'claimed' END, held_by = '',
    redeemed_at = NULL, organization_id = NULL, channel_id = NULL, staff = '', order_key = '', ticket_id = NULL
WHERE id = ANY(%s::bigint[])
"""
GIVE = """
UPDATE campaigns_couponcounter SET given = given + %s
WHERE template_id = %s AND given + %s >= 0 AND (stock IS NULL OR given + %s <= stock) RETURNING given
"""


COUNTERS = """
SELECT c.template_id FROM campaigns_couponcounter c JOIN campaigns_coupontemplate t ON t.id = c.template_id
WHERE t.id = ANY(%s::bigint[]) OR t.code = ANY(%s::text[]) ORDER BY c.template_id FOR UPDATE OF c
"""


class NotUsable(coupons.Refused):
    """A coupon cannot be used here and now: ``code``, and the message says why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class OutOfStock(coupons.Refused):
    """No gift is left."""


@transaction.atomic
def hold(
    *, codes: Collection[str], held_by: str, now: dt.datetime, store: Organization, account: Account | None = None,
    beside: Collection[str] = (),
) -> list[Coupon]:  # fmt: skip
    """Keep these coupons for an order until it frees or redeems them; what it holds already stays. ``account``: the
    customer's; a guest can use printed codes that nobody has claimed. ``beside``: codes of templates whose counters the
    caller changes next. Raises NotUsable, OutOfStock, coupons.Unknown."""
    rows = _locked(codes)
    for row in rows:
        if (row.state, row.held_by) != (State.HELD, held_by):
            _check(row, account, store, now)
    new = [row for row in rows if row.state != State.HELD]
    if beside:
        _lock_counters(new, beside)
    _count_gifts(new, 1)
    Coupon.objects.filter(pk__in=[row.pk for row in new]).update(state=State.HELD, held_by=held_by)
    return _again(rows)


@transaction.atomic
def free(*, held_by: str, now: dt.datetime, beside: Collection[str] = ()) -> list[Coupon]:
    """What an order holds can be used again; once over, it expires like any other. ``beside``: as `hold` has it."""
    rows = _held(held_by)
    if beside:
        _lock_counters(rows, beside)
    _count_gifts(rows, -1)
    set_free(ids=[row.pk for row in rows])
    return _again(rows)


@transaction.atomic
def redeem(
    *, codes: Collection[str], organization: Organization, channel: Channel, order_key: str, now: dt.datetime,
    staff: str = "", account: Account | None = None, held_by: str = "",
) -> list[Coupon]:  # fmt: skip
    """Use these coupons up for an order: those that ``held_by`` holds, whatever became of their time, and others if they
    can be used now. Asked again for the same order, the same. Raises NotUsable, OutOfStock, coupons.Unknown."""
    rows = _locked(codes)
    done = [row for row in rows if _is_done(row, channel, order_key)]
    new = [row for row in rows if row not in done]
    for row in new:
        if not (row.state == State.HELD and held_by and row.held_by == held_by):
            _check(row, account, organization, now)
    _count_gifts([row for row in new if row.state != State.HELD], 1)
    Coupon.objects.filter(pk__in=[row.pk for row in new]).update(
        state=State.REDEEMED, held_by="", redeemed_at=now, organization=organization, channel=channel, staff=staff,
        order_key=order_key, ended_at=None,
    )  # fmt: skip
    coupon_events.tell(name="coupon.redeemed", coupons=[row.pk for row in new], now=now)
    return _again(rows)


@transaction.atomic
def give_back(*, codes: Collection[str], now: dt.datetime, restock: bool = True) -> list[Coupon]:
    """What was redeemed is the customer's again, with the days it had, as a return says. ``restock``: gifts came back too.
    Those that are free already stay so. Raises NotUsable, coupons.Unknown."""
    rows = _locked(codes)
    for row in rows:
        if row.state not in (State.REDEEMED, State.CLAIMED, State.MADE) or row.ticket_id:
            raise NotUsable(row.code, coupons.why_not(coupon=row))
    back = [row for row in rows if row.state == State.REDEEMED]
    if restock:
        _count_gifts(back, -1)
    coupon_events.tell(name="coupon.given_back", coupons=[row.pk for row in back], now=now)
    set_free(ids=[row.pk for row in back])
    return _again(rows)


def lock(*, codes: Collection[str], beside: Collection[str]) -> None:
    """Those of these coupons that are known, for who holds them one by one, and the counters of them and of ``beside``."""
    rows = Coupon.objects.select_for_update(of=("self",)).select_related("template")
    _lock_counters(list(rows.filter(code__in=codes).order_by("id")), beside)


def check_place_and_time(*, coupon: Coupon, store: Organization, now: dt.datetime) -> None:
    """Raises NotUsable."""
    code, usable_at = coupon.code, coupon.template.organization
    if not store.path.startswith(usable_at.path):
        raise NotUsable(code, _("The coupon %(code)s is for %(place)s.") % {"code": code, "place": usable_at})
    if coupon.valid_until and coupon.valid_until <= now:
        raise NotUsable(code, _("The coupon %s is over.") % code)
    if coupon.valid_from and coupon.valid_from > now:
        raise NotUsable(code, _("The coupon %s cannot be used yet.") % code)


def set_free(*, ids: Collection[int]) -> None:
    """Locked coupons that were held or redeemed are the customer's again, or nobody's if they were."""
    sets.run(FREE, [], 0, sets.array(list(ids)))


def _lock_counters(rows, beside) -> None:
    """Of the gifts among these and of ``beside`` in one order; without gifts that is done where the others are counted."""
    if gifts := {row.template_id for row in rows if row.template.kind == Kind.GIFT}:
        sets.prepared(COUNTERS, sets.array(sorted(gifts)), sets.array(sorted(beside)))


def _locked(codes) -> list[Coupon]:
    wanted = {coupon_codes.normal(code) for code in codes}
    rows = Coupon.objects.select_for_update(of=("self",)).filter(code__in=wanted).order_by("id")
    found = list(rows.select_related("template__organization", "account"))
    if len(found) < len(wanted):
        raise coupons.Unknown
    return found


def _held(held_by) -> list[Coupon]:
    rows = Coupon.objects.select_for_update(of=("self",)).select_related("template")
    return list(rows.filter(state=State.HELD, held_by=held_by).order_by("id"))


def _again(rows) -> list[Coupon]:
    return list(Coupon.objects.filter(pk__in=[row.pk for row in rows]).order_by("id"))


def _is_done(row, channel, order_key) -> bool:
    return row.state == State.REDEEMED and (row.channel_id, row.order_key) == (channel.pk, order_key)


def _check(row, account, store, now) -> None:
    """Whether it can be used there and then by that customer. ``now`` of an imported order is when it was placed: a coupon
    that has expired since was good then."""
    expired_since = row.state == State.EXPIRED and row.valid_until > now
    if row.state not in (State.MADE, State.CLAIMED) and not expired_since:
        raise NotUsable(row.code, coupons.why_not(coupon=row))
    if row.account_id and not coupons.is_of(coupon=row, account=account):
        raise NotUsable(row.code, _("The coupon %s is somebody else's.") % row.code)
    if row.template.kind == Kind.SERVICE:
        raise NotUsable(row.code, _("The voucher %s is used by opening a service ticket.") % row.code)
    check_place_and_time(coupon=row, store=store, now=now)


def _count_gifts(rows, sign: int) -> None:
    gifts = Counter(row.template_id for row in rows if row.template.kind == Kind.GIFT)
    names = {row.template_id: row.template.name for row in rows}
    for template, number in sorted(gifts.items()):
        steps = sign * number
        if not sets.run(GIVE, [], 0, steps, template, steps, steps):
            raise OutOfStock(_("“%s”: no gift is left.") % names[template])
