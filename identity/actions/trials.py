"""Other rules of OneID: drafted, tried on everybody, put in force and taken back.

What kinds of identifiers and channels say of links changes in no other way, so the published trials are the history of
the rules.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from identity.actions import locks, moves, oneid, races
from identity.matching.partition import partition
from identity.models import Identifier, IdentifierKind, Trial, Verdict
from identity.queries import trials, worlds
from members.models import Channel

State = Trial.State
OPEN = (State.DRAFT, State.WAITING, State.COMPUTING, State.COMPUTED, State.FAILED)
Changes = Mapping[str, Mapping[str, object]]
NONE: Changes = {}


class Refused(ValueError):
    """The trial cannot be drafted, computed, put in force or taken back so; the message says what to do."""


class _Rollback(Exception):
    """Ends what was only tried."""


@transaction.atomic
def draft(
    *,
    name: str,
    kinds: Changes = NONE,
    channels: Changes = NONE,
    shared: Collection[Identifier] = (),
    by,
    now,
    reason: str = "",
) -> Trial:
    """A trial of ``kinds`` and ``channels`` ({code: {field: value}}) and of identifiers made shared. Raises Refused."""
    return _keep(Trial(name=name, reason=reason, made_by=by, made_at=now), kinds, channels, shared)


@transaction.atomic
def redraft(
    *,
    trial: Trial,
    name: str,
    kinds: Changes = NONE,
    channels: Changes = NONE,
    shared: Collection[Identifier] = (),
    reason: str = "",
) -> Trial:
    """Other changes for a trial that is not in force; what was computed of it no longer holds. Raises Refused."""
    fresh = _locked(trial, OPEN)
    fresh.name, fresh.reason = name, reason
    return _keep(fresh, kinds, channels, shared)


def _keep(trial: Trial, kinds: Changes, channels: Changes, shared: Collection[Identifier]) -> Trial:
    trial.kinds, trial.channels = _changes(kinds), _changed_channels(channels)
    if not trial.kinds and not trial.channels and not shared:
        raise Refused(
            _(
                "Nothing is changed: give a kind another limit, say something else of a channel, "
                "or name identifiers to be shared."
            )
        )
    trial.state, trial.outcome, trial.computed_at, trial.progress = State.DRAFT, {}, None, ""
    trial.save()
    trial.shared.set(shared)
    return trial


def _changes(kinds: Changes) -> dict[str, dict]:
    """Only what differs from the rules in force, each value as the table would keep it."""
    known = IdentifierKind.objects.in_bulk()
    found: dict[str, dict] = {}
    for code, values in kinds.items():
        if code not in known:
            raise Refused(_("There is no kind of identifier “%(code)s”.") % {"code": code})
        for field, value in values.items():
            clean = _clean(known[code], field, value)
            if clean != getattr(known[code], field):
                found.setdefault(code, {})[field] = clean
    return found


def _changed_channels(channels: Changes) -> dict[str, dict]:
    known = {channel.code: channel for channel in Channel.objects.all()}
    found: dict[str, dict] = {}
    for code, values in channels.items():
        if code not in known:
            raise Refused(_("There is no channel “%(code)s”.") % {"code": code})
        for field, value in values.items():
            if field not in trials.CHANNEL_FIELDS:
                raise Refused(_("“%(name)s” is nothing that a trial changes of a channel.") % {"name": field})
            if not isinstance(value, bool):
                raise Refused(_("Say of the channel “%(code)s” true or false.") % {"code": code})
            if value != getattr(known[code], field):
                found.setdefault(code, {})[field] = value
    return found


def _clean(kind: IdentifierKind, name: str, value):
    if name not in trials.fields():
        raise Refused(_("“%(name)s” is nothing that a trial changes of a kind.") % {"name": name})
    field = IdentifierKind._meta.get_field(name)
    try:
        clean = field.clean(value, kind)
    except ValidationError as error:
        raise Refused(f"{kind}: {field.verbose_name}: {' '.join(error.messages)}") from error
    if name == "max_distinct" and not _counts(clean):
        raise Refused(_('%(kind)s: distinct values are written {"phone": 2, "name": 2}.') % {"kind": kind})
    return clean


def _counts(value) -> bool:
    return isinstance(value, dict) and all(
        isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0 for limit in value.values()
    )


def wait(*, trial: Trial) -> Trial:
    """Note that a worker is asked to compute it."""
    return _moved(trial, OPEN, state=State.WAITING, progress="")


def compute(*, trial: Trial, now, progress: Callable[[str], None] | None = None) -> Trial:
    """What the trial would make of everybody, into its ``outcome``. Nobody is moved and nobody waits.

    The rules are changed, everything is read, and the change is rolled back before the long part begins. Raises
    Refused if the trial was drafted anew meanwhile: this would be the outcome of the former draft.
    """
    say = progress or (lambda _step: None)
    fresh = _moved(trial, OPEN, state=State.COMPUTING)
    asked = _asked(fresh)
    try:
        say(_("reading"))
        world, policy = _read_under(fresh, now)
        say(_("parting"))
        found = partition(world.facts, policy)
        say(_("comparing"))
        outcome = trials.outcome(world=world, found=found)
    except Exception as error:
        _finished(fresh, asked, state=State.FAILED, progress=str(error)[:200])
        raise
    return _finished(fresh, asked, state=State.COMPUTED, outcome=outcome, computed_at=now, progress="")


def _asked(trial: Trial) -> tuple:
    """What the trial changes, to be compared."""
    return trial.kinds, trial.channels, set(trial.shared.values_list("pk", flat=True))


@transaction.atomic
def _finished(trial: Trial, asked: tuple, **values) -> Trial:
    fresh = _locked(trial, OPEN)
    if _asked(fresh) != asked:
        raise Refused(_("“%(trial)s” was drafted anew meanwhile: compute it again.") % {"trial": fresh})
    return _write(fresh, **values)


def _read_under(trial: Trial, now):
    with suppress(_Rollback), transaction.atomic():
        Verdict.objects.bulk_create(
            Verdict(kind=Verdict.Kind.SHARED, identifier=each, decided_at=now) for each in trial.shared.all()
        )
        _apply(IdentifierKind, trial.kinds)
        _apply(Channel, trial.channels)
        read = worlds.everybody(), worlds.policy()
        raise _Rollback
    return read


def _apply(model: type[IdentifierKind] | type[Channel], changes: dict[str, dict]) -> dict[str, dict]:
    """Write changed fields of kinds or channels; the values that they had."""
    former = {}
    for row in model.objects.filter(code__in=changes).order_by("code").select_for_update(no_key=True):
        former[row.code] = {field: getattr(row, field) for field in changes[row.code]}
        for field, value in changes[row.code].items():
            setattr(row, field, value)
        row.save(update_fields=list(changes[row.code]))
    return former


def publish(*, trial: Trial, by, now) -> moves.Changes:
    """Put a computed trial in force and recompute everybody, in one transaction. Raises Refused."""
    return races.again(partial(_publish, trial, by, now))


@transaction.atomic
def _publish(trial, by, now) -> moves.Changes:
    locks.everybody()
    fresh = _locked(trial, [State.COMPUTED])
    _check_that_it_still_holds(fresh)
    former, former_channels = _apply(IdentifierKind, fresh.kinds), _apply(Channel, fresh.channels)
    Verdict.objects.bulk_create(
        Verdict(
            kind=Verdict.Kind.SHARED, identifier=each, decided_by=by, decided_at=now, trial=fresh,
            reason=fresh.name,
        )
        for each in fresh.shared.all()
    )  # fmt: skip
    changes = oneid.rebuild(now=now)
    _write(
        fresh, state=State.PUBLISHED, former=former, former_channels=former_channels, published_at=now, published_by=by
    )  # fmt: skip
    return changes


def _check_that_it_still_holds(trial: Trial) -> None:
    """What was shown of a trial is what would come only under the rules that it was computed with."""
    since = Q(published_at__gt=trial.computed_at) | Q(taken_back_at__gt=trial.computed_at)
    if Trial.objects.filter(since).exclude(pk=trial.pk).exists():
        raise Refused(
            _("Other rules were put in force or taken back since “%(trial)s” was computed: compute it again.")
            % {"trial": trial}
        )


def take_back(*, trial: Trial, by, now) -> moves.Changes:
    """Restore the rules, and with them the people, that were before a trial was put in force. Raises Refused.

    The newest goes first: an older one's values may have been changed since.
    """
    return races.again(partial(_take_back, trial, by, now))


@transaction.atomic
def _take_back(trial, by, now) -> moves.Changes:
    locks.everybody()
    fresh = _locked(trial, [State.PUBLISHED])
    newest = trials.in_force()
    if newest != fresh:
        raise Refused(_("“%(newest)s” was put in force later: take that back first.") % {"newest": newest})
    _apply(IdentifierKind, fresh.former)
    _apply(Channel, fresh.former_channels)
    fresh.verdicts.filter(withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by)
    changes = oneid.rebuild(now=now)
    _write(fresh, state=State.TAKEN_BACK, taken_back_at=now, taken_back_by=by)
    return changes


def _locked(trial: Trial, states: Collection[str]) -> Trial:
    fresh = Trial.objects.select_for_update().get(pk=trial.pk) if trial.pk else trial
    if fresh.state not in states:
        raise Refused(
            _("“%(trial)s” is %(state)s: that cannot be done now.")
            % {"trial": fresh, "state": fresh.get_state_display()}
        )
    return fresh


@transaction.atomic
def _moved(trial: Trial, states: Collection[str], **values) -> Trial:
    return _write(_locked(trial, states), **values)


def _write(trial: Trial, **values) -> Trial:
    for field, value in values.items():
        setattr(trial, field, value)
    trial.save(update_fields=list(values))
    return trial
