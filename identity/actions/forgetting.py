"""What identity forgets of an erased person: identifiers, raw records, what was kept aside and written down."""

import re
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.db.models import Q

from identity.actions import imports, oneid
from identity.models import FileImport, IntakeRecord, QuarantineItem
from identity.queries import personal
from identity.records import reducing
from members.actions import profiles
from members.privacy.person import Person
from members.privacy.rooms import Work

STEPS = {
    "contacts on orders": """
        DELETE FROM identity_ordercontact c USING members_order o
        WHERE o.id = c.order_id AND (o.account_id = ANY(%(accounts)s) OR c.identifier_id = ANY(%(alone)s))""",
    "bindings": """
        DELETE FROM identity_binding WHERE account_id = ANY(%(accounts)s) OR identifier_id = ANY(%(alone)s)""",
    "hashed forms": """
        DELETE FROM identity_hashedform WHERE plain_id = ANY(%(alone)s) OR hashed_id = ANY(%(alone)s)""",
    "identifiers": """
        UPDATE identity_identifier SET value = 'erased-' || id, blocked = true WHERE id = ANY(%(alone)s)""",
    "verdicts": """
        UPDATE identity_verdict SET reason = '',
            withdrawn_at = CASE WHEN kind IN ('same', 'not_same') THEN coalesce(withdrawn_at, %(now)s)
                           ELSE withdrawn_at END
        WHERE "left" && %(accounts)s::bigint[] OR "right" && %(accounts)s::bigint[] OR identifier_id = ANY(%(alone)s)""",
    "decisions": """
        UPDATE identity_reviewdecision d SET note = '' FROM identity_reviewcase c
        WHERE c.id = d.case_id AND d.note <> '' AND (c."left" && %(accounts)s::bigint[] OR c."right" && %(accounts)s::bigint[])""",
    "cases": """
        UPDATE identity_reviewcase SET evidence = '{}', identifier_id = NULL,
            state = CASE state WHEN 'open' THEN 'obsolete' ELSE state END,
            closed_at = CASE state WHEN 'open' THEN %(now)s ELSE closed_at END
        WHERE "left" && %(accounts)s::bigint[] OR "right" && %(accounts)s::bigint[]""",
    "OneIDs told to others": """
        UPDATE members_event e SET properties = e.properties - 'from' - 'to'
        FROM (SELECT DISTINCT account_id FROM identity_lineageentry
              WHERE from_member_id = ANY(%(members)s) OR to_member_id = ANY(%(members)s)) l
        WHERE e.account_id = l.account_id AND e.name LIKE 'identity.%%'
          AND (e.properties ->> 'from' = ANY(%(oneids)s) OR e.properties ->> 'to' = ANY(%(oneids)s))""",
}

# Where staff write, or the house quotes what it met: table, columns of text, columns of JSON.
NOTES = (
    ("identity_ingestrun", ("error",), ()),
    ("identity_verdict", ("reason",), ()),
    ("identity_bulkdecision", ("note",), ()),
    ("identity_reviewdecision", ("note",), ()),
    ("identity_reviewcase", (), ("evidence",)),
    ("identity_trial", ("reason",), ("outcome",)),
    ("identity_fileimport", ("error",), ("report",)),
    ("identity_candidaterun", ("error",), ()),
    ("identity_quarantineitem", ("note",), ()),
)


@dataclass
class Found:
    records: list[int]
    aside: list[int]


def look(person: Person) -> Found:
    """Where he is mentioned. Reads the archive and the quarantine, so nothing is locked yet."""
    return Found(personal.mentioned(person), personal.kept_aside(person))


def erase(work: Work) -> dict[str, int]:
    person = work.person
    alone = [row[0] for row in personal.alone(accounts=person.accounts)]
    given = {
        "accounts": list(person.accounts), "members": list(person.members), "oneids": list(person.oneids),
        "alone": alone, "now": work.now,
    }  # fmt: skip
    counts = _archive(person, work.found)
    left = _shared(person, alone)
    with connection.cursor() as cursor:
        for name, statement in STEPS.items():
            cursor.execute(statement, given)
            counts[name] = cursor.rowcount
        counts["notes"] = sum(_cleared(cursor, *note, person.pattern) for note in NOTES)
    transaction.on_commit(partial(_remove_files, work.now))
    changed = oneid.resolve(accounts=person.accounts, identifiers=left, now=work.now)
    profiles.refresh(members=changed, now=work.now)
    return counts


def _remove_files(now) -> None:
    """Files that were read may name him and are needed no more; of those to be read, intake keeps him out."""
    read = FileImport.objects.filter(file_removed_at=None, state__in=["finished", "failed"])
    for imported in read:
        imports.path(imported).unlink(missing_ok=True)
        FileImport.objects.filter(pk=imported.pk).update(file_removed_at=now)


def _shared(person, alone) -> set[int]:
    """Identifiers that others carry too: they lose a carrier, and may link again."""
    query = "SELECT DISTINCT identifier_id FROM identity_binding WHERE account_id = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(query, [list(person.accounts)])
        return {row[0] for row in cursor.fetchall()} - set(alone)


def _cleared(cursor, table, texts, documents, pattern) -> int:
    empty = [(column, "''", column) for column in texts]
    empty += [(column, "'{}'", f"{column}::text") for column in documents]
    assigned = ", ".join(
        f"{column} = CASE WHEN {read} ~* %(pattern)s THEN {nothing} ELSE {column} END"
        for column, nothing, read in empty
    )
    found = " OR ".join(f"{read} ~* %(pattern)s" for _column, _nothing, read in empty)
    cursor.execute(f"UPDATE {table} SET {assigned} WHERE {found}", {"pattern": pattern})  # noqa: S608 our own names
    return cursor.rowcount


def _archive(person: Person, found: Found) -> dict[str, int]:
    """Reduce his own records; take him out of those of others; delete what was kept aside."""
    own = set(personal.own_records(person))
    pattern = re.compile(person.pattern, re.IGNORECASE)
    accounts = {(channel, key) for channel, _code, key in person.keys}
    changed = []
    for record in IntakeRecord.objects.filter(pk__in=own | set(found.records)):
        named = (record.channel_id, record.raw.get("account")) in accounts
        if record.pk in own or named or (record.channel_id, record.contact) in accounts:
            record.raw = reducing.reduced(record.raw)
        else:
            record.raw = reducing.without(record.raw, pattern)
        if record.type in ("account", "event") and (record.pk in own or named):
            record.key = f"erased-{record.pk}"
            record.run_id = record.repeated = None  # undoing an import has nothing to tell again of him
        record.contact = "" if (record.channel_id, record.contact) in accounts else record.contact
        changed.append(record)
    IntakeRecord.objects.bulk_update(changed, ["raw", "key", "contact", "run", "repeated"], batch_size=500)
    aside = {*found.aside, *personal.kept_aside(person)}
    deleted, _models = QuarantineItem.objects.filter(Q(pk__in=aside)).delete()
    return {"raw records": len(changed), "records kept aside": deleted}
