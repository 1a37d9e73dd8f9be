"""One tag that cannot be computed stops no other: why is noted, and it keeps what it had."""

import contextlib
from collections.abc import Iterator

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from tags.conditions.faults import Fault
from tags.queries.definitions import Definition

log = structlog.get_logger(__name__)


@contextlib.contextmanager
def tried(definition: Definition, faults: dict[str, str]) -> Iterator[None]:
    """What fails inside is undone, logged, and added to ``faults``."""
    try:
        with savepoint():
            yield
    except Fault as fault:
        faults[definition.code] = str(fault)
    except DatabaseError as error:
        log.exception("tags.failed", tag=definition.code)
        faults[definition.code] = _("the database refused: %(error)s") % {"error": error}
    except Exception as error:  # a model's own arithmetic: whatever it raises is that model's
        log.exception("tags.failed", tag=definition.code)
        said = {"error": f"{type(error).__name__}: {error}"}
        faults[definition.code] = _("the model failed: %(error)s") % said


def savepoint() -> contextlib.AbstractContextManager:
    """Inside a caller's transaction a failed statement must not end it; outside there is none to protect."""
    return transaction.atomic() if connection.in_atomic_block else contextlib.nullcontext()
