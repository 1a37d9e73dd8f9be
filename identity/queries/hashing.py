"""Hash recipes as they are in force, and what they make of a plain value."""

import logging
import os

from identity.cleaning.recipes import Recipe, hashed
from identity.queries import prepared

log = logging.getLogger(__name__)

RECIPES = """
SELECT id, applied, plain_kind_id, hashed_kind_id, namespace, algorithm, form, secret_name, salt_place
FROM identity_hashrecipe WHERE active AND applied <> '' ORDER BY id
"""


def applied() -> dict[int, tuple[Recipe, str | None]]:
    """{id: (recipe, secret)}; the secret is None where the environment lacks it or has another one."""
    recipes = {}
    for id, applied, *definition in prepared.fetch(RECIPES):
        recipe = Recipe(*definition)
        secret = secret_of(recipe.secret_name)
        if secret is None or recipe.seal(secret) != applied:
            log.warning("The hash recipe %s makes nothing until apply_recipes was run with its setting.", id)
            secret = None
        recipes[id] = (recipe, secret)
    return recipes


def secret_of(name: str) -> str | None:
    """The salt or key of that name ("" for none), or None if the environment lacks it."""
    return (os.environ.get(name) or None) if name else ""


def forms(*, kind: str, value: str) -> set[tuple[str, str, str]]:
    """What platforms call a normalised plain value, by the recipes in force: (kind, namespace, hash)."""
    made = (
        (recipe.hashed_kind, recipe.namespace, hashed(recipe, value, secret=secret))
        for recipe, secret in applied().values()
        if recipe.plain_kind == kind and secret is not None
    )
    return {form for form in made if form[2]}


def hashes(*, kind: str, value: str) -> set[str]:
    """The hashes alone."""
    return {digest for _kind, _namespace, digest in forms(kind=kind, value=value)}
