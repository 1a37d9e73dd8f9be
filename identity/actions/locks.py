"""What whoever changes people locks first, always in this order: the house, verdicts, accounts, identifiers.

So nobody waits for whom he keeps waiting. Accounts are locked by those who know which (`verdicts.hold`, intake), the
identifiers of a component by `oneid.resolve`.
"""

from identity.queries import prepared
from members.actions import erasure

# The house is shared by batches, verdicts and undoings; a rebuild, hash recipes and an erasure have it alone.
SHARED = f"SELECT pg_advisory_xact_lock_shared({erasure.LOCK})"
ALONE = f"SELECT pg_advisory_xact_lock({erasure.LOCK})"
VERDICTS = "LOCK TABLE identity_verdict IN SHARE ROW EXCLUSIVE MODE"
IDENTIFIERS = "LOCK TABLE identity_identifier IN EXCLUSIVE MODE"


def shared() -> None:
    """Let nobody be erased and nothing be rebuilt before this transaction ends; wait for whoever is at it."""
    prepared.fetch(SHARED)


def verdicts() -> None:
    """Verdicts come one after another."""
    shared()
    prepared.fetch(VERDICTS)


def everybody() -> None:
    """Wait for whoever changes people, and keep everybody else waiting; readers go on."""
    for lock in (ALONE, VERDICTS, IDENTIFIERS):
        prepared.fetch(lock)
