"""Coupons: claimed, given, withdrawn, expired. What tills do with them stands in ``coupon_uses``.

Whoever issues coupons of a template queues at its counter, so that the last one is given once and a person's own are
counted rightly. Locks: coupons by their ids, then counters. ``key`` makes a claim happen once.
"""

import datetime as dt
import secrets
from collections.abc import Collection, Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import coupon_codes
from campaigns.actions import coupon_events
from campaigns.models import Coupon, CouponBatch, CouponCounter, CouponTemplate
from members import sets
from members.models import Account, Channel

State = Coupon.State
# Of everybody who is the same person now: his accounts' coupons count together.
OF_PERSON = """
SELECT count(*) FROM members_account a JOIN members_account mate ON mate.member_id = a.member_id
JOIN campaigns_coupon c ON c.account_id = mate.id
WHERE a.id = %s AND c.template_id = %s AND c.state <> 'withdrawn'
"""
WANTING = """
SELECT n.account_id FROM (
    SELECT DISTINCT ON (a.member_id) a.member_id, a.id AS account_id
    FROM unnest(%s::bigint[]) AS asked (id) JOIN members_account a USING (id) ORDER BY a.member_id, a.id
) n
WHERE NOT EXISTS (SELECT FROM campaigns_coupon WHERE key = %s || ':' || n.account_id)
  AND (%s::int IS NULL OR (
      SELECT count(*) FROM members_account mate JOIN campaigns_coupon c ON c.account_id = mate.id
      WHERE mate.member_id = n.member_id AND c.template_id = %s AND c.state <> 'withdrawn') < %s::int)
ORDER BY n.account_id
"""
ISSUE = """
INSERT INTO campaigns_coupon (template_id, code, key, account_id, state, made_at, claimed_at, claim_channel_id, valid_from,
                              valid_until)
SELECT %s, n.code, n.key, n.account_id, 'claimed', %s::timestamptz, %s::timestamptz, coalesce(%s::bigint, a.channel_id),
       %s::timestamptz, %s::timestamptz
FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS n (code, key, account_id) JOIN members_account a ON a.id = n.account_id
ON CONFLICT DO NOTHING RETURNING id, key
"""
COUNT = """
UPDATE campaigns_couponcounter SET issued = issued + %s
WHERE template_id = %s AND (quota IS NULL OR issued + %s <= quota) RETURNING issued
"""
EXPIRE = """
WITH over AS MATERIALIZED (
    SELECT id FROM campaigns_coupon WHERE state IN ('made', 'claimed') AND valid_until <= %s
    ORDER BY valid_until LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE campaigns_coupon c SET state = 'expired', ended_at = %s FROM over WHERE c.id = over.id RETURNING c.id
"""


class Refused(ValueError):
    """The coupon cannot be claimed, given or used. The message says why."""


class NotNow(Refused):
    """Before or after its time, or its template is not open."""


class UsedUp(Refused):
    """The quota is reached."""


class Enough(Refused):
    """The person has as many as one may have."""


class NotYours(Refused):
    """It is somebody else's."""


class Unknown(LookupError):
    """No coupon has this code."""

    def __init__(self) -> None:
        super().__init__(_("There is no coupon with this code. Check it symbol by symbol."))


class KeyReused(Refused):
    """The key was used for another claim."""

    def __init__(self, key: str) -> None:
        super().__init__(
            _("The key %(key)r was used for something else before. Use a new key for a new one.")
            % {"key": key}
        )


@transaction.atomic
def claim(
    *, template: CouponTemplate, account: Account, key: str, now: dt.datetime, channel: Channel | None = None
) -> Coupon:
    """A coupon for whoever asks, within the template's window, quota and number for each person (all accounts that are one
    person now). ``channel``: through which; without it the account's own.

    Raises NotNow, UsedUp, Enough, KeyReused.
    """
    found = _lock(template)
    if again := Coupon.objects.filter(key=key).select_related("account").first():
        return _same(again, template, account, key)
    check_open(template=found, now=now)
    if not found.self_service:
        raise NotNow(_("“%s” is given, and not claimed.") % found.name)
    _check_window(found, now)
    _check_person(found, account)
    count(template=found, number=1)
    [made] = _issue(found, {key: account.pk}, channel, now)
    return Coupon.objects.get(pk=made)


@transaction.atomic
def grant(
    *, template: CouponTemplate, accounts: Collection[Account], key: str, now: dt.datetime,
    by: AbstractBaseUser | None = None, channel: Channel | None = None,
) -> list[int]:  # fmt: skip
    """A coupon for each person among these accounts, by staff or a campaign, whatever the window: ids of the new ones. Who
    has as many as one may have gets none, nor who got one under this key. All or none. Raises NotNow, UsedUp."""
    found = _lock(template)
    check_open(template=found, now=now)
    per_person = found.per_person
    asked = sets.array([account.pk for account in accounts])
    wanting = [
        row[0] for row in sets.run(WANTING, [], 0, asked, key, per_person, found.pk, per_person)
    ]  # fmt: skip
    if not wanting:
        return []
    count(template=found, number=len(wanting))
    return _issue(found, {f"{key}:{account}": account for account in wanting}, channel, now, by=by)


@transaction.atomic
def claim_code(*, code: str, account: Account, now: dt.datetime, channel: Channel | None = None) -> Coupon:
    """The coupon of a code that was printed or sent, for the first who brings it. Asked again by the same person, the same.

    Raises Unknown, NotYours, NotNow, Enough.
    """
    coupon = locked(code=code)
    template = _lock(coupon.template)
    if coupon.account_id:
        if not is_of(coupon=coupon, account=account):
            raise NotYours(_("The coupon %s is somebody else's.") % coupon.code)
        if coupon.state in (State.CLAIMED, State.HELD):
            return coupon
    if coupon.state != State.MADE:
        raise NotNow(why_not(coupon=coupon))
    check_open(template=template, now=now)
    _check_window(template, now)
    _check_person(template, account)
    coupon.valid_from, coupon.valid_until = _days(template, now)
    coupon.state, coupon.account, coupon.claimed_at = State.CLAIMED, account, now
    coupon.claim_channel_id = channel.pk if channel else account.channel_id
    coupon.save()
    coupon_events.tell(name="coupon.claimed", coupons=[coupon.pk], now=now)
    return coupon


@transaction.atomic
def bring(
    *, template: CouponTemplate, code: str, account: Account, now: dt.datetime, channel: Channel
) -> Coupon:
    """The coupon of a code that a channel gave the customer itself: a claim within the template's rules.

    Raises NotNow, UsedUp, Enough.
    """
    found = _lock(template)
    check_open(template=found, now=now)
    _check_window(found, now)
    _check_person(found, account)
    count(template=found, number=1)
    begins, ends = _days(found, now)
    made = Coupon.objects.create(
        template=found, code=coupon_codes.normal(code), account=account, state=State.CLAIMED, made_at=now, claimed_at=now,
        claim_channel=channel, valid_from=begins, valid_until=ends,
    )  # fmt: skip
    coupon_events.tell(name="coupon.claimed", coupons=[made.pk], now=now)
    return made


@transaction.atomic
def withdraw(*, coupon: Coupon, reason: str, by: AbstractBaseUser, now: dt.datetime) -> Coupon:
    """Nobody can use it any more. Raises Refused, NotNow while a till holds it or once it was used."""
    reason = given(reason)
    row = locked(code=coupon.code)
    if row.state not in (State.MADE, State.CLAIMED):
        raise NotNow(why_not(coupon=row))
    row.state, row.ended_at, row.reason = State.WITHDRAWN, now, reason
    row.save()
    coupon_events.tell(name="coupon.withdrawn", coupons=[row.pk], now=now, by=by.pk)
    return row


@transaction.atomic
def withdraw_codes(
    *, batch: CouponBatch, reason: str, by: AbstractBaseUser, now: dt.datetime, size: int = 20_000
) -> int:
    """Some of a batch's codes that nobody has claimed; how many, 0 when there are none left."""
    waiting = Coupon.objects.filter(batch=batch, state=State.MADE).order_by("id")
    ids = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[:size])
    return Coupon.objects.filter(pk__in=ids).update(state=State.WITHDRAWN, ended_at=now, reason=given(reason))


@transaction.atomic
def expire(*, now: dt.datetime, batch: int = 5_000) -> int:
    """One batch of coupons whose last day has passed; how many. Those that tills hold are honoured."""
    over = [row[0] for row in sets.run(EXPIRE, [], 0, now, batch, now)]
    coupon_events.tell(name="coupon.expired", coupons=over, now=now)
    return len(over)


def issue(
    *, template: CouponTemplate, accounts: Mapping[str, int], now: dt.datetime, channel: Channel | None = None, **told: str
) -> dict[str, Coupon]:  # fmt: skip
    """Coupons that were promised, {key: account}: their places in the quota were taken before. {key: coupon}; those of a
    key that was used before as they are. ``told``: for the event. Raises NotNow."""
    known = Coupon.objects.filter(key__in=accounts)
    missing = accounts.keys() - {coupon.key for coupon in known}
    if missing:
        check_open(template=template, now=now)
        _issue(template, {key: accounts[key] for key in sorted(missing)}, channel, now, told=told)
    return {coupon.key: coupon for coupon in known.all()}


@transaction.atomic
def withdraw_unused(*, ids: Collection[int], reason: str, now: dt.datetime) -> list[str]:
    """Those of these coupons that were not used and that no till holds; their codes."""
    rows = Coupon.objects.select_for_update().filter(pk__in=ids, state=State.CLAIMED).order_by("id")
    found = {coupon.pk: coupon.code for coupon in rows}
    Coupon.objects.filter(pk__in=found).update(state=State.WITHDRAWN, ended_at=now, reason=given(reason))
    coupon_events.tell(name="coupon.withdrawn", coupons=list(found), now=now)
    return list(found.values())


def locked(*, code: str) -> Coupon:
    """Raises Unknown."""
    wanted = coupon_codes.normal(code)
    rows = Coupon.objects.select_for_update(of=("self",)).select_related("template", "account")
    if (found := rows.filter(code=wanted).first()) is None:
        raise Unknown
    return found


def is_of(*, coupon: Coupon, account: Account | None) -> bool:
    """Whether the account is one of the person whose coupon it is."""
    if account is None or coupon.account_id is None:
        return False
    same = Account.everything.filter(pk=coupon.account_id, member__accounts=account.pk)
    return coupon.account_id == account.pk or same.exists()


def why_not(*, coupon: Coupon) -> str:
    """Why a coupon cannot be used or claimed, for the customer."""
    told = {"code": coupon.code}
    if coupon.state == State.REDEEMED:
        told["at"] = timezone.localtime(coupon.redeemed_at).strftime("%Y-%m-%d %H:%M")
        return _("The coupon %(code)s was used on %(at)s.") % told
    if coupon.state == State.HELD:
        return _("The coupon %(code)s is being used at a till just now.") % told
    if coupon.state == State.EXPIRED:
        return _("The coupon %(code)s is over.") % told
    if coupon.state == State.WITHDRAWN:
        return _("The coupon %(code)s was withdrawn.") % told
    return _("The coupon %(code)s cannot be used.") % told


def _lock(template) -> CouponTemplate:
    CouponCounter.objects.select_for_update().filter(pk=template.pk).first()
    return CouponTemplate.objects.get(pk=template.pk)


def _same(coupon, template, account, key) -> Coupon:
    if coupon.template_id != template.pk or not is_of(coupon=coupon, account=account):
        raise KeyReused(key)
    return coupon


def check_open(*, template: CouponTemplate, now: dt.datetime) -> None:
    """Raises NotNow."""
    if template.state != CouponTemplate.State.OPEN:
        raise NotNow(_("“%s” cannot be claimed: it is not open.") % template.name)
    _days(template, now)


def _check_window(template, now) -> None:
    if now < template.claim_from:
        at = timezone.localtime(template.claim_from).strftime("%Y-%m-%d %H:%M")
        raise NotNow(_("“%(name)s” can be claimed from %(at)s.") % {"name": template.name, "at": at})
    if template.claim_until and now >= template.claim_until:
        raise NotNow(_("“%s” cannot be claimed any more.") % template.name)


def _check_person(template, account) -> None:
    if template.per_person is None:
        return
    has = sets.run(OF_PERSON, [], 0, account.pk, template.pk)[0][0]
    if has >= template.per_person:
        told = {"name": template.name, "most": template.per_person}
        raise Enough(_("“%(name)s”: %(most)s for each person, and that many are yours already.") % told)


def count(*, template: CouponTemplate, number: int) -> None:
    """So many more of a template whose counter is locked. Raises UsedUp."""
    if not sets.run(COUNT, [], 0, number, template.pk, number):
        counter = CouponCounter.objects.get(pk=template.pk)
        told = {"name": template.name, "left": f"{counter.quota - counter.issued:,}", "asked": f"{number:,}"}
        if counter.quota > counter.issued:
            raise UsedUp(_("“%(name)s”: %(left)s are left to be given, not %(asked)s.") % told)
        raise UsedUp(_("“%(name)s”: all have been given, %(left)s are left.") % told)


def _days(template, now) -> tuple[dt.datetime, dt.datetime | None]:
    """From when to when a coupon claimed now is good: days last to the end of the last one. Raises NotNow."""
    begins = max(now, template.valid_from or now)
    ends = [template.valid_until] if template.valid_until else []
    if template.valid_days:
        zone = timezone.get_default_timezone()
        last = begins.astimezone(zone).date() + dt.timedelta(days=template.valid_days + 1)
        ends.append(dt.datetime.combine(last, dt.time.min, zone))
    if ends and min(ends) <= begins:
        raise NotNow(_("“%s” is over: a coupon claimed now would be good for nothing.") % template.name)
    return begins, min(ends, default=None)


def _issue(template, keys, channel, now, by=None, told=None) -> list[int]:
    """Claimed coupons for these accounts by their keys. A code that exists already is drawn anew."""
    begins, ends = _days(template, now)
    made: dict[str, int] = {}
    while waiting := [key for key in keys if key not in made]:
        codes = coupon_codes.many(count=len(waiting), random=secrets.token_bytes)
        rows = [(code, key, keys[key]) for code, key in zip(codes, waiting, strict=True)]
        issued = (template.pk, now, now, channel and channel.pk, begins, ends, *sets.columns(rows, 3))
        found = {key: id for id, key in sets.run(ISSUE, [], 0, *issued)}
        if not found and Coupon.objects.filter(key__in=waiting).exists():
            raise KeyReused(waiting[0])
        made |= found
    name = "coupon.granted" if by or told is not None else "coupon.claimed"
    told = {**(told or {}), **({"by": by.pk} if by else {})}
    coupon_events.tell(name=name, coupons=list(made.values()), now=now, **told)
    return sorted(made.values())


def given(reason: str) -> str:
    """Raises Refused."""
    if not reason.strip():
        raise Refused(_("Say why: the reason is kept with the coupon."))
    return reason.strip()[:300]
