"""Unique codes by the million: asked for at once against the quota, then made some at a time by the worker.

Each step is a transaction: a worker that is killed goes on where it was, and two never make the same ones.
"""

import datetime as dt
import secrets
from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import coupon_codes
from campaigns.actions import coupons
from campaigns.models import CouponBatch, CouponCounter, CouponTemplate
from members import sets
from members.actions import access

SIZE = 20_000
# To be claimed, or used by a guest, before its time is up.
MAKE = """
INSERT INTO campaigns_coupon (template_id, code, batch_id, state, made_at, valid_from, valid_until)
SELECT t.id, n.code, %s, 'made', %s, t.valid_from, least(t.valid_until, t.claim_until)
FROM unnest(%s::text[]) AS n (code), campaigns_coupontemplate t WHERE t.id = %s
ON CONFLICT (code) DO NOTHING
"""


@transaction.atomic
def ask(
    *, template: CouponTemplate, name: str, count: int, by: AbstractBaseUser, now: dt.datetime
) -> CouponBatch:
    """So many codes, to be made by the worker. They count against the quota from now on. Raises NotNow, UsedUp."""
    reserve(template=template, count=count, now=now)
    batch = CouponBatch(template=template, name=name, count=count, asked_by=by, asked_at=now)
    batch.full_clean()
    batch.save()
    return batch


@transaction.atomic
def bring(
    *, template: CouponTemplate, name: str, codes: Collection[str], by: AbstractBaseUser, now: dt.datetime
) -> CouponBatch:
    """Codes that somebody else made, such as a marketplace. Raises Refused for one that exists, NotNow, UsedUp."""
    normal = [coupon_codes.normal(code) for code in codes]
    wrong = [code for code in normal if not 0 < len(code) <= coupon_codes.LONGEST]
    if wrong:
        raise coupons.Refused(_("“%s” is no code: it has 1 to 40 symbols.") % wrong[0])
    batch = ask(template=template, name=name, count=len(normal), by=by, now=now)
    if _make(batch, normal, now) < len(normal):
        raise coupons.Refused(
            _("Some of these codes are there already, or stand twice: nothing was brought in.")
        )
    return _note(batch, len(normal), now)


@transaction.atomic
def advance(*, now: dt.datetime, size: int = SIZE) -> int:
    """Make some of the codes of the first batch that waits; how many, 0 when none does."""
    waiting = CouponBatch.objects.filter(done_at=None, withdrawn_at=None).order_by("id")
    batch = waiting.select_for_update(skip_locked=True).first()
    if batch is None:
        return 0
    wanted = min(size, batch.count - batch.made)
    made = 0
    while made < wanted:
        codes = coupon_codes.many(count=wanted - made, random=secrets.token_bytes)
        made += _make(batch, codes, now)
    _note(batch, made, now)
    return made


@transaction.atomic
def withdraw(*, batch: CouponBatch, reason: str, by: AbstractBaseUser, now: dt.datetime) -> CouponBatch:
    """Its codes that nobody has claimed are good for nothing: the worker withdraws them; no more are made. Raises Refused."""
    row = CouponBatch.objects.select_for_update().get(pk=batch.pk)
    if row.withdrawn_at:
        raise coupons.Refused(_("The codes of “%s” were withdrawn already.") % row.name)
    row.withdraw_reason = coupons.given(reason)
    row.withdrawn_by, row.withdrawn_at = by, now
    row.save(update_fields=["withdrawn_by", "withdrawn_at", "withdraw_reason"])
    return row


@transaction.atomic
def clear(*, now: dt.datetime, size: int = SIZE) -> int:
    """Withdraw some of the codes of the first batch that was withdrawn; how many, 0 when there is nothing to do."""
    waiting = CouponBatch.objects.filter(withdrawn_at__isnull=False, cleared_at=None).order_by("id")
    for batch in waiting.select_for_update(skip_locked=True, of=("self",)).select_related("withdrawn_by"):
        told = {"reason": batch.withdraw_reason, "by": batch.withdrawn_by, "now": now, "size": size}
        if count := coupons.withdraw_codes(batch=batch, **told):
            return count
        if not batch.coupons.filter(state="made").exists():
            batch.cleared_at = now
            batch.save(update_fields=["cleared_at"])
    return 0


@transaction.atomic
def fetch(*, batch: CouponBatch, by: AbstractBaseUser, now: dt.datetime) -> CouponBatch:
    """Note that the codes of a batch leave the house with ``by``: once. Raises Refused while they are made, or if they have."""
    row = CouponBatch.objects.select_for_update(of=("self",)).select_related("template").get(pk=batch.pk)
    if row.withdrawn_at:
        raise coupons.Refused(_("The codes were withdrawn."))
    if row.done_at is None:
        raise coupons.Refused(_("The codes are still being made: %(made)s of %(count)s.") % vars(row))
    if row.fetched_at:
        raise coupons.Refused(
            _(
                "The codes were taken out once already. If they are lost, withdraw them and make another batch."
            )
        )
    row.fetched_by, row.fetched_at = by, now
    row.save(update_fields=["fetched_by", "fetched_at"])
    told = {"template": row.template.code, "batch": row.pk, "codes": row.count}
    access.export(of="coupon codes", by=by, now=now, details=told)
    return row


def reserve(*, template: CouponTemplate, count: int, now: dt.datetime) -> None:
    """Room for so many in the quota of an open template. Raises NotNow, UsedUp."""
    CouponCounter.objects.select_for_update().filter(pk=template.pk).first()
    found = CouponTemplate.objects.get(pk=template.pk)
    coupons.check_open(template=found, now=now)
    coupons.count(template=found, number=count)


def _make(batch, codes, now) -> int:
    told = (batch.pk, now, sets.array(codes), batch.template_id)
    return len(sets.run(MAKE + " RETURNING id", [], 0, *told))


def _note(batch, made, now) -> CouponBatch:
    batch.made += made
    batch.done_at = now if batch.made == batch.count else None
    batch.save(update_fields=["made", "done_at"])
    return batch
