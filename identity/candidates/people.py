"""One row a person, from what their accounts say: the table that is blocked and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING

from identity.candidates import written

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 50_000
NAME = ("script", "surname", "whole", "given", "sound", "length", "tokens")
NUMBERS = ("unique_id", "label", "length")
LISTS = ("tokens", "phones", "phone_keys", "emails", "locals", "addresses", "buildings")
TEXTS = (
    "shown_name", "script", "surname", "whole", "given", "sound", "birth", "birth_swapped", "gender", "province",
    "city", "postcode", "number",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """What one account says. `phones` are those of its own and of the contacts of its orders; `receivers` are
    (name, address) of its orders."""

    account: int
    member: int
    channel: int = 0
    name: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    province: str | None = None
    city: str | None = None
    address: str | None = None
    postcode: str | None = None
    phone_masked: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    receivers: tuple[tuple[str, str], ...] = ()


def table(accounts: Iterable[Account], *, by: str = "member") -> pa.Table:
    """The accounts, sorted by `by`, as one row a person (by="member") or an account (by="account").

    Columns as in NUMBERS, TEXTS and LISTS; `unique_id` is the member's or account's id, `label` the member's. A person who says
    nothing comparable has no row.
    """
    import pyarrow as pa

    schema = pa.schema(
        dict.fromkeys(NUMBERS, pa.int64())
        | dict.fromkeys(TEXTS, pa.string())
        | dict.fromkeys(LISTS, pa.list_(pa.string()))
    )
    rows = (row for _, group in groupby(accounts, key=attrgetter(by)) if (row := _row(list(group), by)))
    batches = [pa.RecordBatch.from_pylist(chunk, schema=schema) for chunk in _chunks(rows)]
    return pa.Table.from_batches(batches, schema=schema)


def _chunks(rows: Iterator[dict]) -> Iterator[list[dict]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _row(accounts: list[Account], by: str) -> dict | None:
    row = {
        "unique_id": getattr(accounts[0], by),
        "label": accounts[0].member,
        **_name(accounts),
        **_birth(accounts),
        **_reached(accounts),
        **_places(accounts),
        "gender": _usual(each.gender for each in accounts),
        "number": _usual(number for each in accounts for number in each.numbers),
    }
    return (
        row if any(row[name] for name in ("surname", "birth", "phone_keys", "emails", "addresses")) else None
    )


def _usual(values: Iterable[str | None]) -> str | None:
    """The most frequent value; of equals, the longest, then the first by letters."""
    told = [value for value in values if value]
    if len(told) < 2:
        return told[0] if told else None
    counts = Counter(told)
    return max(counts, key=lambda value: (counts[value], len(value), value))


def _name(accounts: list[Account]) -> dict:
    told = [*(each.name for each in accounts), *(name for each in accounts for name in _revealed(each))]
    parsed = [(text, written.name(text)) for text in told if text]
    whole = _usual(text for text, name in parsed if name and name.whole)
    text = whole or _usual(text for text, name in parsed if name)
    name = written.name(text)
    if name is None:
        return dict.fromkeys(("shown_name", *NAME))
    return {"shown_name": text} | {column: getattr(name, column) for column in NAME}


def _revealed(account: Account) -> Iterator[str]:
    """Receivers of the account's orders whose name is what the masked one hides."""
    if account.name:
        for receiver, _ in account.receivers:
            if receiver and written.fits(masked=account.name, whole=receiver):
                yield receiver


def _birth(accounts: list[Account]) -> dict:
    birth = _usual(written.birthday(each.birth_date) for each in accounts)
    return {"birth": birth, "birth_swapped": birth and written.swapped(birth)}


def _reached(accounts: list[Account]) -> dict:
    phones = sorted({phone for each in accounts for phone in each.phones})
    masked = {written.phone_key(each.phone_masked) for each in accounts}
    keys = {written.phone_key(phone) for phone in phones} | masked
    emails = sorted({email.casefold() for each in accounts for email in each.emails})
    return {
        "phones": phones,
        "phone_keys": sorted(keys - {None}),
        "emails": emails,
        "locals": sorted({written.local_part(email) for email in emails}),
    }


def _places(accounts: list[Account]) -> dict:
    told = [(each, text) for each in accounts for text in (each.address, *(to for _, to in each.receivers))]
    addresses = sorted({written.address(text, each.province, each.city) for each, text in told} - {None})
    return {
        "addresses": addresses,
        "buildings": sorted({written.building(address) for address in addresses} - {None}),
        "province": _usual(each.province for each in accounts),
        "city": _usual(each.city for each in accounts),
        "postcode": _usual(each.postcode for each in accounts),
    }
