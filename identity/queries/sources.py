"""Who said what of a person: each field of the profile and each contact with its source, and how far to trust it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from identity.queries import origins
from members import sets
from members.models import Member

# As the profile is derived: the latest statement rules, of two at once the greater value.
SAID = """
SELECT t.key, t.value ->> 'value', t.value ->> 'at', a.id, c.code, c.name
FROM members_account a JOIN members_channel c ON c.id = a.channel_id, jsonb_each(a.traits) t
WHERE a.member_id = %s AND a.emptied_at IS NULL AND a.revoked_at IS NULL AND t.value ->> 'value' <> ''
ORDER BY t.key, t.value ->> 'at' DESC, t.value ->> 'value' DESC, a.id
"""
# Without those of which a steward says that the identifier was never the account's.
CARRIED = """
SELECT i.id, i.kind_id, i.value, c.code, c.name, b.account_id, b.role = 'contact' AND NOT a.is_contact, b.first_at, b.id
FROM identity_binding b JOIN identity_identifier i ON i.id = b.identifier_id AND NOT i.blocked
JOIN members_account a ON a.id = b.account_id JOIN members_channel c ON c.id = a.channel_id
WHERE b.account_id = ANY(%s::bigint[]) AND b.role <> 'receiver' AND NOT EXISTS (
    SELECT FROM identity_verdict v
    WHERE v.identifier_id = b.identifier_id AND v.kind = 'not_his' AND v.withdrawn_at IS NULL
      AND b.account_id = ANY (v."left")
)
"""
NAMED_ON_ORDERS = 0.6  # of what its account is trusted


@dataclass(frozen=True)
class Said:
    """One account's word. ``channel`` is a code, empty where the reader may not know who said it."""

    value: str
    account: int
    channel: str
    channel_name: str
    at: dt.datetime


@dataclass(frozen=True)
class Field:
    """The word that rules, and the others'. ``confidence`` (0 to 1) is that of the ruling account's origin, times the
    share of accounts that say the same; ``agreeing`` counts them."""

    name: str
    said: Said
    confidence: float
    agreeing: int
    differing: list[Said] = field(default_factory=list)

    @property
    def value(self) -> str:
        return self.said.value


@dataclass(frozen=True)
class Contact:
    """A telephone, an e-mail or another identifier, of the account that is trusted most; ``accounts`` carry it."""

    identifier: int
    kind: str
    value: str
    channel: str
    channel_name: str
    at: dt.datetime
    confidence: float
    accounts: int


class Carried(NamedTuple):
    """``named``: by an order, and no contact account: the telephone may be a relative's."""

    identifier: int
    kind: str
    value: str
    channel: str
    channel_name: str
    account: int
    named: bool
    first_at: dt.datetime
    id: int


def of(*, member: Member, seen: Collection[int]) -> tuple[list[Field], list[Contact]]:
    """``fields`` and ``contacts`` of the accounts that may be told. Three statements."""
    words, carried = _words(member), _carried(seen)
    trusted = origins.of(
        accounts=sorted({said.account for _name, said in words} | {each.account for each in carried})
    )
    return _fields(words, trusted, seen), _contacts(carried, trusted)


def fields(*, member: Member, seen: Collection[int] | None = None) -> list[Field]:
    """Every field that some account states. ``seen`` are the accounts whose words may be told; the value that rules is
    the person's and is told always, though not by whom. Two statements."""
    words = _words(member)
    return _fields(words, origins.of(accounts=sorted({said.account for _name, said in words})), seen)


def _words(member: Member) -> list[tuple[str, Said]]:
    return [
        (name, Said(value, account, code, called, dt.datetime.fromisoformat(at)))
        for name, value, at, account, code, called in sets.prepared(SAID, member.pk)
    ]


def _fields(words, trusted, seen) -> list[Field]:
    return [
        _field(name, [said for _name, said in group], trusted, seen)
        for name, group in groupby(words, key=lambda each: each[0])
    ]


def _field(name, words, trusted, seen):
    ruling = words[0]
    agreeing = sum(said.value == ruling.value for said in words)
    differing = [
        said for said in words if said.value != ruling.value and (seen is None or said.account in seen)
    ]
    told = ruling if seen is None or ruling.account in seen else Said(ruling.value, 0, "", "", ruling.at)
    confidence = trusted[ruling.account].confidence * agreeing / len(words)
    return Field(name, told, confidence, agreeing, differing)


def contacts(*, accounts: Collection[int]) -> list[Contact]:
    """What the accounts carry as their own or were named with on orders; the most trusted of each kind first."""
    found = _carried(accounts)
    return _contacts(found, origins.of(accounts=sorted({each.account for each in found})))


def _carried(accounts: Collection[int]) -> list[Carried]:
    return [Carried(*row) for row in sets.prepared(CARRIED, list(accounts))]


def _contacts(found: list[Carried], trusted) -> list[Contact]:
    held: dict[int, list] = {}
    for each in found:
        trust = trusted[each.account].confidence * (NAMED_ON_ORDERS if each.named else 1)
        held.setdefault(each.identifier, []).append((trust, each))
    made = [_contact(words) for words in held.values()]
    return sorted(made, key=lambda each: (each.kind, -each.confidence, each.at, each.identifier))


def _contact(words) -> Contact:
    confidence, best = max(words, key=lambda each: (each[0], -each[1].first_at.timestamp(), -each[1].id))
    return Contact(
        best.identifier, best.kind, best.value, best.channel, best.channel_name, best.first_at, confidence,
        len({each.account for _trust, each in words}),
    )  # fmt: skip
