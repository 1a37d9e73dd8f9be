"""What a till asks for happens once: the answer is kept under its key in the transaction that does it.

Asked again with the same, it is answered the same; asked for something else, it is refused. A refusal keeps nothing, so the
same key may be tried again. A key is of its channel, and its answer for whoever stands where it was asked for or above.
Nobody is erased, and nothing rebuilt, before it ends.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from members import sets
from members.actions import erasure, postings

KEPT = dt.timedelta(days=400)
BATCH = 5_000
# Whoever gets the lock a moment after another let it go may not see what that one wrote: the key is unique all the same.
BEGIN = f"""
SELECT l.got, o.node, o.verb, o.digest, o.status, o.answer
FROM (SELECT pg_try_advisory_xact_lock(hashtextextended('till:' || %(caller)s || ':' || %(key)s, 0)) AS got,
             pg_advisory_xact_lock_shared({erasure.LOCK})) l
LEFT JOIN campaigns_tilloperation o ON o.caller = %(caller)s AND o.key = %(key)s
"""  # noqa: S608
KEEP = """
INSERT INTO campaigns_tilloperation (caller, node, key, verb, number, digest, status, answer, at)
VALUES (%(caller)s, %(node)s, %(key)s, %(verb)s, %(number)s, %(digest)s, %(status)s, %(answer)s, %(at)s)
ON CONFLICT (caller, key) DO NOTHING RETURNING id
"""
FIND = "SELECT verb, status, answer, at FROM campaigns_tilloperation WHERE caller = %s AND key = %s AND node LIKE %s"
FORGET = """
DELETE FROM campaigns_tilloperation WHERE id IN (
    SELECT id FROM campaigns_tilloperation WHERE at < %s ORDER BY at LIMIT %s)
"""


class InFlight(Exception):
    """The same is being done just now."""

    def __init__(self) -> None:
        super().__init__(_("This key is being worked on just now: ask again in a moment."))


class KeyReused(ValueError):
    """The key stands for something else."""

    def __init__(self, key: str) -> None:
        super().__init__(_("The key “%s” was used for something else: give each operation its own.") % key)


class Nothing(LookupError):
    """Nothing happened under this key."""


class Done(NamedTuple):
    """``answer``: JSON. ``again``: it had happened before."""

    status: int
    answer: str
    again: bool = False


class Found(NamedTuple):
    verb: str
    status: int
    answer: str
    at: dt.datetime


def once(
    *, caller: str, node: str, key: str, verb: str, asked: bytes, now: dt.datetime,
    do: Callable[[], tuple[int, bytes]], number: str = "",
) -> Done:  # fmt: skip
    """``do``, in a transaction, and its status and JSON; or what it answered the first time. ``caller``: code of the channel;
    ``node``: path of where its API key stands; ``asked``: what the key stands for; ``number``: of the sale, if it is of one.
    Raises InFlight, KeyReused, and whatever ``do`` raises: then nothing happened."""
    content = postings.digest(verb, asked.decode())
    try:
        with transaction.atomic():
            return _begun(caller, node, key, verb, content) or _done(
                {"caller": caller, "node": node, "key": key, "verb": verb, "number": number, "digest": content, "at": now},
                do,
            )  # fmt: skip
    except (ValueError, LookupError):
        # What was done a moment before is refused to whoever did not see it: that was done, not refused.
        if found := _begun(caller, node, key, verb, content):
            return found
        raise


def _done(told: dict, do: Callable[[], tuple[int, bytes]]) -> Done:
    status, answer = do()
    text = answer.decode()
    if not sets.named(KEEP, **told, status=status, answer=text):
        raise InFlight
    return Done(status, text)


def find(*, caller: str, node: str, key: str) -> Found:
    """Did it happen, at the node or below it? Raises Nothing."""
    rows = sets.prepared(FIND, caller, key, f"{node}%") if key.isprintable() else ()
    if not rows:
        raise Nothing(key)
    return Found(*rows[0])


def forget(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Delete one batch of what is older than 400 days; how many."""
    with transaction.atomic():
        return len(sets.prepared(f"{FORGET} RETURNING 1", now - KEPT, batch))


def _begun(caller: str, node: str, key: str, verb: str, content: uuid.UUID) -> Done | None:
    got, where, *earlier = sets.named(BEGIN, caller=caller, key=key)[0]
    if where is not None:
        if (earlier[0], earlier[1]) != (verb, content) or not where.startswith(node):
            raise KeyReused(key)
        return Done(earlier[2], earlier[3], again=True)
    if not got:
        raise InFlight
    return None
