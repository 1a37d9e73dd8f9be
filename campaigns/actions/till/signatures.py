"""The keys of the house for tills: the private one signs, the public ones are told. None of them is in the database."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.till import bundle


class NoKey(RuntimeError):
    """The house runs without a key to sign with."""

    def __init__(self) -> None:
        super().__init__(_("This house signs no rules for tills: whoever runs it sets TILL_SIGNING_KEY."))


def private() -> Ed25519PrivateKey:
    """Raises NoKey."""
    if not settings.TILL_SIGNING_KEY:
        raise NoKey
    return Ed25519PrivateKey.from_private_bytes(_bytes(settings.TILL_SIGNING_KEY))


def public() -> list[Ed25519PublicKey]:
    """That of the key that signs, then earlier ones. Raises NoKey."""
    earlier = [Ed25519PublicKey.from_public_bytes(_bytes(each)) for each in settings.TILL_EARLIER_KEYS]
    return [private().public_key(), *earlier]


def told() -> list[dict[str, str]]:
    """As JSON Web Keys, each with its name. Raises NoKey."""
    return [{**bundle.published(key), "kid": bundle.name_of(key)} for key in public()]


def _bytes(key: str) -> bytes:
    return base64.urlsafe_b64decode(f"{key}{'=' * (-len(key) % 4)}")
