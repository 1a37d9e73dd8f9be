"""Opening rules: begun, ended at a day, withdrawn. After each of these all accounts of the channel are looked at."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import openings
from members.models import Book, Event, OpeningRule, Organization
from members.queries import openings as found

State = OpeningRule.State
BATCH = 1_000  # accounts whose wallets are locked at once
KINDS = {"points_book": Book.Kind.POINTS, "growth_book": Book.Kind.GROWTH}


class Refused(ValueError):
    """The rule cannot be begun, ended or withdrawn so. The message says why."""


def begin(*, rule: OpeningRule, now: dt.datetime, by=None) -> OpeningRule:
    """From now on the books follow what the channel states. Raises Refused."""
    with transaction.atomic():
        locked = _locked(rule, State.DRAFT, _("Only a draft can be begun."))
        check(rule=locked)
        locked.state = State.RUNNING
        return _changed(locked, "opening.begun", now, by)


def withdraw(*, rule: OpeningRule, now: dt.datetime, by=None) -> OpeningRule:
    """What it brought is taken back, as if the channel had never stated anything. Raises Refused."""
    with transaction.atomic():
        locked = _locked(rule, State.RUNNING, _("Only a running rule can be withdrawn."))
        locked.state = State.WITHDRAWN
        return _changed(locked, "opening.withdrawn", now, by)


def end(*, rule: OpeningRule, until: dt.datetime | None, now: dt.datetime, by=None) -> OpeningRule:
    """Statements made after ``until`` are not followed; None: all are. Raises Refused."""
    with transaction.atomic():
        locked = _locked(rule, State.RUNNING, _("Only a running rule can be ended."))
        locked.until = until
        return _changed(locked, "opening.ended", now, by)


def lock_draft(*, rule: OpeningRule) -> None:
    """Until the end of the transaction nobody begins it. Raises Refused where somebody did."""
    _locked(rule, State.DRAFT, _("Only a draft can be changed."))


def check(*, rule: OpeningRule) -> None:
    """Raises Refused."""
    home = rule.programme.organization
    for field, kind in KINDS.items():
        book = getattr(rule, field)
        if book and book.kind != kind:
            raise Refused(_("“%(book)s” is not a book of %(kind)s.") % {"book": book, "kind": kind.label})
        if book and not _on_one_branch(home, book.organization):
            raise Refused(_("“%(book)s” is of another branch than the programme.") % {"book": book})
    if not _on_one_branch(home, rule.channel.organization):
        raise Refused(_("“%(channel)s” is of another branch than the programme.") % {"channel": rule.channel})
    if not (rule.points_book or rule.growth_book or rule.tiers):
        raise Refused(_("The rule takes over nothing: give it a book, or let tiers count."))


def _on_one_branch(one: Organization, other: Organization) -> bool:
    return one.path.startswith(other.path) or other.path.startswith(one.path)


def go_on(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Look at the next accounts of a channel whose rule has changed; how many, 0 when all have been looked at.

    The position moves with what is posted: killed, it goes on where it was."""
    changed = OpeningRule.objects.exclude(state=State.DRAFT).filter(looked_at=None).order_by("pk")
    while (rule := changed.first()) is not None:
        if looked := _look(rule, now, batch):
            return looked
    return 0


@transaction.atomic
def _look(rule, now, batch) -> int:
    openings.alone()
    locked = OpeningRule.objects.select_for_update().get(pk=rule.pk)
    accounts = found.of_channel(channel=locked.channel_id, after=locked.looked_to, limit=batch)
    if accounts:
        openings.settle(accounts=accounts, now=now)
        locked.looked_to = accounts[-1]
    else:
        locked.looked_at = now
    locked.save(update_fields=["looked_to", "looked_at"])
    return len(accounts)


def look_again() -> None:
    """At all accounts of all rules, whatever happened to them."""
    OpeningRule.objects.exclude(state=State.DRAFT).update(looked_to=0, looked_at=None)


def _locked(rule, state, otherwise) -> OpeningRule:
    locked = OpeningRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    if locked.state != state:
        raise Refused(otherwise)
    return locked


def _changed(rule, name, now, by) -> OpeningRule:
    rule.looked_to, rule.looked_at = 0, None
    rule.save()
    told = {"rule": rule.pk, "by": by.get_username() if by else ""}
    if rule.until:
        told["until"] = rule.until.isoformat()
    home = rule.programme.organization_id
    Event.objects.create(
        name=name, occurred_at=now, channel=rule.channel, organization_id=home, properties=told
    )
    return rule
