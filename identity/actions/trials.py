"""Other rules of OneID: drafted, tried on everybody, put in force and taken back.

The kinds of identifiers, and where a person has one account, change in no other way, so the published trials are the
history of the rules.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from identity.actions import locks, oneid, races
from identity.actions.moves import Changes
from identity.matching.partition import partition
from identity.models import Identifier, IdentifierKind, Trial, Verdict
from identity.queries import trials, worlds
from members.models import Channel

State = Trial.State
OPEN = (State.DRAFT, State.WAITING, State.COMPUTING, State.COMPUTED, State.FAILED)
NO_CHANNELS: Mapping[str, bool] = {}


class Refused(ValueError):
    """The trial cannot be drafted, put in force or taken back so; the message says what to do."""


class _Rollback(Exception):
    """Ends what was only tried."""


def draft(
    *,
    name: str,
    kinds: dict[str, dict],
    channels: Mapping[str, bool] = NO_CHANNELS,
    shared: Collection[Identifier] = (),
    by,
    now,
    reason: str = "",
) -> Trial:
    """A trial of ``kinds`` ({code: {field: value}}), of ``channels`` ({code: whether a person has one account there}) and
    of identifiers made shared. Raises Refused."""
    return _keep(Trial(name=name, reason=reason, made_by=by, made_at=now), kinds, channels, shared)


def redraft(
    *,
    trial: Trial,
    kinds: dict[str, dict],
    channels: Mapping[str, bool] = NO_CHANNELS,
    shared: Collection[Identifier] = (),
) -> Trial:
    """Other changes for a trial that is not in force; what was computed of it no longer holds."""
    return _keep(_locked(trial, OPEN), kinds, channels, shared)


@transaction.atomic
def _keep(trial: Trial, kinds: dict, channels: Mapping[str, bool], shared: Collection[Identifier]) -> Trial:
    trial.kinds, trial.channels = _changes(kinds), _changed_channels(channels)
    if not trial.kinds and not trial.channels and not shared:
        raise Refused(
            _(
                "Nothing is changed: give a kind another limit, a channel one account a person, "
                "or name identifiers to be shared."
            )
        )
    trial.state, trial.outcome, trial.computed_at, trial.progress = State.DRAFT, {}, None, ""
    trial.save()
    trial.shared.set(shared)
    return trial


def _changes(kinds: dict[str, dict]) -> dict[str, dict]:
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


def _changed_channels(channels: Mapping[str, bool]) -> dict[str, bool]:
    known = dict(Channel.objects.values_list("code", "one_account_a_person"))
    for code, value in channels.items():
        if code not in known:
            raise Refused(_("There is no channel “%(code)s”.") % {"code": code})
        if not isinstance(value, bool):
            raise Refused(_("Say of the channel “%(code)s” true or false.") % {"code": code})
    return {code: value for code, value in channels.items() if value != known[code]}


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

    The rules are changed, everything is read, and the change is rolled back before the long part begins.
    """
    say = progress or (lambda _step: None)
    _moved(trial, OPEN, state=State.COMPUTING)
    try:
        say(_("reading"))
        world, policy = _read_under(trial, now)
        say(_("parting"))
        found = partition(world.facts, policy)
        say(_("comparing"))
        outcome = trials.outcome(world=world, found=found)
    except Exception as error:
        _moved(trial, OPEN, state=State.FAILED, progress=str(error)[:200])
        raise
    return _moved(trial, OPEN, state=State.COMPUTED, outcome=outcome, computed_at=now, progress="")


def _read_under(trial: Trial, now):
    with suppress(_Rollback), transaction.atomic():
        Verdict.objects.bulk_create(
            Verdict(kind=Verdict.Kind.SHARED, identifier=each, decided_at=now) for each in trial.shared.all()
        )
        _apply(trial.kinds)
        _apply_channels(trial.channels)
        read = worlds.everybody(), worlds.policy()
        raise _Rollback
    return read


def _apply(kinds: dict[str, dict]) -> dict[str, dict]:
    """Write changed fields; the values that they had."""
    former = {}
    for kind in IdentifierKind.objects.filter(code__in=kinds).order_by("code").select_for_update(no_key=True):
        former[kind.code] = {field: getattr(kind, field) for field in kinds[kind.code]}
        for field, value in kinds[kind.code].items():
            setattr(kind, field, value)
        kind.save(update_fields=list(kinds[kind.code]))
    return former


def _apply_channels(channels: Mapping[str, bool]) -> dict[str, bool]:
    """Say where a person has one account; what was said before."""
    rows = Channel.objects.filter(code__in=channels).order_by("code").select_for_update(no_key=True)
    former = {row.code: row.one_account_a_person for row in rows}
    for value in (True, False):
        codes = [code for code in former if channels[code] == value]
        Channel.objects.filter(code__in=codes).update(one_account_a_person=value)
    return former


def publish(*, trial: Trial, by, now) -> Changes:
    """Put a computed trial in force and recompute everybody, in one transaction. Raises Refused."""
    return races.again(partial(_publish, trial, by, now))


@transaction.atomic
def _publish(trial, by, now) -> Changes:
    locks.everybody()
    fresh = _locked(trial, [State.COMPUTED])
    _check_that_it_still_holds(fresh)
    former, former_channels = _apply(fresh.kinds), _apply_channels(fresh.channels)
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


def take_back(*, trial: Trial, by, now) -> Changes:
    """Restore the rules, and with them the people, that were before a trial was put in force. Raises Refused.

    The newest goes first: an older one's values may have been changed since.
    """
    return races.again(partial(_take_back, trial, by, now))


@transaction.atomic
def _take_back(trial, by, now) -> Changes:
    locks.everybody()
    fresh = _locked(trial, [State.PUBLISHED])
    newest = trials.in_force()
    if newest != fresh:
        raise Refused(_("“%(newest)s” was put in force later: take that back first.") % {"newest": newest})
    _apply(fresh.former)
    _apply_channels(fresh.former_channels)
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
