"""Hash recipes put in force, changed and taken back for everything that is stored, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from identity.actions import derived, leftovers, locks, oneid
from identity.cleaning.recipes import Recipe
from identity.models import HashRecipe, Identifier
from identity.queries import hashing, prepared

BLOCK = 20_000

FORGET = "DELETE FROM identity_hashedform WHERE recipe_id = %s RETURNING hashed_id"

# What no form backs any more, and what follows from a value that was blocked since.
TAKE_BACK = """
DELETE FROM identity_binding d USING identity_binding s JOIN identity_identifier i ON i.id = s.identifier_id
WHERE d.source_id = s.id
  AND (i.blocked OR NOT EXISTS (
      SELECT FROM identity_hashedform f WHERE f.plain_id = s.identifier_id AND f.hashed_id = d.identifier_id
  ))
RETURNING d.identifier_id
"""


@dataclass
class Applied:
    """What putting recipes in force did: hashed forms made and forgotten, bindings derived and taken back, hashes
    dropped that nobody carries, accounts that changed their OneID, and by recipe's name why it did nothing."""

    made: int = 0
    forgotten: int = 0
    derived: int = 0
    taken_back: int = 0
    dropped: int = 0
    moved: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def apply(*, now, progress: Callable[[str], None] | None = None) -> Applied:
    """Make the derived bindings what the recipes say: repeated, it changes nothing.

    A recipe whose setting is missing is left as it was, and named with its problem. Raises only what the database does.
    """
    say = progress or (lambda _step: None)
    done = Applied()
    with transaction.atomic():
        locks.everybody()  # to the end: whoever binds identifiers sees the recipes as they are then
        recipes = list(HashRecipe.objects.select_for_update().select_related("hashed_kind").order_by("pk"))
        forgotten = {hashed for recipe in recipes for hashed in _settle(recipe, done, now=now, say=say)}
        say("deriving bindings")
        taken_back = prepared.fetch(TAKE_BACK)
        done.taken_back, done.derived = len(taken_back), len(prepared.fetch(derived.FOLLOW_ALL))
        if done.forgotten or done.derived or done.taken_back:
            done.moved = len(oneid.rebuild(now=now, progress=say).accounts)
        hashes = forgotten.union(hashed for (hashed,) in taken_back)
        done.dropped = leftovers.drop(identifiers=hashes)
    return done


def _settle(recipe: HashRecipe, done: Applied, *, now, say) -> set[int]:
    """Bring the forms of one recipe to what it says; the hashes that it made and does not make any more."""
    told = definition(recipe)
    why = problem(recipe)
    if why:
        done.problems[recipe.name] = why
        return set()
    secret = hashing.secret_of(recipe.secret_name) or ""
    seal = told.seal(secret) if recipe.active else ""
    forgotten = []
    if recipe.applied != seal:
        forgotten = prepared.fetch(FORGET, recipe.pk)
        done.forgotten += len(forgotten)
        recipe.applied, recipe.applied_at = seal, now
        recipe.save(update_fields=["applied", "applied_at"])
    if seal:
        done.made += _form(recipe, told, secret, say)
    return {hashed for (hashed,) in forgotten}


def _form(recipe: HashRecipe, told: Recipe, secret: str, say) -> int:
    """Hashed forms of every plain value that is stored, in blocks."""
    made, after = 0, 0
    values = Identifier.objects.filter(kind=told.plain_kind).order_by("pk").values_list("pk", flat=True)
    while block := list(values.filter(pk__gt=after)[:BLOCK]):
        made += derived.form(identifiers=block, recipes={recipe.pk: (told, secret)})
        after = block[-1]
        say(f"{recipe.name}: {made} hashed forms")
    return made


def in_force(recipe: HashRecipe) -> bool:
    """Whether what is stored follows the recipe as it is now."""
    secret = hashing.secret_of(recipe.secret_name)
    return recipe.applied == (definition(recipe).seal(secret or "") if recipe.active else "")


def definition(recipe: HashRecipe) -> Recipe:
    return Recipe(
        plain_kind=recipe.plain_kind_id,
        hashed_kind=recipe.hashed_kind_id,
        namespace=recipe.namespace,
        algorithm=recipe.algorithm,
        form=recipe.form,
        secret_name=recipe.secret_name,
        salt_place=recipe.salt_place,
    )


def problem(recipe: HashRecipe) -> str:
    """Why an active recipe can do nothing, with the remedy; "" if it can."""
    if not recipe.active:
        return ""
    if hashing.secret_of(recipe.secret_name) is None:
        return _(
            "The setting %(name)s is missing in the environment. Set it for the web server and the workers, "
            "then run apply_recipes."
        ) % {"name": recipe.secret_name}
    if recipe.hashed_kind.normaliser != "lower":
        return _("Values of %(kind)s are not written in lower case: choose a kind whose values are.") % {
            "kind": recipe.hashed_kind
        }
    return ""
