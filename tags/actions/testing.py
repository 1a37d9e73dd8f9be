"""Which of several tags the database refuses: looked for one by one, once a statement over all of them failed."""

from django.db import connection, transaction

from tags.actions import statements, trying
from tags.actions.statements import Fit
from tags.conditions.setting import Setting
from tags.conditions.sql import build
from tags.queries.definitions import Definition

READ = 'SELECT count(t."values"), count(t.numbers), count(t.due_at) FROM ({alone}) t'


def sound(
    definitions: list[Definition],
    setting: Setting,
    fits: dict[int, Fit],
    faults: dict[str, str],
) -> list[Definition]:
    """Those that can be computed; why the others cannot is added to ``faults``.

    Each reads what it needs for itself: of what several read together, the fault of one would be the fault of all."""
    found = []
    for definition in definitions:
        width = definition.slot or 0
        alone = statements.of([definition], setting, fits, width=width)
        query = build(READ, alone=alone)
        with trying.tried(definition, faults), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query.text, query.params)
            found.append(definition)
    return found
