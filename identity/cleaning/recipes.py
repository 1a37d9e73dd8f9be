"""Hashed forms of identifiers, as platforms make them. Pure: secrets are handed in and never kept."""

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass

import phonenumbers

_digits = re.compile(r"\D+")


@dataclass(frozen=True, slots=True)
class Recipe:
    """`form` of the plain value, then `algorithm` with the secret as key (HMAC) or as salt before or after it."""

    plain_kind: str
    hashed_kind: str
    namespace: str
    algorithm: str
    form: str
    secret_name: str
    salt_place: str

    def seal(self, secret: str) -> str:
        """What tells this recipe with this secret from any other, without telling the secret."""
        definition = json.dumps(asdict(self), sort_keys=True).encode()
        return hmac.new(secret.encode() or b"none", definition, hashlib.sha256).hexdigest()


def hashed(recipe: Recipe, value: str, *, secret: str) -> str | None:
    """Lower-case hexadecimal digits, or None if the value has no such form (no telephone, no digits)."""
    written = FORMS[recipe.form](value)
    if not written:
        return None
    if recipe.algorithm == "hmac-sha256":
        return hmac.new(secret.encode(), written.encode(), hashlib.sha256).hexdigest()
    salted = secret + written if recipe.salt_place == "before" else written + secret
    return hashlib.new(recipe.algorithm, salted.encode(), usedforsecurity=False).hexdigest()


def _national(value: str) -> str | None:
    if not value.startswith("+"):
        return None
    if value.startswith("+86") and len(value) == 14:
        return value[3:]
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        return None


FORMS = {
    "plain": str,
    "digits": lambda value: _digits.sub("", value),
    "national": _national,
    "lower": str.lower,
    "upper": str.upper,
}
