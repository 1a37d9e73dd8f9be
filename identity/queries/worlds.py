"""The facts of OneID as the engine wants them: of some components, or of everybody."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import connection

from identity.matching import words
from identity.matching.facts import (
    BUYER,
    CONTACT,
    HOLDER,
    TRAITS,
    Accounts,
    Bindings,
    Facts,
    Identifiers,
    Verdict,
)
from identity.matching.partition import Partition
from identity.matching.policy import Kind, Policy
from identity.matching.words import Words
from identity.queries import columns, prepared
from identity.queries.columns import NUMBER, TEXT, TIME, WORD

POLICY = """
SELECT (SELECT jsonb_agg(jsonb_build_object(
            'code', code, 'strength', strength, 'links', links, 'max_accounts', max_accounts,
            'max_members', max_members, 'max_distinct', max_distinct, 'max_per_person', max_per_person,
            'agreement', agreement, 'max_per_channel', max_per_channel, 'validity_days', validity_days)) FROM identity_identifierkind),
       (SELECT array_agg(code) FROM members_channel WHERE one_account_a_person)
"""

ACCOUNTS = """
SELECT a.id, a.member_id, a.minted_id, c.code AS channel, a.external_id, c.named::int AS named,
       (extract(epoch FROM a.first_seen_at) * 1000000)::bigint AS first_at,
       coalesce(a.traits #>> '{name,value}', '') AS name,
       coalesce(a.traits #>> '{birth_date,value}', '') AS birth_date,
       coalesce(a.traits #>> '{phone_masked,value}', '') AS phone_masked,
       (a.revoked_at IS NOT NULL)::int AS revoked
FROM members_account a JOIN members_channel c ON c.id = a.channel_id AND a.emptied_at IS NULL
"""

SOME_ACCOUNTS = f"{ACCOUNTS} WHERE a.id = ANY(%s::bigint[]) ORDER BY a.id"

# The newest verdict on an identifier rules.
SAID = """
SELECT kind FROM identity_said WHERE identifier_id = i.id ORDER BY decided_at DESC, id DESC LIMIT 1
"""

SAID_OF_ALL = """
SELECT DISTINCT ON (identifier_id) identifier_id, kind FROM identity_said
ORDER BY identifier_id, decided_at DESC, id DESC
"""

IDENTIFIERS = """
SELECT i.id, i.kind_id AS kind, i.namespace, i.value, i.shared
FROM identity_identifier i JOIN identity_identifierkind k ON k.code = i.kind_id
WHERE k.links AND NOT i.blocked
ORDER BY i.id
"""

BINDINGS = f"""
SELECT i.kind_id AS kind, i.namespace, i.value, i.shared, coalesce(({SAID}), '') AS said,
       b.account_id, b.identifier_id, (extract(epoch FROM b.first_at) * 1000000)::bigint AS first_at, b.orders,
       b.role, (extract(epoch FROM b.last_at) * 1000000)::bigint AS last_at, (b.act <> '')::int AS acted
FROM identity_carried b JOIN identity_identifier i ON i.id = b.identifier_id JOIN identity_identifierkind k ON k.code = i.kind_id
WHERE b.account_id = ANY(%s::bigint[]) AND b.role <> 'receiver' AND k.links AND NOT i.blocked ORDER BY b.identifier_id
"""  # noqa: S608 - made of constants

# Those of identifiers that may not link are among them: leaving them out afterwards costs less than a join.
ALL_BINDINGS = """
SELECT b.id, b.account_id, b.identifier_id, b.first_at, b.orders, b.role, b.last_at, (b.act <> '')::int AS acted
FROM identity_carried b WHERE b.role <> 'receiver'
"""
# Views over tables that are nearly empty look cheap to loop over, and all of them are read here.
HASH_JOINS = "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off"
ANY_JOINS = "SET LOCAL enable_nestloop = DEFAULT; SET LOCAL enable_mergejoin = DEFAULT"

VERDICTS = """
SELECT id, kind = 'same', "left", "right", (extract(epoch FROM decided_at) * 1000000)::bigint, model <> ''
FROM identity_verdict WHERE withdrawn_at IS NULL AND identifier_id IS NULL
"""


BARRIERS = frozenset({"accounts", "distinct", "verdict"})
ACCOUNT_COLUMNS = (
    dict.fromkeys(("id", "member_id", "minted_id", "named", "first_at", "revoked"), NUMBER)
    | {"external_id": TEXT}
    | dict.fromkeys(("channel", "name", "birth_date", "phone_masked"), WORD)
)
ACCOUNT_NAMES = (
    "id", "member_id", "minted_id", "channel", "external_id", "named", "first_at", "name", "birth_date", "phone_masked",
    "revoked",
)  # fmt: skip
BINDING_NAMES = (
    "kind", "namespace", "value", "shared", "said", "account_id", "identifier_id", "first_at", "orders", "role",
    "last_at", "acted",
)  # fmt: skip
IDENTIFIER_COLUMNS = {"id": NUMBER, "value": TEXT} | dict.fromkeys(("kind", "namespace", "shared"), WORD)
BINDING_COLUMNS = (
    dict.fromkeys(("account_id", "identifier_id", "orders", "acted"), NUMBER)
    | dict.fromkeys(("first_at", "last_at"), TIME)
    | {"role": (HOLDER, BUYER, CONTACT)}
)


@dataclass
class World:
    """Facts with the database's ids by position, whose member each account is now, and the flags stored; `asked` are
    the accounts asked for, also those that say nothing any more."""

    facts: Facts
    account: np.ndarray
    member: np.ndarray
    minted: np.ndarray
    identifier: np.ndarray
    shared: Sequence[str]
    verdicts: dict[str, tuple[list[int], list[int]]] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def linking(self) -> set[int]:
        """Ids of the identifiers that have no flag of too many carriers."""
        return {
            id
            for id, shared in zip(self.identifier.tolist(), self.shared, strict=True)
            if shared != "accounts"
        }

    def reflagged(self, found: Partition) -> list[tuple[int, str, str]]:
        """(position, flag stored, flag found) of each identifier where the two differ."""
        barred = self.facts.identifiers.barred
        told = words.of(self.shared).told() | words.of(barred).told()
        flags = (
            (place, self.shared[place], barred[place] or found.shared.get(place, ""))
            for place in sorted({*np.flatnonzero(told).tolist(), *found.shared})
        )
        return [(place, old, new) for place, old, new in flags if old != new]


def policy() -> Policy:
    """The kinds and channels as staff have set them."""
    kinds, channels = prepared.fetch(POLICY)[0]
    return Policy(
        kinds={kind["code"]: Kind(**kind) for kind in json.loads(kinds or "[]")},
        one_account_channels=frozenset(channels or ()),
    )


def everybody() -> World:
    """All facts."""
    with connection.cursor() as cursor:
        cursor.execute(HASH_JOINS)
        accounts = columns.fetch(f"{ACCOUNTS} ORDER BY a.id", ACCOUNT_COLUMNS, table="members_account")
        identifiers = columns.fetch(IDENTIFIERS, IDENTIFIER_COLUMNS, table="identity_identifier")
        bindings = columns.fetch(ALL_BINDINGS, BINDING_COLUMNS, table="identity_binding")
        cursor.execute(ANY_JOINS)
    said = prepared.fetch(SAID_OF_ALL)
    shared, cleared = (
        np.isin(identifiers["id"], [id for id, kind in said if kind == wanted])
        for wanted in ("shared", "not_shared")
    )
    barred = Words(["", "verdict"], shared.astype(np.int64))
    bindings = _between(bindings, accounts["id"], identifiers["id"])
    return _world(accounts, bindings, identifiers, barred, cleared, prepared.fetch(VERDICTS))


def _between(bindings: dict, accounts: np.ndarray, identifiers: np.ndarray) -> dict:
    """The bindings of these accounts with these identifiers."""
    known = np.isin(bindings["identifier_id"], identifiers) & np.isin(bindings["account_id"], accounts)
    if known.all():
        return bindings
    rows = np.flatnonzero(known)
    return {name: words.kept(column, rows) for name, column in bindings.items()}


def component(
    *, accounts: Collection[int], opened: Collection[int], crowded: Collection[int], verdicts: list[tuple]
) -> World:
    """The facts of `accounts`. `opened` identifiers are judged anew and `crowded` ones have too many carriers;
    what else is flagged as shared stays shared."""
    rows = _listed(ACCOUNT_NAMES, prepared.fetch(SOME_ACCOUNTS, accounts))
    bindings = _listed(BINDING_NAMES, prepared.fetch(BINDINGS, accounts))
    first: dict[int, int] = {}
    for place, id in enumerate(bindings["identifier_id"]):
        first.setdefault(id, place)
    identifiers = {
        name: [bindings[name][place] for place in first.values()]
        for name in ("kind", "namespace", "value", "shared", "said")
    }
    identifiers["id"] = list(first)
    told = zip(identifiers["id"], identifiers["shared"], identifiers["said"], strict=True)
    barred = [_bar(id, shared, said, opened, crowded) for id, shared, said in told]
    cleared = [said == "not_shared" for said in identifiers["said"]]
    world = _world(rows, bindings, identifiers, barred, cleared, verdicts)
    world.asked = list(accounts)
    return world


def _bar(id: int, shared: str, said: str, opened: Collection[int], crowded: Collection[int]) -> str:
    if said == "shared":
        return "verdict"
    if id in crowded:
        return "accounts"
    return "" if id in opened or shared not in BARRIERS else shared


def verdicts(*, among: Collection[int]) -> list[tuple]:
    """Rows of the verdicts that name any of these accounts."""
    return prepared.fetch(f'{VERDICTS} AND ("left" && %s::bigint[] OR "right" && %s::bigint[])', among, among)


def _world(accounts, bindings, identifiers, barred, cleared, verdicts) -> World:
    account, identifier = np.asarray(accounts["id"]), np.asarray(identifiers["id"])
    facts = Facts(
        Accounts(*(accounts[name] for name in ("channel", "external_id", "named", "first_at", *TRAITS))),
        Identifiers(*(identifiers[name] for name in ("kind", "namespace", "value")), barred, cleared),
        Bindings(
            _positions(account, bindings["account_id"]),
            _positions(identifier, bindings["identifier_id"]),
            *(bindings[name] for name in ("first_at", "role", "orders", "last_at", "acted")),
        ),
        _verdicts(account, verdicts),
        frozenset(np.flatnonzero(np.asarray(accounts["revoked"])).tolist()),
    )
    ids = (np.asarray(accounts[name]) for name in ("member_id", "minted_id"))
    named = {_verdict_key(id): (left, right) for id, _, left, right, *_ in verdicts}
    return World(facts, account, *ids, identifier, identifiers["shared"], named)


def _positions(ids: np.ndarray, wanted) -> np.ndarray:
    """Where each wanted id stands in `ids`, which is sorted."""
    return np.searchsorted(ids, np.asarray(wanted, dtype=np.int64))


def _verdicts(account: np.ndarray, rows: list[tuple]) -> list[Verdict]:
    return [
        Verdict(_verdict_key(id), same, _known(account, left), _known(account, right), decided_at, model)
        for id, same, left, right, decided_at, model in rows
    ]


def _known(account: np.ndarray, ids: list[int]) -> frozenset[int]:
    """The positions of those of the ids that are among the accounts."""
    wanted = np.asarray(ids, dtype=np.int64)
    places = _positions(account, wanted)
    inside = places < len(account)
    return frozenset(places[inside][account[places[inside]] == wanted[inside]].tolist())


def _listed(names: tuple[str, ...], rows: list[tuple]) -> dict[str, list]:
    told = list(zip(*rows, strict=True)) or [()] * len(names)
    return dict(zip(names, map(list, told), strict=True))


def _verdict_key(id: int) -> str:
    return f"{id:020}"
