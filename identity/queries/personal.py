"""What identity knows of one person: identifiers, records as they came, verdicts, cases."""

import json
import re

import phonenumbers

from identity.models import (
    Binding,
    Identifier,
    IntakeRecord,
    LineageEntry,
    OrderContact,
    QuarantineItem,
    ReviewCase,
    Verdict,
)
from identity.records import reducing
from members import sets
from members.models import Order, Return, Review
from members.privacy import tombstones
from members.privacy.person import Person, literal, telephone
from members.privacy.rooms import Sections
from members.queries.personal import rows

NOBODY_ELSES = """NOT EXISTS (
    SELECT FROM identity_binding o
    WHERE o.identifier_id = {id} AND o.role <> 'receiver' AND o.account_id <> ALL(%s::bigint[]))"""
# Carried by his accounts, in a role that says it is his, and by nobody else's; and what hash recipes know to be the
# same, so that neither a number nor its hash stays when the other goes.
ALONE = f"""
WITH RECURSIVE his (id) AS (
    SELECT b.identifier_id FROM identity_binding b
    WHERE b.account_id = ANY(%s::bigint[]) AND b.role <> 'receiver' AND {NOBODY_ELSES.format(id="b.identifier_id")}
    UNION
    SELECT n.id FROM his CROSS JOIN LATERAL (
        SELECT hashed_id FROM identity_hashedform WHERE plain_id = his.id
        UNION ALL SELECT plain_id FROM identity_hashedform WHERE hashed_id = his.id
    ) n (id) WHERE {NOBODY_ELSES.format(id="n.id")}
)
SELECT i.id, i.kind_id, i.namespace, i.value FROM his JOIN identity_identifier i USING (id)
"""  # noqa: S608
# His own records, by the keys under which the archive holds them.
RECORDS = """
SELECT r.id FROM identity_intakerecord r
JOIN unnest(%s::bigint[], %s::text[], %s::text[]) AS k (channel_id, type, key) USING (channel_id, type, key)
"""
# The archive has no index into its texts: one reading of all of it, by whoever has to search it.
MENTIONED = """
SELECT r.id FROM identity_intakerecord r
WHERE r.raw::text ~* %s
   OR ((r.type = 'event' OR r.contact <> '') AND EXISTS (
        SELECT FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, key)
        WHERE k.channel_id = r.channel_id AND k.key IN (r.raw ->> 'account', r.contact)))
"""
KEPT_ASIDE = """
SELECT q.id FROM identity_quarantineitem q
WHERE q.raw ~* %s OR q.key ~* %s OR q.message ~* %s OR EXISTS (
    SELECT FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (channel, type, key)
    WHERE k.channel = q.channel_code AND k.type = q.type AND k.key = q.key)
"""


def alone(*, accounts) -> list[tuple]:
    """Identifiers (id, kind, namespace, value) that nobody else carries."""
    ids = sets.array(list(accounts))
    return sets.run(ALONE, [], 0, ids, ids, ids)


def traces(person: Person) -> set[str]:
    found = (_trace(kind, value) for kind, _namespace, value in _identifiers(person))
    return {trace for trace in found if trace}


def _identifiers(person: Person) -> set[tuple[str, str, str]]:
    return {tuple(each) for _id, *each in alone(accounts=person.accounts)} | person.hidden


def _trace(kind: str, value: str) -> str | None:
    if kind != "phone":
        return literal(value)
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return literal(value)
    return telephone(
        country=str(number.country_code), national=phonenumbers.national_significant_number(number)
    )


def hashes(person: Person, salt: bytes) -> set[tuple[str, bytes]]:
    """Tombstones of the identifiers that are his alone: a telephone that a family shares stays in use."""
    return {
        ("identifier", tombstones.identifier(salt=salt, kind=kind, namespace=namespace, value=value))
        for kind, namespace, value in _identifiers(person)
    }


def keys(person: Person) -> list[tuple[int, str, str]]:
    """(channel, type, key) of his accounts, orders, returns and reviews."""
    own = [(channel, "account", key) for channel, _code, key in person.keys]
    for kind, model in (("order", Order), ("return", Return), ("review", Review)):
        told = model.objects.filter(account__in=person.accounts).values_list("channel_id", "external_id")
        own += [(channel, kind, key) for channel, key in told]
    return own


def own_records(person: Person) -> list[int]:
    return [row[0] for row in sets.run(RECORDS, sorted(keys(person)), 3)]


def mentioned(person: Person) -> list[int]:
    """Records that name him in their text, or by his account. Reads the whole archive."""
    named = sets.columns([(channel, key) for channel, _code, key in person.keys], 2)
    return [row[0] for row in sets.run(MENTIONED, [], 0, person.pattern, *named)]


def kept_aside(person: Person) -> list[int]:
    codes = {channel: code for channel, code, _key in person.keys}
    own = [(codes[channel], kind, key) for channel, kind, key in keys(person) if channel in codes]
    pattern = person.pattern
    return [row[0] for row in sets.run(KEPT_ASIDE, [], 0, pattern, pattern, pattern, *sets.columns(own, 3))]


def sections(person: Person) -> Sections:
    accounts = list(person.accounts)
    carried = Binding.objects.filter(account__in=accounts)
    cases = ReviewCase.objects.filter(left__overlap=accounts) | ReviewCase.objects.filter(
        right__overlap=accounts
    )
    said = Verdict.objects.filter(left__overlap=accounts) | Verdict.objects.filter(right__overlap=accounts)
    return {
        "identifiers": rows(Identifier.objects.filter(bindings__in=carried).distinct()),
        "who carries them": rows(carried),
        "contacts on orders": rows(
            OrderContact.objects.filter(order__account__in=accounts), "identifier__value"
        ),
        **_records(person),
        "records kept aside": _aside(person),
        "verdicts": rows(said, words="reason"),
        "review cases": [_one_sided(case, set(accounts)) for case in rows(cases)],
        "changes of OneID": rows(LineageEntry.objects.filter(account__in=accounts)),
    }


def _records(person: Person) -> Sections:
    """His own records whole. Somebody else's present is his only as far as it names him: who sent it is not told."""
    pattern = re.compile(person.pattern, re.IGNORECASE)
    own, accounts = set(own_records(person)), {(channel, key) for channel, _code, key in person.keys}
    his, others = [], []
    for each in IntakeRecord.objects.filter(pk__in=own | set(mentioned(person))).order_by("pk"):
        named = {(each.channel_id, each.raw.get("account")), (each.channel_id, each.contact)} & accounts
        (his if each.pk in own or named else others).append(each)
    return {
        "records as they came": rows(IntakeRecord.objects.filter(pk__in=[each.pk for each in his])),
        "records of others that name you": [
            {"received_at": each.received_at, "raw": reducing.only(each.raw, pattern)} for each in others
        ],
    }


def _aside(person: Person) -> list[dict]:
    """His own records whole; of others' what names him."""
    pattern = re.compile(person.pattern, re.IGNORECASE)
    codes = {channel: code for channel, code, _key in person.keys}
    own = {(codes[channel], kind, key) for channel, kind, key in keys(person) if channel in codes}
    found = rows(QuarantineItem.objects.filter(pk__in=kept_aside(person)), words="note")
    return [
        row if (row["channel_code"], row["type"], row["key"]) in own or _is_his(row, person) else _told(row, pattern)
        for row in found
    ]  # fmt: skip


def _is_his(row: dict, person: Person) -> bool:
    """Whether a record kept aside is of an account of his."""
    raw = decoded(row["raw"])
    account = raw.get("account") if isinstance(raw, dict) else None
    return (row["channel_code"], account) in {(code, key) for _channel, code, key in person.keys}


def _told(row: dict, pattern: re.Pattern) -> dict:
    return {"received_at": row["received_at"], "raw": reducing.only(decoded(row["raw"]), pattern)}


def decoded(raw: str) -> object:
    """A record kept aside as a document; None if it is none."""
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _one_sided(case: dict, accounts: set[int]) -> dict:
    """A case without what it says of the other person."""
    hidden = "right" if accounts & set(case["left"]) else "left"
    if accounts & set(case["left"]) and accounts & set(case["right"]):
        return case
    evidence = case["evidence"]
    if "fields" in evidence:
        fields = [{k: v for k, v in each.items() if k != hidden} for each in evidence["fields"]]
        evidence = {**evidence, "fields": fields}
    return {**case, "evidence": evidence}
