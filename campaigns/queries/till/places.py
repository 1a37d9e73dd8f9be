"""The place where a till stands, and those above it. One statement."""

from dataclasses import dataclass

from members import sets
from members.models import Organization

PLACE = """
SELECT o.id, o.code, o.name, o.kind, o.path,
       ARRAY(SELECT n.code FROM members_organization n
             WHERE n.id = ANY(string_to_array(trim(BOTH '/' FROM o.path), '/')::bigint[])
             ORDER BY length(n.path) DESC)
FROM members_organization o WHERE o.code = %s AND o.path LIKE %s
"""


@dataclass(frozen=True)
class Place:
    """``above``: codes of the place itself and of the organizations above it, the nearest first."""

    organization: Organization
    above: tuple[str, ...]


def place(*, code: str, node: Organization) -> Place | None:
    """The organization of this code at the node or below it; None: there is none."""
    rows = sets.prepared(PLACE, code, f"{node.path}%") if code.isprintable() else ()
    if not rows:
        return None
    pk, found, name, kind, path, above = rows[0]
    return Place(Organization(pk=pk, code=found, name=name, kind=kind, path=path), tuple(above))
