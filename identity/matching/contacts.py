"""Accounts of channels that give no id of their own: a till that knows a phone (rule 8)."""

import hashlib
import unicodedata


def external_id(*, kind: str, namespace: str, value: str, name: str = "", part: str = "") -> str:
    """The natural key of a contact account within its channel: the identifier and the name given with it.

    Two people who leave one phone under two names are two accounts. `part` is what a steward adds to take some
    records out of one account into another; without it the records fall back into one.
    """
    written = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
    told = "\x1f".join((kind, namespace, value, written, part))
    return f"contact:{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}"
