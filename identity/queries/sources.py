"""Who said what of a person: each field of the profile and each contact with its source, and how far to trust it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import groupby

from django.db import connection

from identity.models import Binding
from identity.queries import origins
from members.models import Member

# As the profile is derived: the latest statement rules, of two at once the greater value.
SAID = """
SELECT t.key, t.value ->> 'value', t.value ->> 'at', a.id, c.code, c.name
FROM members_account a JOIN members_channel c ON c.id = a.channel_id, jsonb_each(a.traits) t
WHERE a.member_id = %s AND a.emptied_at IS NULL AND a.revoked_at IS NULL AND t.value ->> 'value' <> ''
ORDER BY t.key, t.value ->> 'at' DESC, t.value ->> 'value' DESC, a.id
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


def fields(*, member: Member, seen: Collection[int] | None = None) -> list[Field]:
    """Every field that some account states. ``seen`` are the accounts whose words may be told; the value that rules is
    the person's and is told always, though not by whom. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(SAID, [member.pk])
        rows = cursor.fetchall()
    trusted = origins.of(accounts=sorted({row[3] for row in rows})) if rows else {}
    words = [
        (name, Said(value, account, code, called, dt.datetime.fromisoformat(at)))
        for name, value, at, account, code, called in rows
    ]
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
    held = (
        Binding.objects.holding()
        .filter(account__in=accounts, identifier__blocked=False)
        .exclude(role=Binding.Role.RECEIVER)
        .select_related("identifier", "account__channel")
    )
    found = list(held)
    trusted = origins.of(accounts=sorted({each.account_id for each in found})) if found else {}
    carried: dict[int, list] = {}
    for each in found:
        carried.setdefault(each.identifier_id, []).append((_trust(each, trusted), each))
    made = [_contact(words) for words in carried.values()]
    return sorted(made, key=lambda each: (each.kind, -each.confidence, each.at, each.identifier))


def _trust(binding, trusted):
    """A telephone on an order may be a relative's; that of a contact account is the account."""
    named = binding.role == Binding.Role.CONTACT and not binding.account.is_contact
    return trusted[binding.account_id].confidence * (NAMED_ON_ORDERS if named else 1)


def _contact(words):
    confidence, best = max(words, key=lambda each: (each[0], -each[1].first_at.timestamp(), -each[1].pk))
    known, channel = best.identifier, best.account.channel
    return Contact(
        known.pk, known.kind_id, known.value, channel.code, channel.name, best.first_at, confidence,
        len({each.account_id for _trust, each in words}),
    )  # fmt: skip
