"""Keeping aside what was not let in, once for each digest, reason and place."""

from django.db import connection

from identity.actions import devices
from identity.models import QuarantineItem
from identity.records import problems
from members import sets

KEEP = """
INSERT INTO identity_quarantineitem AS q
    (scope, channel_code, type, key, digest, raw, code, place, message, run_id, position, seen_count, received_at,
     state, note, serial)
SELECT DISTINCT ON (digest, code, place) scope, channel_code, type, key, digest, raw, code, place, message, %s,
       position, 1, %s, 'open', '', serial
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::text[], %s::text[])
     AS n (scope, channel_code, type, key, digest, raw, code, place, message, position, serial)
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


def keep(*, entries, run, now) -> dict[str, int]:
    """Keep stopped entries, and the values that accepted ones lost; {digest: item} of whole records.

    Kept once for each digest, reason and place: sending it again only counts it as seen again.
    """
    rows = [row for entry in entries for row in _rows(entry)]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [run and run.pk, now, *sets.columns(rows, 11)])
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
            entry.serial if problem.code == devices.UNBOUND else "",
        )


def _plain(text):
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def settle(*, digests, now) -> None:
    """Close the open items of records that were let in after all."""
    if digests and QuarantineItem.objects.filter(state="open", scope="record").exists():
        with connection.cursor() as cursor:
            cursor.execute(SETTLE, [now, sets.array(digests)])
