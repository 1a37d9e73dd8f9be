"""Which of several tags the database refuses: looked for one by one, once a statement over all of them failed."""

from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from tags.actions import statements
from tags.actions.statements import Fit
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.queries.definitions import Definition

log = structlog.get_logger(__name__)


def sound(
    definitions: list[Definition],
    setting: Setting,
    before: Callable[[Sql], Sql],
    fits: dict[int, Fit],
    faults: dict[str, str],
) -> list[Definition]:
    """Those that can be computed; why the others cannot is added to ``faults``."""
    found = []
    for definition in definitions:
        width = definition.slot or 0
        alone = before(statements.of([definition], setting, fits, width=width))
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                query = build(
                    'SELECT count(t."values"), count(t.numbers), count(t.due_at) FROM ({alone}) t',
                    alone=alone,
                )
                cursor.execute(query.text, query.params)
        except DatabaseError as error:
            log.exception("tags.failed", tag=definition.code)
            faults[definition.code] = _("the database refused: %(error)s") % {"error": error}
        else:
            found.append(definition)
    return found
