"""The archive of raw records: every distinct version once. It tells what is new from what is a repetition."""

from identity.records import verdicts
from members import sets
from members.actions.versions import Raced

STORED = """
SELECT r.channel_id, r.type, r.key, replace(r.digest::text, '-', ''), r.id, r.run_id, r.repeated
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS k (channel_id, type, key)
JOIN identity_intakerecord r USING (channel_id, type, key)
WHERE r.withdrawal_id IS NULL
"""

TABLE = "identity_intakerecord (channel_id, type, key, digest, raw, run_id, received_at, contact)"

# Who else brought a version, so that undoing the run that brought it first leaves it to the others.
REPEATED = """
WITH told AS (
    SELECT r.id FROM unnest(%s::bigint[]) AS n (id) JOIN identity_intakerecord r USING (id)
    WHERE r.withdrawal_id IS NULL ORDER BY r.id FOR NO KEY UPDATE OF r
)
UPDATE identity_intakerecord r SET repeated = coalesce(r.repeated, '{}') || %s::bigint
FROM told WHERE r.id = told.id RETURNING r.id
"""
OTHER_DOOR = 0
REMEMBERED = 8

STATUSES = """
SELECT DISTINCT r.channel_id, r.key, lower(coalesce(r.raw ->> 'status', 'paid'))
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS k (channel_id, key, digests)
JOIN identity_intakerecord r ON r.channel_id = k.channel_id AND r.type = 'order' AND r.key = k.key
     AND r.withdrawal_id IS NULL
WHERE NOT replace(r.digest::text, '-', '') = ANY (string_to_array(k.digests, ' '))
"""


def sort(entries, *, run=None) -> list:
    """Give each entry its verdict; the new ones, sorted by key, in the order in which they came. Raises Raced."""
    stored = {}
    for row in sets.run(STORED, sorted({each.identity() for each in entries}), 3):
        stored.setdefault(row[:3], {})[row[3]] = row[4:]
    new, again = [], {}
    source = run.pk if run else OTHER_DOOR
    for entry in entries:
        known = stored.setdefault(entry.identity(), {})
        if entry.digest in known:
            entry.verdict = verdicts.DUPLICATE
            again |= _repeated(known[entry.digest], source)
            continue
        entry.verdict = verdicts.UPDATED if known else verdicts.ACCEPTED
        known[entry.digest] = None
        new.append(entry)
    _note(again)
    return sorted(new, key=lambda entry: entry.identity())


def _repeated(stored, source) -> dict[int, int]:
    """{record: who is to be noted as having brought it too}: nobody, if it is known or if it can't be undone."""
    id, run, repeated = stored or (None, None, None)
    repeated = repeated or []
    if run is None or run == source or source in repeated or OTHER_DOOR in repeated:
        return {}
    return {id: source if len(repeated) < REMEMBERED else OTHER_DOOR}


def _note(again) -> None:
    for source in sorted(set(again.values())):
        ids = sorted(id for id, each in again.items() if each == source)
        if len(sets.run(REPEATED, [(id,) for id in ids], 1, source)) < len(ids):
            raise Raced  # withdrawn meanwhile: then it is new


def store(*, entries, run, now) -> None:
    """COPY the raw records of new entries. Another transaction's row of the same version raises IntegrityError."""
    run_id = run and run.pk
    sets.copy(
        TABLE,
        [
            (*each.identity(), each.digest, each.cleaned.text.decode(), run_id, now, _contact(each))
            for each in entries
        ],
    )


def _contact(entry) -> str:
    """The account that a record claims beside its own key."""
    return entry.cleaned.customer if entry.cleaned.claims and entry.cleaned.type != "account" else ""


def earlier_statuses(*, entries) -> set:
    """{(channel id, order number, status)} that other versions of these orders stated before this batch."""
    digests = {}
    for entry in entries:
        digests.setdefault((entry.channel, entry.cleaned.key), []).append(entry.digest)
    rows = [(*key, " ".join(listed)) for key, listed in digests.items()]
    return set(sets.run(STATUSES, rows, 3)) if rows else set()


def statuses(*, channel: int, order: str) -> set[str]:
    """All that files and channels stated of an order."""
    return {status for _channel, _order, status in sets.run(STATUSES, [(channel, order, "")], 3)}
