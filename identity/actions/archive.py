"""The archive of raw records: every distinct version once. It tells what is new from what is a repetition."""

from identity.records import verdicts
from members import sets

STORED = """
SELECT r.channel_id, r.type, r.key, replace(r.digest::text, '-', '')
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS k (channel_id, type, key)
JOIN identity_intakerecord r USING (channel_id, type, key)
"""

TABLE = "identity_intakerecord (channel_id, type, key, digest, raw, run_id, received_at)"

STATUSES = """
SELECT DISTINCT r.channel_id, r.key, lower(coalesce(r.raw ->> 'status', 'paid'))
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS k (channel_id, key, digests)
JOIN identity_intakerecord r ON r.channel_id = k.channel_id AND r.type = 'order' AND r.key = k.key
WHERE NOT replace(r.digest::text, '-', '') = ANY (string_to_array(k.digests, ' '))
"""


def sort(entries) -> list:
    """Give each entry its verdict; the new ones, sorted by key, in the order in which they came."""
    stored = {}
    for channel, kind, key, digest in sets.run(STORED, sorted({each.identity() for each in entries}), 3):
        stored.setdefault((channel, kind, key), set()).add(digest)
    new = []
    for entry in entries:
        known = stored.setdefault(entry.identity(), set())
        if entry.digest in known:
            entry.verdict = verdicts.DUPLICATE
            continue
        entry.verdict = verdicts.UPDATED if known else verdicts.ACCEPTED
        known.add(entry.digest)
        new.append(entry)
    return sorted(new, key=lambda entry: entry.identity())


def store(*, entries, run, now) -> None:
    """COPY the raw records of new entries. Another transaction's row of the same version raises IntegrityError."""
    run_id = run and run.pk
    sets.copy(
        TABLE,
        [(*each.identity(), each.digest, each.cleaned.text.decode(), run_id, now) for each in entries],
    )


def earlier_statuses(*, entries) -> set:
    """{(channel id, order number, status)} that other versions of these orders stated before this batch."""
    digests = {}
    for entry in entries:
        digests.setdefault((entry.channel, entry.cleaned.key), []).append(entry.digest)
    rows = [(*key, " ".join(listed)) for key, listed in digests.items()]
    return set(sets.run(STATUSES, rows, 3)) if rows else set()
