"""Which of several tags the database refuses: looked for one by one, once a statement over all of them failed."""

from collections.abc import Callable

from django.db import connection, transaction

from tags.actions import statements, trying
from tags.actions.statements import Fit
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.queries.definitions import Definition

READ = 'SELECT count(t."values"), count(t.numbers), count(t.due_at) FROM ({alone}) t'


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
        query = build(READ, alone=alone)
        with trying.tried(definition, faults), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query.text, query.params)
            found.append(definition)
    return found
