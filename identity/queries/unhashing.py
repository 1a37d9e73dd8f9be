"""Plain values that stand in records and in no table, of a person whom only a platform's hash of them is known of.

A hash cannot be read backwards. But what records hold can be hashed by the recipes in force, and compared: so the
telephone of the receiver of a present is found to be his.
"""

import re
from collections.abc import Iterator

from django.db import connection

from identity.cleaning.recipes import Recipe, hashed
from identity.models import IdentifierKind, QuarantineItem
from identity.queries import hashing, lookup, personal, prepared
from members.privacy.person import Person

# How a text looks that may be a value, by how the values of its kind are written; of other kinds nothing is searched.
LOOKS = {"phone": r"^\+?[0-9(][0-9 ().-]{5,24}$", "email": r"^[^@\s]+@[^@\s]+$"}
# Hashes of which no plain value is known.
UNREAD = """
SELECT i.kind_id, i.namespace, i.value FROM identity_identifier i
WHERE i.id = ANY(%s::bigint[]) AND NOT EXISTS (SELECT FROM identity_hashedform f WHERE f.hashed_id = i.id)
"""
# One reading of the archive.
TEXTS = """
SELECT DISTINCT v.told #>> '{}' FROM identity_intakerecord r, jsonb_path_query(r.raw, 'strict $.**') v (told)
WHERE jsonb_typeof(v.told) IN ('string', 'number') AND v.told #>> '{}' ~ %s
"""


def hidden(person: Person) -> set[tuple[str, str, str]]:
    """(kind, namespace, value) of what records hold and the person is known by the hash of. Reads the archive and the
    quarantine, if he is known by such a hash."""
    own = [id for id, *_identifier in personal.alone(accounts=person.accounts)]
    unread = {tuple(row) for row in prepared.fetch(UNREAD, own)} if own else set()
    recipes = [
        (recipe, secret)
        for recipe, secret in hashing.applied().values()
        if secret is not None and any(_makes(recipe, each) for each in unread)
    ]
    kinds = {recipe.plain_kind for recipe, _secret in recipes}
    return {
        (kind, "", value)
        for kind, value in _values(kinds)
        for recipe, secret in recipes
        if recipe.plain_kind == kind
        and (recipe.hashed_kind, recipe.namespace, hashed(recipe, value, secret=secret)) in unread
    }


def _makes(recipe: Recipe, identifier: tuple[str, str, str]) -> bool:
    return (recipe.hashed_kind, recipe.namespace) == identifier[:2]


def _values(kinds: set[str]) -> Iterator[tuple[str, str]]:
    """(kind, value) of every text that may be a value of one of the kinds."""
    written = dict(IdentifierKind.objects.filter(code__in=kinds).values_list("code", "normaliser"))
    for kind, normaliser in written.items():
        if normaliser in LOOKS:
            read = lookup.reader(kind=kind)
            for text in _texts(LOOKS[normaliser]):
                if value := read(text):
                    yield kind, value


def _texts(look: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, [look])
        archived = {text for (text,) in cursor.fetchall()}
    matches = re.compile(look).search
    aside = QuarantineItem.objects.values_list("raw", flat=True).iterator()
    return archived | {text for raw in aside for text in _said(personal.decoded(raw)) if matches(text)}


def _said(value: object) -> Iterator[str]:
    """Every text and number in a document."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _said(each)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)
