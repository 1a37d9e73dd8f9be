"""Files that staff bring: kept, mapped, tried, read by the worker, and removed after a while."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from identity.actions import intake, mappings, runs, trials_of_files
from identity.files import looking, opening
from identity.files.items import Unusable
from identity.models import FileImport, Mapping
from identity.queries import guesses
from members import masking
from members.queries import scopes

State = FileImport.State
LIMIT = 200 << 20
KEPT = dt.timedelta(days=7)
BUSY = (State.CHECKING, State.QUEUED, State.RUNNING)
SUFFIXES = frozenset({*opening.FORMATS, ".gz"})
SAMPLE = 200


class Refused(ValueError):
    """What was asked for is not possible with this file or in this state; the message names the remedy."""


def folder() -> Path:
    """Where files are kept: readable by nobody but the user that the system runs as."""
    place = settings.VAR / "imports"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def path(imported: FileImport) -> Path:
    return folder() / imported.path


def bring(*, name: str, content: Iterable[bytes], by, now: dt.datetime) -> FileImport:
    """Keep a file and propose how to read it: by the saved mapping that fits, else by guesses. Raises Refused."""
    intake.known(now=now)  # a new installation gets its mappings
    kept = _keep(name, content)
    try:
        look = looking.at(kept, rows=SAMPLE)
        _check_headings(look.headings)
    except (Unusable, Refused) as fault:
        kept.unlink()
        raise Refused(str(fault).replace(str(kept), name)) from fault
    proposal = guesses.propose(look=look, channels=scopes.reach_of(user=by), now=now)
    return FileImport.objects.create(
        name=PurePath(name).name[:200],
        path=kept.name,
        size=kept.stat().st_size,
        form=look.form,
        headings=look.headings,
        uploaded_by=by,
        uploaded_at=now,
        **proposal,
    )


def _check_headings(headings):
    """A heading that is somebody's telephone is none: without names the first customer would be lost, and shown."""
    if any(masking.CONTACT.fullmatch(each.strip()) for each in headings):
        raise Refused(
            _(
                "The first line holds values. It must name the columns: add a line such as phone,name above it."
            )
        )


def _keep(name, content) -> Path:
    suffixes = [each.lower() for each in PurePath(name).suffixes][-2:]
    known = [each for each in suffixes if each in SUFFIXES]
    if not known:
        raise Refused(_("Bring a CSV, an XLSX or a JSON Lines file (plain or .gz)."))
    kept = folder() / f"{secrets.token_hex(16)}{''.join(known)}"
    size = 0
    with kept.open("xb") as file:
        kept.chmod(0o600)
        for block in content:
            size += len(block)
            if size > LIMIT:
                break
            file.write(block)
    if 0 < size <= LIMIT:
        return kept
    kept.unlink()
    if size:
        raise Refused(_("The file is larger than %(limit)d MB. Send it in parts, or by manage.py ingest.") % {"limit": LIMIT >> 20})  # fmt: skip
    raise Refused(_("The file is empty."))


@transaction.atomic
def arrange(*, imported: FileImport, by, now: dt.datetime, save_as: str = "", **fields) -> None:
    """Say how the file is to be read: channel, type, columns, constants, time_zone, rows_are_lines. Raises Refused.

    `save_as` keeps it as a mapping for files of the same form.
    """
    locked = _locked(imported, State.DRAFT, State.CHECKED, State.FAILED)
    for name, value in fields.items():
        setattr(locked, name, value)
    _check(locked)
    if save_as:
        locked.mapping = _saved(locked, save_as)
    locked.state, locked.report, locked.error = State.DRAFT, {}, ""
    locked.save()
    imported.refresh_from_db()


def _saved(imported: FileImport, name: str) -> Mapping:
    own = bool(imported.mapping and imported.mapping.name == name)
    try:
        return mappings.save(
            name=name, own=own, type=imported.type, columns=imported.columns, channel=imported.channel,
            constants=imported.constants, time_zone=imported.time_zone, rows_are_lines=imported.rows_are_lines,
        )  # fmt: skip
    except Unusable as fault:
        raise Refused(str(fault)) from fault


def use(*, imported: FileImport, mapping: Mapping, by, now: dt.datetime) -> None:
    """Read the file by a saved mapping. Columns that it names and the file lacks must be optional. Raises Refused."""
    near = guesses.channels(reach=scopes.reach_of(user=by))
    if mapping.channel and not near.filter(pk=mapping.channel.pk).exists():
        raise Refused(_("The channel of this mapping is beyond your organization."))
    arrange(
        imported=imported, by=by, now=now, mapping=mapping, type=mapping.type, columns=mapping.columns,
        constants=mapping.constants, time_zone=mapping.time_zone, rows_are_lines=mapping.rows_are_lines,
        channel=mapping.channel or imported.channel,
    )  # fmt: skip


def _check(imported):
    if imported.channel is None and imported.form != "jsonl":
        raise Refused(_("Choose the channel that the file comes from."))
    try:
        shape = mappings.shape(mapping=imported)
        if imported.form != "jsonl":
            if not shape.columns:
                raise Refused(_("No column has a place yet. Say at least what the key or the telephone is."))
            shape.bind(imported.headings)
    except Unusable as fault:
        raise Refused(str(fault)) from fault


def check(*, imported: FileImport, by, now: dt.datetime) -> None:
    """Ask for the file to be tried. Raises Refused."""
    _queue(imported, State.CHECKING, State.DRAFT, State.CHECKED, State.FAILED)


def start(*, imported: FileImport, by, now: dt.datetime) -> None:
    """Ask for the file to be read. Raises Refused unless it was tried as it is mapped now."""
    _queue(imported, State.QUEUED, State.CHECKED, started_by=by, started_at=now)


@transaction.atomic
def _queue(imported, state, *allowed, **fields):
    locked = _locked(imported, *allowed)
    _check(locked)
    locked.state, locked.error = state, ""
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save()
    imported.refresh_from_db()


def _locked(imported, *allowed):
    locked = FileImport.objects.select_for_update(of=["self"]).select_related("channel").get(pk=imported.pk)
    if locked.state not in allowed:
        raise Refused(
            _("This is not possible now: the import is “%(state)s”.") % {"state": locked.get_state_display()}
        )
    if locked.file_removed_at:
        raise Refused(_("The file was removed after its time. Bring it again."))
    return locked


def work(*, imported: FileImport, clock: Callable, until: dt.datetime) -> bool:
    """Try or read the file as it was asked for; whether that is at its end. Goes on where it was broken off.

    A file that cannot be read ends as failed, with the reason.
    """
    try:
        with opening.source(path(imported), shape=mappings.shape(mapping=imported)) as source:
            if imported.state == State.CHECKING:
                report = trials_of_files.report(imported=imported, source=source, clock=clock)
                _end(imported, State.CHECKED, clock(), report=report)
                return True
            return _read(imported, source, clock, until)
    except Unusable as fault:
        if imported.run:
            runs.fail(run=imported.run, error=fault, now=clock())
        message = str(fault).replace(str(path(imported)), imported.name)
        _end(imported, State.FAILED, clock(), error=message)
        return True


def _read(imported, source, clock, until) -> bool:
    run = _begin(imported, source, clock())
    reading = runs.read(
        source=source, run=run, clock=clock, channel=imported.channel.code if imported.channel else "",
        check=trials_of_files.guard(imported), batch=trials_of_files.BATCH,
    )  # fmt: skip
    for _group, _given in reading:
        if clock() >= until:
            reading.close()
            return False
    runs.finish(run=run, now=clock())
    _end(imported, State.FINISHED, clock())
    return True


@transaction.atomic
def _begin(imported, source, now):
    """The run of this import, from its beginning or where it was broken off."""
    name = opening.short(f"import {imported.pk}:{source.fingerprint()}")
    run = runs.begin(source=source, name=imported.name, fingerprint=name, now=now)
    FileImport.objects.filter(pk=imported.pk).update(run=run, state=State.RUNNING)
    imported.refresh_from_db()
    return run


def _end(imported, state, now, **fields):
    ended = None if state == State.CHECKED else now
    FileImport.objects.filter(pk=imported.pk).update(state=state, ended_at=ended, **fields)
    imported.refresh_from_db()


def due():
    """Imports that wait for the worker, or that it was broken off at."""
    return FileImport.objects.filter(state__in=BUSY).order_by("pk")


def tidy(*, now: dt.datetime) -> int:
    """Remove files whose time is over, and those of nobody; how many. What was taken in stays."""
    over = FileImport.objects.filter(file_removed_at=None).exclude(state__in=BUSY)
    over = over.filter(Q(ended_at__lt=now - KEPT) | Q(ended_at=None, uploaded_at__lt=now - KEPT))
    count = 0
    for imported in over:
        path(imported).unlink(missing_ok=True)
        FileImport.objects.filter(pk=imported.pk).update(file_removed_at=now)
        count += 1
    known = set(FileImport.objects.filter(file_removed_at=None).values_list("path", flat=True))
    for file in folder().iterdir():
        old = file.stat().st_mtime < (now - dt.timedelta(days=1)).timestamp()
        if file.name not in known and old:
            file.unlink()
            count += 1
    return count
