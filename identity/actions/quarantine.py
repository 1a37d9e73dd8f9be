"""What was not let in: kept with its reason until somebody corrects, retries or discards it."""

import msgspec
from django.db import connection, transaction

from identity.models import QuarantineItem
from identity.records import problems, verdicts
from members import sets

KEEP = """
INSERT INTO identity_quarantineitem AS q
    (scope, channel_code, type, key, digest, raw, code, place, message, run_id, position, seen_count, received_at,
     state, note)
SELECT DISTINCT ON (digest, code, place) scope, channel_code, type, key, digest, raw, code, place, message, %s,
       position, 1, %s, 'open', ''
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::text[])
     AS n (scope, channel_code, type, key, digest, raw, code, place, message, position)
ORDER BY digest, code, place
ON CONFLICT (digest, code, place) DO UPDATE SET seen_count = q.seen_count + 1
RETURNING q.id, replace(q.digest::text, '-', ''), q.scope
"""

# A record that was kept aside and is let in now (a channel was added, a rule was changed) needs no decision.
SETTLE = """
UPDATE identity_quarantineitem q SET state = 'retried', decided_at = %s, note = 'sent again'
FROM unnest(%s::uuid[]) AS n (digest)
WHERE q.digest = n.digest AND q.scope = 'record' AND q.state = 'open'
"""

PLACE_LIMIT = 200


class Undecidable(Exception):
    """The item was decided already, or the decision lacks what it needs."""


def keep(*, entries, run, now) -> dict[str, int]:
    """Keep stopped entries, and the values that accepted ones lost; {digest: item} of whole records.

    Kept once for each digest, reason and place: sending it again only counts it as seen again.
    """
    rows = [row for entry in entries for row in _rows(entry)]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [run and run.pk, now, *sets.columns(rows, 10)])
        kept = cursor.fetchall()
    return {digest: id for id, digest, scope in sorted(kept, reverse=True) if scope == "record"}


def _rows(entry):
    cleaned = entry.cleaned
    scope = "record" if cleaned.stops else "value"
    stopping = [each for each in cleaned.problems if each.effect in (problems.QUARANTINE, problems.REJECT)]
    for problem in stopping or cleaned.problems:
        shown = f" ({problem.value})" if problem.value else ""
        yield (
            scope,
            _plain(cleaned.channel),
            _plain(cleaned.type),
            _plain(cleaned.key),
            entry.digest,
            cleaned.text.decode("utf-8", "replace").replace("\x00", "\ufffd"),
            problem.code,
            problem.place[:PLACE_LIMIT].replace("\x00", "\ufffd"),
            _plain(f"{problem.message}{shown} {problem.remedy}"),
            entry.position[:100],
        )


def _plain(text):
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def settle(*, digests, now) -> None:
    """Close the open items of records that were let in after all."""
    if digests and QuarantineItem.objects.filter(state="open", scope="record").exists():
        with connection.cursor() as cursor:
            cursor.execute(SETTLE, [now, sets.array(digests)])


def retry(*, item: QuarantineItem, corrected_raw, by, now) -> verdicts.Verdict:
    """Send an item again as `corrected_raw` (JSON text or a decoded record); the verdict of intake.

    Let in: the item is closed with who decided. Not let in: it stays open, and the verdict says why.
    """
    from identity.actions import intake

    raw = _decoded(corrected_raw)
    with transaction.atomic():
        item = _open(item)
        [verdict] = intake.accept(records=[raw], source=f"quarantine {item.pk}", now=now)
        if verdict.verdict in (verdicts.ACCEPTED, verdicts.UPDATED, verdicts.DUPLICATE):
            _decide([item], QuarantineItem.State.RETRIED, by, now, "")
        return verdict


def retry_unchanged(*, items, by, now) -> list[verdicts.Verdict]:
    """Send whole records again as they came, after the cause was mended; one verdict an item."""
    from identity.actions import intake

    items = [item for item in items if item.scope == "record" and item.state == "open"]
    given = [_decoded(item.raw, strict=False) for item in items]
    found = intake.accept(records=given, source="quarantine", now=now)
    let_in = [
        item
        for item, verdict in zip(items, found, strict=True)
        if verdict.verdict not in (verdicts.QUARANTINED, verdicts.REJECTED)
    ]
    _decide(let_in, QuarantineItem.State.RETRIED, by, now, "")
    return found


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
