"""What was kept aside: corrected, retried or discarded by somebody."""

from functools import partial

import msgspec
from django.db import transaction

from identity.actions import intake, races
from identity.models import IngestRun, QuarantineItem
from identity.records import verdicts

RETRIED = QuarantineItem.State.RETRIED
LET_IN = (verdicts.ACCEPTED, verdicts.UPDATED, verdicts.DUPLICATE)


class Undecidable(Exception):
    """The item was decided already, or the decision lacks what it needs."""


def retry(*, item: QuarantineItem, corrected_raw, by, now) -> verdicts.Verdict:
    """Send an item again as `corrected_raw` (JSON text or a decoded record); the verdict of intake.

    Let in: the item is closed with who decided. Not let in: it stays open, and the verdict says why.
    """
    return races.again(partial(_retry, item, _decoded(corrected_raw), by, now))


@transaction.atomic
def _retry(item, raw, by, now) -> verdicts.Verdict:
    run = _standing(item.run_id)
    item = _open(item)
    [verdict] = intake.accept(records=[raw], source=f"quarantine {item.pk}", now=now, run=run)
    if verdict.verdict in LET_IN:
        _decide([item], RETRIED, by, now, "")
    else:
        transaction.set_rollback(True)  # one item for one record, however often it is tried
        verdict.quarantine = item.pk
    return verdict


def retry_unchanged(*, items, by, now) -> list[verdicts.Verdict]:
    """Send whole records again as they came, after the cause was mended; one verdict an item. Those of an import
    that is being undone stay."""
    going = set(IngestRun.objects.filter(state=IngestRun.State.UNDOING).values_list("pk", flat=True))
    items = [
        item for item in items if item.scope == "record" and item.state == "open" and item.run_id not in going
    ]
    found = {}
    for run in sorted({item.run_id for item in items}, key=lambda id: id or 0):
        group = [item for item in items if item.run_id == run]
        found |= races.again(partial(_retry_group, run, group, by, now))
    return [found[item.pk] for item in items]


@transaction.atomic
def _retry_group(run, items, by, now) -> dict[int, verdicts.Verdict]:
    given = [_decoded(item.raw, strict=False) for item in items]
    found = intake.accept(records=given, source="quarantine", now=now, run=_standing(run))
    told = dict(zip((item.pk for item in items), found, strict=True))
    _decide([item for item in items if told[item.pk].verdict in LET_IN], RETRIED, by, now, "")
    return told


def _standing(run: int | None) -> IngestRun | None:
    """The import that brought a record, held so that it is not undone meanwhile: what it brings goes with it. None
    if it was undone, for then somebody else brought the record too."""
    found = IngestRun.objects.select_for_update(no_key=True).filter(pk=run).first()
    if found and found.state == IngestRun.State.UNDOING:
        raise Undecidable("The import of this record is being undone. Try again when that has ended.")
    return None if found and found.state == IngestRun.State.UNDONE else found


def discard(*, item: QuarantineItem, reason: str, by, now) -> None:
    """Close an item for good. Raises Undecidable without a reason."""
    if not reason.strip():
        raise Undecidable("Say why the record is discarded: the reason is kept with your name.")
    with transaction.atomic():
        _decide([_open(item)], QuarantineItem.State.DISCARDED, by, now, reason.strip())


def _open(item):
    locked = QuarantineItem.objects.select_for_update().get(pk=item.pk)
    if locked.state != QuarantineItem.State.OPEN:
        raise Undecidable(f"This item was decided already: {locked.get_state_display()}.")
    return locked


def _decide(items, state, by, now, note):
    same = QuarantineItem.objects.filter(pk__in=[item.pk for item in items])
    same.update(state=state, decided_by=by, decided_at=now, note=note)


def _decoded(raw, strict=True):
    if not isinstance(raw, (str, bytes)):
        return raw
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        if not strict:
            return raw
        raise Undecidable(f"The corrected record is not JSON: {error}") from error
