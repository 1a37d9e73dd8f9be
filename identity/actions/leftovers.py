"""Identifiers that nothing speaks of any more: deleted, because nobody whose they were could have them erased."""

from collections.abc import Collection

from identity.actions import locks
from identity.models import Identifier
from identity.queries import prepared

FIND = "SELECT id FROM identity_identifier i WHERE NOT i.blocked AND {unmentioned} ORDER BY id"
DROP = "DELETE FROM identity_identifier i WHERE i.id = ANY(%s::bigint[]) AND {unmentioned} RETURNING id"


def drop(*, identifiers: Collection[int]) -> int:
    """Delete those of these identifiers that no row of any table points to; how many. The caller has the house alone."""
    return len(prepared.fetch(DROP.format(unmentioned=_unmentioned()), identifiers)) if identifiers else 0


def _unmentioned() -> str:
    relations = (each for each in Identifier._meta.get_fields(include_hidden=True) if each.one_to_many)
    pointing = {(each.related_model._meta.db_table, each.field.column) for each in relations}
    return " AND ".join(
        f"NOT EXISTS (SELECT FROM {table} t WHERE t.{column} = i.id)" for table, column in sorted(pointing)
    )


class Identifiers:
    """The retention of identifiers: those that undone imports and changed orders left behind go the next night.

    What a steward blocked stays blocked. Nobody waits while they are looked for.
    """

    model = "identity.Identifier"

    def carry_out(self, *, now) -> int:
        """How many nothing spoke of."""
        found = [id for (id,) in prepared.fetch(FIND.format(unmentioned=_unmentioned()))]
        if found:
            locks.everybody()  # who takes in records now may have looked one up
        return drop(identifiers=found)
