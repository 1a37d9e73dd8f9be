"""What cards told of by a channel do to their coupon: claimed, passed on to a friend, deleted by the customer, and back again.

``told.before`` keeps what was changed, so that exactly that is taken back: {} nothing, {"made": true} nobody's before,
{"issued": true} no coupon before, or the account, time and channel of the claim before.
"""

import datetime as dt

from campaigns.actions import coupon_events, coupons
from campaigns.models import Coupon, CouponTemplate, ToldCoupon

State, Kind, Reason = Coupon.State, ToldCoupon.Kind, ToldCoupon.Reason
DELETED, UNDONE = "deleted", "undone"  # such coupons may come back: migration 0003
CLAIM = ("account_id", "claimed_at", "claim_channel_id")
MOVING = [
    "state", "key", "account", "claimed_at", "claim_channel", "valid_from", "valid_until", "held_by", "redeemed_at",
    "organization", "channel", "staff", "order_key", "ticket", "ended_at", "reason",
]  # fmt: skip
REFUSALS = {coupons.Enough: Reason.ENOUGH, coupons.UsedUp: Reason.QUOTA, coupons.NotNow: Reason.WINDOW}


def make(*, told: ToldCoupon, now: dt.datetime) -> tuple[str, Coupon | None]:
    """A coupon for a card that the channel gave out under a code of its own, if it says of which template."""
    template = CouponTemplate.objects.filter(code=told.template_code, state="open").first()
    if (
        told.kind != Kind.GOT
        or template is None
        or len(told.code) > Coupon._meta.get_field("code").max_length
    ):
        return Reason.UNKNOWN, None
    try:
        made = coupons.bring(
            template=template,
            code=told.code,
            account=told.account,
            channel=told.channel,
            now=told.occurred_at,
        )
    except coupons.Refused as fault:
        return _reason(fault), None
    told.before = {"issued": True}
    return "", made


def follow(*, told: ToldCoupon, coupon: Coupon) -> str:
    """Let the coupon follow; why it cannot, "" if it did or stands so already."""
    return {Kind.GOT: _got, Kind.GIVEN: _given, Kind.DELETED: _deleted}[told.kind](told, coupon)


def claim(*, told: ToldCoupon, coupon: Coupon) -> str:
    """It is that customer's from now on."""
    try:
        coupons.claim_code(code=coupon.code, account=told.account, now=told.occurred_at, channel=told.channel)
    except coupons.Refused as fault:
        return _reason(fault)
    coupon.refresh_from_db(fields=MOVING)
    told.before = {"made": True}
    return ""


def revive(*, told: ToldCoupon, coupon: Coupon) -> None:
    """A card that its customer deleted after what is told now."""
    if coupon.state == State.WITHDRAWN and coupon.reason == DELETED and coupon.ended_at > told.occurred_at:
        _change(coupon, state=State.CLAIMED, ended_at=None, reason="")


def unclaim(*, told: ToldCoupon, coupon: Coupon) -> None:
    """Nobody's again, if this was what made it somebody's."""
    if told.before == {"made": True} and coupon.state == State.CLAIMED:
        template, none = coupon.template, dict.fromkeys(CLAIM)
        ends = min(filter(None, (template.valid_until, template.claim_until)), default=None)
        _change(coupon, state=State.MADE, **none, valid_from=template.valid_from, valid_until=ends)
        told.before = {}


def take_back(*, told: ToldCoupon, coupon: Coupon, now: dt.datetime) -> bool:
    """As if it had not been told; False: the coupon has moved on since."""
    if told.kind == Kind.DELETED:
        revived = (coupon.state, coupon.reason, coupon.ended_at) == (
            State.WITHDRAWN,
            DELETED,
            told.occurred_at,
        )
        if revived:
            _change(coupon, state=State.CLAIMED, ended_at=None, reason="")
        return True
    if not told.before:
        return True
    if coupon.state != State.CLAIMED or coupon.account_id != told.account_id:
        return False
    if told.before == {"issued": True}:
        _change(coupon, state=State.WITHDRAWN, ended_at=now, reason=UNDONE)
    elif told.before == {"made": True}:
        unclaim(told=told, coupon=coupon)
    else:
        _change(coupon, **told.before)
    told.before = {}
    return True


def _got(told, coupon) -> str:
    if coupon.state == State.MADE:
        return claim(told=told, coupon=coupon)
    if coupon.state == State.WITHDRAWN and coupon.reason == UNDONE:
        _change(coupon, state=State.CLAIMED, ended_at=None, reason="", **_claimant(told))
        told.before = {"issued": True}
        return ""
    if coupon.state == State.HELD and coupon.account_id is None:
        return Reason.HELD
    if coupon.account_id is None or coupons.is_of(coupon=coupon, account=told.account):
        return ""
    if _gave(coupon, told.account, since=told.occurred_at):
        return ""
    if coupon.state == State.CLAIMED and _gave(coupon, coupon.account):
        told.before = {name: getattr(coupon, name) for name in CLAIM}
        told.before["claimed_at"] = coupon.claimed_at.isoformat()
        _change(coupon, **_claimant(told))
        coupon_events.tell(
            name="coupon.given", coupons=[coupon.pk], now=told.occurred_at, giver=told.before["account_id"]
        )
        return ""
    return Reason.OTHERS


def _given(told, coupon) -> str:
    """The friend has it once his own event comes."""
    return "" if coupons.is_of(coupon=coupon, account=told.account) else Reason.OTHERS


def _deleted(told, coupon) -> str:
    if not coupons.is_of(coupon=coupon, account=told.account):
        return Reason.OTHERS
    if coupon.state == State.HELD:
        return Reason.HELD
    if coupon.state == State.CLAIMED:
        _change(coupon, state=State.WITHDRAWN, ended_at=told.occurred_at, reason=DELETED)
        coupon_events.tell(name="coupon.withdrawn", coupons=[coupon.pk], now=told.occurred_at)
    return ""


def _gave(coupon, owner, *, since: dt.datetime | None = None) -> bool:
    """Whether the person whose account it is gave the card to a friend."""
    given = ToldCoupon.objects.filter(code=coupon.code, kind=Kind.GIVEN, account__member__accounts=owner)
    return (given.filter(occurred_at__gte=since) if since else given).exists()


def _claimant(told) -> dict:
    return {
        "account_id": told.account_id, "claimed_at": told.occurred_at, "claim_channel_id": told.channel_id,
    }  # fmt: skip


def _change(coupon, **fields) -> None:
    Coupon.objects.filter(pk=coupon.pk).update(**fields)
    coupon.refresh_from_db(fields=MOVING)


def _reason(fault) -> str:
    return next((reason for kind, reason in REFUSALS.items() if isinstance(fault, kind)), Reason.WINDOW)
