"""Activities: drafted, submitted, approved by a second person and so published, stopped. What was submitted stays as it is.

Each verb locks the activity, then the version, and keeps who did it.
"""

import datetime as dt
from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Greatest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns.actions import lineage, packets, revisions
from campaigns.models import Activity, ActivityOffer, ActivityVersion, Budget, BudgetShare
from campaigns.offers import findings, reading
from campaigns.offers.checking import Finding
from campaigns.offers.offer import Offer
from campaigns.queries import conflicts, wordings
from members.models import AccessRecord, Organization
from tags.conditions.faults import Fault

State = ActivityVersion.State
OF_OFFER = {
    "name", "audience", "trigger", "execution", "form", "limits", "after", "after_days", "currency",
}  # fmt: skip


class Refused(Exception):
    """The state or the shape of the activity does not allow it. The message is for people."""


@transaction.atomic
def draft(
    *, organization: Organization, code: str, name: str, starts_at: dt.datetime, by: AbstractBaseUser,
    now: dt.datetime, purpose: str = "", ends_at: dt.datetime | None = None,
) -> ActivityVersion:  # fmt: skip
    """A new activity with a first version to be filled. Raises ValidationError."""
    activity = Activity(
        organization=organization, code=code, name=name, purpose=purpose, created_by=by, created_at=now
    )
    activity.full_clean()
    activity.save()
    return _begin(activity, starts_at, ends_at, by, now)


@transaction.atomic
def new_version(*, activity: Activity, by: AbstractBaseUser, now: dt.datetime) -> ActivityVersion:
    """A draft that says what the last version says, to begin a day from now. Refused while another draft is open."""
    _lock(activity)
    last = activity.versions.order_by("-number").first()
    if last.state in (State.DRAFT, State.SUBMITTED):
        raise Refused(_("Version %s is still being written: change that one.") % last.number)
    starts_at = now + dt.timedelta(days=1)
    lasts = last.ends_at - last.starts_at if last.ends_at else None
    made = _begin(activity, starts_at, lasts and starts_at + lasts, by, now)
    for offer in last.offers.order_by("position"):
        shares = {share.budget: share.basis_points for share in offer.shares.select_related("budget")}
        offer.pk, offer.version, offer.frozen = None, made, None
        offer.save(force_insert=True)
        _share(offer, shares)
    return made


@transaction.atomic
def edit(
    *, version: ActivityVersion, by: AbstractBaseUser, now: dt.datetime, starts_at: dt.datetime,
    ends_at: dt.datetime | None = None,
) -> ActivityVersion:  # fmt: skip
    """Another time for a draft."""
    row = _locked(version, State.DRAFT)
    row.starts_at, row.ends_at, row.changed_by = starts_at, ends_at, by
    row.full_clean(validate_unique=False)
    row.save()
    _record(row, "edited", by, now)
    return row


@transaction.atomic
def put_offer(
    *, version: ActivityVersion, position: int, by: AbstractBaseUser, now: dt.datetime,
    shares: Mapping[Budget, int] | None = None, **fields,
) -> ActivityOffer:  # fmt: skip
    """Make or change an offer of a draft. ``fields``: those of OF_OFFER, elements as JSON of the engine's Structs (None:
    not yet); ``shares``: who pays how many basis points. Refused names the place of a fault."""
    if unknown := set(fields) - OF_OFFER:
        raise TypeError(f"an offer's {', '.join(sorted(unknown))} cannot be set")
    row = _locked(version, State.DRAFT)
    offer = ActivityOffer.objects.filter(version=row, position=position).first()
    offer = offer or ActivityOffer(version=row, position=position)
    for name, value in fields.items():
        setattr(offer, name, _fit(offer, name, value))
    if not offer.missing:
        _wording(offer)
    offer.full_clean(exclude=["version"])
    offer.save()
    if shares is not None:
        offer.shares.all().delete()
        _share(offer, shares)
    row.changed_by = by
    row.save(update_fields=["changed_by"])
    _record(row, "edited", by, now, offer=offer.code)
    return offer


@transaction.atomic
def remove_offer(*, version: ActivityVersion, position: int, by: AbstractBaseUser, now: dt.datetime) -> None:
    """Take an offer out of a draft."""
    row = _locked(version, State.DRAFT)
    BudgetShare.objects.filter(offer__version=row, offer__position=position).delete()
    ActivityOffer.objects.filter(version=row, position=position).delete()
    row.changed_by = by
    row.save(update_fields=["changed_by"])
    _record(row, "edited", by, now, removed=position)


@transaction.atomic
def submit(*, version: ActivityVersion, by: AbstractBaseUser, now: dt.datetime) -> ActivityVersion:
    """Ask for approval. Refused where one of the four elements is missing, an offer is not paid for wholly, or can never apply.
    What else was found is kept with who submitted it; its page shows it to whoever approves."""
    row = _locked(version, State.DRAFT)
    _wordings(row, now)
    found = _checked(row, now)
    row.state, row.submitted_by = State.SUBMITTED, by
    row.save()
    _record(row, "submitted", by, now, **found)
    return row


@transaction.atomic
def withdraw(
    *, version: ActivityVersion, by: AbstractBaseUser, now: dt.datetime, reason: str = ""
) -> ActivityVersion:
    """Back to a draft: by its author, or by who should have approved it and says why not."""
    row = _locked(version, State.SUBMITTED)
    row.state, row.submitted_by = State.DRAFT, None
    row.save()
    _record(row, "withdrawn", by, now, reason=reason)
    return row


@transaction.atomic
def approve(*, version: ActivityVersion, by: AbstractBaseUser, now: dt.datetime) -> ActivityVersion:
    """Publish it: tills price it from its start on, or from now if that has passed, and the version before it no more.

    By neither of those who made, changed or submitted it. Raises Refused.
    """
    row = _locked(version, State.SUBMITTED)
    if by.pk in (row.created_by_id, row.changed_by_id, row.submitted_by_id):
        raise Refused(_("You wrote or submitted it: another person has to approve it."))
    row.starts_at = max(row.starts_at, now)
    if row.ends_at and row.ends_at <= row.starts_at:
        raise Refused(_("Its end has passed: withdraw it and give it another one."))
    for offer, wording in _wordings(row, now):
        offer.frozen = reading.to_builtins(wording)
        offer.save(update_fields=["frozen"])
        packets.divide(offer=wording)
    _supersede(row)
    row.state, row.approved_by, row.published_at, row.closes_at = State.PUBLISHED, by, now, row.ends_at
    row.save()
    revisions.move()
    _record(row, "published", by, now)
    return row


@transaction.atomic
def stop(*, version: ActivityVersion, reason: str, by: AbstractBaseUser, now: dt.datetime) -> ActivityVersion:
    """No till prices it any more once this returns, but for what is held. It does not begin again. Raises Refused."""
    reason = reason.strip()[:300]
    if not reason:
        raise Refused(_("Say why: the reason is kept with the activity."))
    row = _locked(version, State.PUBLISHED)
    row.state, row.stopped_by, row.stopped_at, row.stop_reason = State.STOPPED, by, now, reason
    ends = max(now, row.starts_at)
    row.closes_at = min(row.closes_at, ends) if row.closes_at else ends
    row.save()
    revisions.move()
    _record(row, "stopped", by, now, reason=reason)
    return row


def _begin(activity, starts_at, ends_at, by, now) -> ActivityVersion:
    last = activity.versions.aggregate(last=Max("number"))["last"] or 0
    version = ActivityVersion(
        activity=activity, number=last + 1, starts_at=starts_at, ends_at=ends_at, created_by=by, created_at=now
    )  # fmt: skip
    version.full_clean(exclude=["activity"])
    version.save()
    _record(version, "drafted", by, now)
    return version


def _lock(activity) -> None:
    Activity.objects.select_for_update().get(pk=activity.pk)


def _locked(version, state) -> ActivityVersion:
    Activity.objects.select_for_update().get(versions=version.pk)
    row = (
        ActivityVersion.objects.select_for_update(of=("self",)).select_related("activity").get(pk=version.pk)
    )
    if row.state != state:
        raise Refused(
            _("Version %(number)s of “%(name)s” is %(state)s: this needs one that is %(wanted)s.")
            % {
                "number": row.number, "name": row.activity.name, "state": row.get_state_display(),
                "wanted": State(state).label,
            }
        )  # fmt: skip
    return row


def _fit(offer, name, value):
    try:
        return wordings.element(name=name, value=value)
    except wordings.Unfit as fault:
        raise Refused(_at(offer, fault)) from fault


def _at(offer, fault) -> str:
    return _("Offer %(position)s, %(fault)s") % {"position": offer.position, "fault": fault}


def _wordings(version, now) -> list:
    """Each offer with its wording for the engine. Raises Refused for what cannot be published."""
    offers = list(version.offers.order_by("position"))
    if not offers:
        raise Refused(_("It has no offer: an activity has a trigger, an execution, a form and limits."))
    for offer in offers:
        try:
            wordings.check_paid(elements=offer)
            wordings.check_purse(elements=offer, node=version.activity.organization, now=now)
        except wordings.Unfit as fault:
            raise Refused(_at(offer, fault)) from fault
    return [(offer, _wording(offer)) for offer in offers]


def _checked(version, now) -> dict[str, list]:
    """What was found of it, to be kept. Raises Refused for what can never apply."""
    found, offers = conflicts.of(version=version, now=now)
    if wrong := conflicts.faults(found):
        raise Refused(" ".join(_fault(each, offers) for each in wrong))
    told = [
        {"offer": each.offer, "place": each.place, "kind": each.kind, "level": each.level} for each in found
    ]
    return {"found": told} if told else {}


def _fault(finding: Finding, offers: Mapping[str, Offer]) -> str:
    offer = offers[finding.offer]
    what, remedy = findings.told(finding, offers, currency=offer.currency, language=get_language() or "en")
    return f"{offer.code}, {finding.place}: {what}. {remedy}."


def _wording(offer):
    version = offer.version
    try:
        return wordings.offer(
            elements=offer, code=offer.code, activity=version.activity.code, version=version.number,
            audience=offer.audience_id,
        )  # fmt: skip
    except wordings.Unfit as fault:
        raise Refused(_at(offer, fault)) from fault


def _share(offer, shares) -> None:
    for budget, points in sorted(shares.items(), key=lambda each: each[0].pk):
        share = BudgetShare(offer=offer, budget=budget, basis_points=points)
        share.full_clean()
        share.save()


def _supersede(row) -> None:
    """What was published before it is live up to its start, and no longer."""
    earlier = row.activity.versions.exclude(published_at=None)
    later = Q(closes_at=None) | Q(closes_at__gt=row.starts_at)
    earlier.filter(later).update(closes_at=Greatest(F("starts_at"), row.starts_at))


def _record(version, deed, by, now, *, reason="", **more) -> None:
    told = {"activity": version.activity.code, "version": version.number, **more}
    AccessRecord.objects.create(action=f"activity.{deed}", user=by, at=now, reason=reason, details=told)
    try:
        lineage.of_activity(activity=version.activity, now=now)
    except Fault as fault:
        raise Refused(str(fault)) from fault
