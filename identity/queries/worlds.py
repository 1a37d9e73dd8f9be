"""The facts of OneID as the engine wants them: of some components, or of everybody."""

import io
import json
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from django.db import connection

from identity.matching.facts import TRAITS, Accounts, Bindings, Facts, Identifiers, Verdict
from identity.matching.policy import Kind, Policy

POLICY = """
SELECT (SELECT jsonb_agg(jsonb_build_object(
            'code', code, 'strength', strength, 'links', links, 'max_accounts', max_accounts,
            'max_members', max_members, 'max_distinct', max_distinct, 'max_per_person', max_per_person,
            'agreement', agreement)) FROM identity_identifierkind),
       (SELECT array_agg(code) FROM members_channel WHERE one_account_a_person)
"""

ACCOUNTS = """
SELECT a.id, a.member_id, a.minted_id, a.channel_id, a.organization_id, c.code AS channel, a.external_id,
       c.named::int AS named, (extract(epoch FROM a.first_seen_at) * 1000000)::bigint AS first_at,
       coalesce(a.traits #>> '{name,value}', '') AS name,
       coalesce(a.traits #>> '{birth_date,value}', '') AS birth_date,
       coalesce(a.traits #>> '{phone_masked,value}', '') AS phone_masked
FROM members_account a JOIN members_channel c ON c.id = a.channel_id
"""

# A contact account is its contact: what a till was told there is the account's own.
BINDINGS = """
SELECT b.account_id, b.identifier_id, (extract(epoch FROM b.first_at) * 1000000)::bigint AS first_at,
       CASE WHEN b.role = 'contact' AND a.is_contact THEN 'holder' ELSE b.role END AS role, b.orders
FROM identity_binding b JOIN members_account a ON a.id = b.account_id
     JOIN identity_identifier i ON i.id = b.identifier_id JOIN identity_identifierkind k ON k.code = i.kind_id
WHERE b.role <> 'receiver' AND k.links AND NOT i.blocked
"""

# The newest verdict on an identifier rules.
SAID = """
SELECT DISTINCT ON (identifier_id) identifier_id, kind FROM identity_verdict
WHERE identifier_id IS NOT NULL AND withdrawn_at IS NULL ORDER BY identifier_id, decided_at DESC, id DESC
"""

IDENTIFIERS = f"""
SELECT i.id, i.kind_id AS kind, i.namespace, i.value, i.shared, coalesce(v.kind, '') AS said
FROM identity_identifier i JOIN identity_identifierkind k ON k.code = i.kind_id
     LEFT JOIN ({SAID}) v ON v.identifier_id = i.id
WHERE k.links AND NOT i.blocked
"""  # noqa: S608 - made of constants

VERDICTS = """
SELECT id, kind = 'same', "left", "right", (extract(epoch FROM decided_at) * 1000000)::bigint, model <> ''
FROM identity_verdict WHERE withdrawn_at IS NULL AND identifier_id IS NULL
"""


TEXTS = (
    "channel", "external_id", "name", "birth_date", "phone_masked", "role", "kind", "namespace", "value", "shared", "said",
)  # fmt: skip
BARRIERS = frozenset({"accounts", "distinct", "verdict"})


@dataclass
class World:
    """Facts with the database's ids by position, whose member each account is now, and the flags stored."""

    facts: Facts
    account: np.ndarray
    member: np.ndarray
    minted: np.ndarray
    channel: np.ndarray
    organization: np.ndarray
    identifier: np.ndarray
    shared: list[str]
    verdicts: dict[str, tuple[list[int], list[int]]] = field(default_factory=dict)


def policy() -> Policy:
    """The kinds and channels as staff have set them."""
    kinds, channels = _rows(POLICY)[0]
    return Policy(
        kinds={kind["code"]: Kind(**kind) for kind in json.loads(kinds or "[]")},
        one_account_channels=frozenset(channels or ()),
    )


def everybody() -> World:
    """All facts, copied out of the database."""
    accounts, bindings, identifiers = (_copied(query) for query in (ACCOUNTS, BINDINGS, IDENTIFIERS))
    barred = np.where(identifiers["said"] == "shared", "verdict", "").astype(object)
    return _world(accounts, bindings, identifiers, barred, _rows(VERDICTS))


def component(
    *, accounts: Collection[int], opened: Collection[int], crowded: Collection[int], verdicts: list[tuple]
) -> World:
    """The facts of `accounts`. `opened` identifiers are judged anew and `crowded` ones have too many carriers;
    what else is flagged as shared stays shared."""
    ids = list(accounts)
    rows = _listed(f"{ACCOUNTS} WHERE a.id = ANY(%s)", ids)
    bindings = _listed(f"{BINDINGS} AND b.account_id = ANY(%s)", ids)
    identifiers = _listed(f"{IDENTIFIERS} AND i.id = ANY(%s)", sorted(set(bindings["identifier_id"])))
    barred = [
        _bar(id, shared, said, opened, crowded)
        for id, shared, said in zip(
            identifiers["id"], identifiers["shared"], identifiers["said"], strict=True
        )
    ]
    return _world(rows, bindings, identifiers, barred, verdicts)


def _bar(id: int, shared: str, said: str, opened: Collection[int], crowded: Collection[int]) -> str:
    if said == "shared":
        return "verdict"
    if id in crowded:
        return "accounts"
    return "" if id in opened or shared not in BARRIERS else shared


def verdicts(*, among: Collection[int]) -> list[tuple]:
    """Rows of the verdicts that name any of these accounts."""
    return _rows(f'{VERDICTS} AND ("left" && %s::bigint[] OR "right" && %s::bigint[])', among, among)


def _world(accounts, bindings, identifiers, barred, verdicts) -> World:
    account, identifier = np.asarray(accounts["id"]), np.asarray(identifiers["id"])
    facts = Facts(
        Accounts(*(accounts[name] for name in ("channel", "external_id", "named", "first_at", *TRAITS))),
        Identifiers(
            identifiers["kind"],
            identifiers["namespace"],
            identifiers["value"],
            barred,
            [said == "not_shared" for said in identifiers["said"]],
        ),
        Bindings(
            _positions(account, bindings["account_id"]),
            _positions(identifier, bindings["identifier_id"]),
            *(bindings[name] for name in ("first_at", "role", "orders")),
        ),
        _verdicts(account, verdicts),
    )
    ids = (np.asarray(accounts[name]) for name in ("member_id", "minted_id", "channel_id", "organization_id"))
    named = {_verdict_key(id): (left, right) for id, _, left, right, *_ in verdicts}
    return World(facts, account, *ids, identifier, identifiers["shared"], named)


def _positions(ids: np.ndarray, wanted) -> list[int]:
    """Where each wanted id stands in `ids`, which is sorted."""
    return np.searchsorted(ids, np.asarray(wanted, dtype=np.int64)).tolist()


def _verdicts(account: np.ndarray, rows: list[tuple]) -> list[Verdict]:
    return [
        Verdict(_verdict_key(id), same, _known(account, left), _known(account, right), decided_at, model)
        for id, same, left, right, decided_at, model in rows
    ]


def _known(account: np.ndarray, ids: list[int]) -> frozenset[int]:
    return frozenset(np.flatnonzero(np.isin(account, ids)).tolist())


def _rows(query: str, *parameters) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, [list(each) for each in parameters])
        return cursor.fetchall()


def _listed(query: str, ids: Collection[int]) -> dict[str, list]:
    """The columns of a query as lists, sorted by its first column."""
    with connection.cursor() as cursor:
        cursor.execute(f"{query} ORDER BY 1", [list(ids)])
        names = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _copied(query: str) -> dict[str, np.ndarray]:
    """The columns of a query as arrays, sorted by its first column."""
    text = io.BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query} ORDER BY 1) TO STDOUT (FORMAT csv, HEADER)") as pipe,
    ):
        for chunk in pipe:
            text.write(chunk)
    text.seek(0)
    frame = pd.read_csv(text, dtype=dict.fromkeys(TEXTS, object), keep_default_na=False, na_filter=False)
    return {name: frame[name].to_numpy() for name in frame.columns}


def _verdict_key(id: int) -> str:
    return f"{id:020}"
