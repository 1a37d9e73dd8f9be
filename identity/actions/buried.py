"""Records of the erased: counted, and their person not brought back (ADR 081)."""

from collections.abc import Iterable

import msgspec

from identity.actions.entries import Entry
from identity.records import keys, reducing, verdicts
from members.actions import tombstones as graves
from members.privacy import tombstones
from members.queries import tombstones as found_in
from members.queries.tombstones import Found


def keep_out(entries: list[Entry], *, now) -> list[Entry]:
    """The entries that may go on. Sales of the erased go on without the person; of anything else nothing is kept.

    A record is an erased person's if its account has a tombstone, or if an identifier it carries has one and the
    record happened before the erasure. A registration or a consent given after the erasure makes a new person.
    """
    salt = found_in.salt()
    if salt is None:
        return entries
    hashes = [_hashes(each, salt) for each in entries]
    known = found_in.among(digests={each for own in hashes for each in own})
    if not known:
        return entries
    graves_of = [[known[each] for each in own if each in known] for own in hashes]
    lifted = {
        grave.id
        for entry, own in zip(entries, graves_of, strict=True)
        for grave in own
        if _returns(entry, grave)
    }
    graves.lift(tombstones=lifted, now=now)
    kept, counted = [], []
    for entry, own in zip(entries, graves_of, strict=True):
        barring = next((grave for grave in own if _bars(entry, grave, lifted)), None)
        if barring:
            counted.append(barring.id)
            _bury(entry)
        if not barring or entry.verdict != verdicts.ERASED:
            kept.append(entry)
    graves.count(tombstones=counted, now=now)
    return kept


def _hashes(entry: Entry, salt: bytes) -> list[bytes]:
    cleaned = entry.cleaned
    if cleaned.record is None:
        return []
    made = [
        tombstones.identifier(salt=salt, kind=each.kind, namespace=each.namespace, value=each.value)
        for each in cleaned.identifiers
        if each.role != "receiver"
    ]
    if cleaned.customer:
        made.append(tombstones.account(salt=salt, channel=cleaned.channel, external_id=cleaned.customer))
    return made


def _bars(entry: Entry, grave: Found, lifted: Iterable[int]) -> bool:
    """Of an account that the channel names, exports go on for ever; what a customer tells a till is his own act."""
    if entry.cleaned.record.occurred_at <= grave.erased_at and entry.time() <= grave.erased_at:
        return True
    if entry.cleaned.is_contact or grave.kind == "identifier":
        return entry.cleaned.record.occurred_at <= grave.erased_at
    return not (grave.lifted_at or grave.id in lifted)


def _returns(entry: Entry, grave: Found) -> bool:
    """Whether the record says that the person came again after the erasure. An export that repeats a consent
    without its time says nothing of when.
    """
    record = entry.cleaned.record
    if grave.kind != "account" or entry.cleaned.type != "account":
        return False
    joined = (each.joined_at for each in record.membership or ())
    told = msgspec.json.decode(entry.cleaned.text).get("consents") or ()
    agreed = (
        each.at
        for each, raw in zip(record.consents or (), told, strict=True)
        if each.granted and raw.get("at")
    )
    return any(at and at > grave.erased_at for at in (*joined, *agreed))


def _bury(entry: Entry) -> None:
    """Take the person out of a sale; nothing else of his is let in."""
    cleaned, record = entry.cleaned, entry.cleaned.record
    if cleaned.type not in reducing.SALES or cleaned.stops:
        entry.verdict = verdicts.ERASED
        return
    cleaned.text = keys.canonical(reducing.reduced(msgspec.json.decode(cleaned.text)))
    cleaned.customer, cleaned.is_contact = "", False
    cleaned.identifiers, cleaned.traits, cleaned.problems = [], {}, []
    record.account, record.attribution = "", None
    if cleaned.type == "order":
        record.receiver = None
        for line in record.lines:
            line.serial = ""
    if cleaned.type == "review":
        record.text = ""
