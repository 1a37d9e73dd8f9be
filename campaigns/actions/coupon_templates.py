"""Sorts of coupons: drafted, opened by a second person, closed. An open one stays as it is."""

import datetime as dt
from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions import lineage, packets, revisions
from campaigns.models import Budget, BudgetShare, CouponCounter, CouponTemplate
from campaigns.offers import reading
from campaigns.queries import wordings
from members.models import AccessRecord, Organization
from tags.conditions.faults import Fault

State, Kind = CouponTemplate.State, CouponTemplate.Kind
FIELDS = {
    "name", "trigger", "execution", "form", "limits", "currency", "claim_from", "claim_until", "self_service", "quota", "per_person",
    "valid_from", "valid_until", "valid_days", "stock", "returnable", "ticket_kind",
}  # fmt: skip


class Refused(Exception):
    """The state or the shape of the template does not allow it. The message is for people."""


@transaction.atomic
def draft(
    *, organization: Organization, code: str, kind: str, by: AbstractBaseUser, now: dt.datetime,
    shares: Mapping[Budget, int] | None = None, **fields,
) -> CouponTemplate:  # fmt: skip
    """A sort that nobody can claim yet. Raises Refused, ValidationError."""
    template = CouponTemplate(
        organization=organization, code=code, kind=kind, created_by=by, created_at=now, claim_from=now
    )
    _set(template, fields)
    template.full_clean()
    template.save()
    _share(template, shares or {})
    _record(template, "drafted", by, now)
    return template


@transaction.atomic
def edit(
    *, template: CouponTemplate, by: AbstractBaseUser, now: dt.datetime,
    shares: Mapping[Budget, int] | None = None, **fields,
) -> CouponTemplate:  # fmt: skip
    """Change a draft. ``shares``: who pays how many basis points, instead of those who did. Raises Refused."""
    row = _locked(template, State.DRAFT)
    _set(row, fields)
    row.changed_by = by
    row.full_clean()
    row.save()
    if shares is not None:
        row.shares.all().delete()
        _share(row, shares)
    _record(row, "edited", by, now, fields=sorted(fields))
    return row


@transaction.atomic
def open_(*, template: CouponTemplate, by: AbstractBaseUser, now: dt.datetime) -> CouponTemplate:
    """Let it be claimed from its day on. By neither of those who made or changed it. Raises Refused."""
    row = _locked(template, State.DRAFT)
    if by.pk in (row.created_by_id, row.changed_by_id):
        raise Refused(_("You wrote it: another person has to open it."))
    try:
        wordings.check_paid(elements=row)
        wordings.check_purse(elements=row, node=row.organization, now=now)
    except wordings.Unfit as fault:
        raise Refused(str(fault)) from fault
    if row.kind != Kind.SERVICE:
        wording = _wording(row)
        row.frozen = reading.to_builtins(wording)
        packets.divide(offer=wording)
    row.state, row.approved_by, row.opened_at = State.OPEN, by, now
    row.save()
    CouponCounter.objects.create(template=row, quota=row.quota, stock=row.stock)
    revisions.move()
    _record(row, "opened", by, now)
    return row


@transaction.atomic
def close(*, template: CouponTemplate, reason: str, by: AbstractBaseUser, now: dt.datetime) -> CouponTemplate:
    """Nobody claims any more; what was claimed stays good. Raises Refused."""
    reason = reason.strip()[:300]
    if not reason:
        raise Refused(_("Say why: the reason is kept with the template."))
    row = _locked(template, State.OPEN)
    CouponCounter.objects.select_for_update().get(pk=row.pk)
    if row.batches.filter(done_at=None).exists():
        raise Refused(_("Codes of it are still being made: close it when they are done."))
    row.state, row.closed_by, row.closed_at, row.close_reason = State.CLOSED, by, now, reason
    row.save()
    revisions.move()
    _record(row, "closed", by, now, reason=reason)
    return row


@transaction.atomic
def extend(
    *, template: CouponTemplate, reason: str, by: AbstractBaseUser, now: dt.datetime, quota: int | None = None,
    stock: int | None = None,
) -> CouponCounter:  # fmt: skip
    """Another quota or another stock of gifts for an open template (None: as it is). By neither of those who made or
    changed it. Raises Refused."""
    if not reason.strip():
        raise Refused(_("Say why: the reason is kept with the template."))
    row = _locked(template, State.OPEN)
    if by.pk in (row.created_by_id, row.changed_by_id):
        raise Refused(_("You wrote it: another person has to change its quota."))
    counter = CouponCounter.objects.select_for_update().get(pk=row.pk)
    if (quota is not None and quota < counter.issued) or (stock is not None and stock < counter.given):
        told = {"issued": counter.issued, "given": counter.given}
        raise Refused(_("%(issued)s coupons are out and %(given)s gifts given: it cannot be less.") % told)
    if stock is not None and row.kind != Kind.GIFT:
        raise Refused(_("Only gift vouchers have a stock."))
    before = {"quota": counter.quota, "stock": counter.stock}
    counter.quota = counter.quota if quota is None else quota
    counter.stock = counter.stock if stock is None else stock
    counter.save()
    after = {"quota": counter.quota, "stock": counter.stock}
    _record(row, "extended", by, now, reason=reason, before=before, after=after)
    return counter


def _locked(template, state) -> CouponTemplate:
    row = CouponTemplate.objects.select_for_update().get(pk=template.pk)
    if row.state != state:
        told = {"name": row.name, "state": row.get_state_display(), "wanted": State(state).label}
        raise Refused(_("“%(name)s” is %(state)s: this needs one that is %(wanted)s.") % told)
    return row


def _set(template, fields) -> None:
    if unknown := set(fields) - FIELDS:
        raise TypeError(f"a coupon template's {', '.join(sorted(unknown))} cannot be set")
    try:
        for name, value in fields.items():
            setattr(template, name, wordings.element(name=name, value=value))
    except wordings.Unfit as fault:
        raise Refused(str(fault)) from fault
    if template.kind != Kind.SERVICE and not template.missing:
        _wording(template)


def _wording(template):
    try:
        return wordings.offer(elements=template, code=code_of_offer(template), coupon=template.code)
    except wordings.Unfit as fault:
        raise Refused(str(fault)) from fault


def code_of_offer(template: CouponTemplate) -> str:
    """What tills know its offer by. No activity's offer is called like that."""
    return f"coupon:{template.code}"


def _share(template, shares) -> None:
    for budget, points in sorted(shares.items(), key=lambda each: each[0].pk):
        share = BudgetShare(template=template, budget=budget, basis_points=points)
        share.full_clean()
        share.save()


def _record(template, deed, by, now, *, reason="", **more) -> None:
    AccessRecord.objects.create(
        action=f"coupon_template.{deed}",
        user=by,
        at=now,
        reason=reason,
        details={"template": template.code, **more},
    )
    try:
        lineage.of_template(template=template, now=now)
    except Fault as fault:
        raise Refused(str(fault)) from fault
