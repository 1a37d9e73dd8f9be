"""Two transactions that met: one of them is done again from its beginning."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _

from members.actions.versions import Raced

ATTEMPTS = 6
RETRIED = {"40001", "40P01", "23505"}  # serialization failure, deadlock, somebody else's row of the same key
Result = TypeVar("Result")


def again(work: Callable[[], Result], *, attempts: int | None = None) -> Result:
    """What `work`, one whole transaction, returns; tried again when another one came in between.

    Inside an open transaction it is tried once, unless `attempts` says otherwise: only the whole can be repeated.
    Raises Raced if others came in between at every attempt; then nothing was written.
    """
    attempts = attempts or (1 if connection.in_atomic_block else ATTEMPTS)
    for attempt in range(attempts):
        try:
            return work()
        except (Raced, IntegrityError, OperationalError) as error:
            if not lost(error):
                raise
            if attempt == attempts - 1:
                raise Raced(_("Others kept writing the same people. Nothing of this was written.")) from error
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable")


def lost(error: Exception) -> bool:
    """Whether the error says that somebody else was quicker, and nothing worse."""
    return isinstance(error, Raced) or getattr(error.__cause__, "sqlstate", None) in RETRIED
