"""Bindings that follow from others: whoever carries a plain value carries its hashed forms, since the same time.

Kept up to date by whatever writes bindings. What a recipe makes is taken from `identity.actions.recipes`.
"""

from collections.abc import Collection, Iterable

from identity.cleaning.recipes import Recipe, hashed
from identity.queries import hashing, prepared
from members import sets

UNFORMED = """
SELECT r.id, i.id, i.value
FROM unnest(%s::bigint[]) AS n (id) JOIN identity_identifier i USING (id)
     JOIN identity_hashrecipe r ON r.plain_kind_id = i.kind_id AND r.id = ANY(%s::bigint[])
WHERE NOT i.blocked
  AND NOT EXISTS (SELECT FROM identity_hashedform f WHERE f.plain_id = i.id AND f.recipe_id = r.id)
"""

CREATE = """
INSERT INTO identity_identifier (kind_id, namespace, value)
SELECT DISTINCT kind_id, namespace, value
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[])
     AS n (recipe, plain, kind_id, namespace, value)
ORDER BY value, kind_id, namespace
ON CONFLICT (value, kind_id, namespace) DO NOTHING
"""

FORM = """
INSERT INTO identity_hashedform (recipe_id, plain_id, hashed_id)
SELECT n.recipe, n.plain, i.id
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[])
     AS n (recipe, plain, kind_id, namespace, value)
     JOIN identity_identifier i USING (value, kind_id, namespace)
ORDER BY n.plain, n.recipe
ON CONFLICT (plain_id, recipe_id) DO NOTHING
"""

FOLLOW = """
INSERT INTO identity_binding AS old (identifier_id, account_id, role, source_id, first_at, last_at, orders, act)
SELECT DISTINCT f.hashed_id, b.account_id, b.role, b.id, b.first_at, b.last_at, b.orders, b.act
FROM {pairs} identity_binding b JOIN identity_hashedform f ON f.plain_id = b.identifier_id
     JOIN identity_identifier i ON i.id = b.identifier_id
WHERE b.source_id IS NULL AND b.role <> 'receiver' AND NOT i.blocked {chosen}
ORDER BY 1, 2, 3
ON CONFLICT (identifier_id, account_id, role, source_id) DO UPDATE
SET first_at = excluded.first_at, last_at = excluded.last_at, orders = excluded.orders, act = excluded.act
WHERE (old.first_at, old.last_at, old.orders, old.act)
      IS DISTINCT FROM (excluded.first_at, excluded.last_at, excluded.orders, excluded.act)
RETURNING account_id
"""
FOLLOW_ALL = FOLLOW.format(pairs="", chosen="")
FOLLOW_SOME = FOLLOW.format(
    pairs="(SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[]) AS n (account_id, identifier_id)) n,",
    chosen="AND b.account_id = n.account_id AND b.identifier_id = n.identifier_id",
)

HASHED = "SELECT hashed_id FROM identity_hashedform WHERE plain_id = ANY(%s::bigint[])"


def follow(*, pairs: Iterable[tuple[int, int]]) -> None:
    """Derive what follows from the bindings of (account, identifier) pairs, by the recipes that are applied now.

    To be called after the bindings were written: a recipe that was being applied meanwhile is seen then.
    """
    recipes = hashing.applied()
    pairs = sorted(set(pairs)) if recipes else []
    if pairs:
        form(identifiers={identifier for _account, identifier in pairs}, recipes=recipes)
        sets.run(FOLLOW_SOME, pairs, 2)


def form(*, identifiers: Collection[int], recipes: dict[int, tuple[Recipe, str | None]]) -> int:
    """Make the hashed forms that these identifiers lack; how many."""
    usable = [id for id, (_recipe, secret) in recipes.items() if secret is not None]
    rows = []
    for id, plain, value in prepared.fetch(UNFORMED, sorted(identifiers), usable) if usable else ():
        recipe, secret = recipes[id]
        made = hashed(recipe, value, secret=secret)
        if made:
            rows.append((id, plain, recipe.hashed_kind, recipe.namespace, made))
    if rows:
        sets.run(CREATE, rows, 5)
        sets.run(FORM, rows, 5)
    return len(rows)


def hashed_of(*, identifiers: Collection[int]) -> set[int]:
    """The hashed forms of identifiers: what changes for a plain value changes for them."""
    return {row[0] for row in prepared.fetch(HASHED, sorted(identifiers))} if identifiers else set()
