"""Records of a batch, cleaned and given the ids of what they name. Reads nothing, writes nothing."""

import re

from msgspec import Struct

from identity.cleaning import records as cleaning
from identity.files.items import Item
from identity.queries.reference import Reference
from identity.records import checkouts, keys, problems
from identity.records.shapes import STATUSES

SERIAL_LIMIT = 100


class Entry(Struct):
    """A cleaned record with database ids. `position` is where it stood in its source; `sales` are the orders that a
    checkout tells of, records of their own beside it; `serial` is the appliance whose event it is, `owner` its account."""

    cleaned: cleaning.Cleaned
    position: str
    digest: str
    channel: int = 0
    organization: int = 0
    memberships: list = []
    joins: bool = False
    verdict: str = ""
    waiting: str = ""
    sales: list = []
    serial: str = ""
    owner: int | None = None

    def identity(self):
        return (self.channel, self.cleaned.type, self.cleaned.key)

    def time(self):
        record = self.cleaned.record
        return record.updated_at or record.occurred_at

    def rank(self):
        status = getattr(self.cleaned.record, "status", None)
        return (self.time(), STATUSES.get(status, 0), self.digest)


def make(given, *, reference: Reference, now, position="") -> Entry:
    """The Entry of a decoded record, or of an Item of a file that could not be decoded."""
    if isinstance(given, Item):
        cleaned = (
            _undecoded(given) if given.problem else cleaning.clean(given.raw, book=reference.book, now=now)
        )
        position = f"line {given.line}"
    else:
        cleaned = cleaning.clean(given, book=reference.book, now=now)
    entry = Entry(cleaned=cleaned, position=position, digest=cleaned.version.hex())
    if cleaned.record is not None:
        _look_up(entry, cleaned, reference)
        if cleaned.type == "event" and cleaned.record.name == checkouts.NAME and not cleaned.stops:
            _sell(entry, given.raw if isinstance(given, Item) else given, reference, now)
    return entry


def _sell(entry, raw, reference, now):
    if sale := checkouts.order(raw):
        entry.sales = [make(sale, reference=reference, now=now, position=entry.position)]


def _undecoded(item):
    text = item.text.encode("utf-8", "replace")
    version = keys.digest(text or item.problem.message.encode())
    return cleaning.Cleaned(
        type="",
        channel="",
        key=f"#{version.hex()}",
        version=version,
        text=text,
        problems=[item.problem],
        stops=True,
        rejected=item.problem.effect == problems.REJECT,
    )


def _look_up(entry, cleaned, reference):
    known = reference.channels.get(cleaned.channel)
    if known is None:
        _stop(cleaned, "channel.unknown", "$.channel", cleaned.channel)
        return
    entry.channel, entry.organization = known
    if cleaned.organization:
        entry.organization = reference.organizations.get(cleaned.organization, 0)
        if not entry.organization:
            _stop(cleaned, "organization.unknown", "$.organization", cleaned.organization)
    elif store := _scanned(cleaned, reference):
        entry.organization, entry.joins = store, True
    if entry.channel in reference.appliances and cleaned.type == "event" and not cleaned.customer:
        _name_appliance(entry, cleaned)
    if cleaned.type == "account" and cleaned.record.membership:
        entry.memberships = [
            reference.organizations.get(m.organization, 0) for m in cleaned.record.membership
        ]
        for given, id in zip(cleaned.record.membership, entry.memberships, strict=True):
            if not id:
                _stop(cleaned, "organization.unknown", "$.membership.organization", given.organization)


def _name_appliance(entry, cleaned):
    given = (cleaned.record.properties or {}).get("serial")
    entry.serial = str(given).strip()[: SERIAL_LIMIT + 1] if isinstance(given, (str, int)) else ""
    if not 0 < len(entry.serial) <= SERIAL_LIMIT:
        _stop(cleaned, "device.serial", "$.properties.serial", given)


_store = re.compile(r"(?:qrscene_)?store[_-](?P<number>[\w-]{1,60})", re.A).fullmatch


def _scanned(cleaned, reference) -> int | None:
    """The store whose code a customer scanned: by its scene, such as store_12."""
    if cleaned.type != "event" or cleaned.record.name != "scan":
        return None
    scene = _store(str((cleaned.record.properties or {}).get("scene", "")))
    if scene is None:
        return None
    number = scene["number"]
    codes = (number, f"store-{number}", f"store_{number}", f"s{number}")
    return next((reference.organizations[code] for code in codes if code in reference.organizations), None)


def _stop(cleaned, code, place, value):
    cleaned.problems = [*cleaned.problems, problems.of(code, place=place, value=value)]
    cleaned.stops = True
