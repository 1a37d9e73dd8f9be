"""For whom and when a condition is evaluated."""

import dataclasses
import datetime as dt
from dataclasses import dataclass, field

from tags.conditions.catalogue import Catalogue, Node
from tags.conditions.sql import Sql, also, build


@dataclass(frozen=True)
class Placed:
    """Where the rows of a source are held: in a table (or a subquery of the statement), by these columns of it.

    ``leaves_at`` is of all sources of a scan together, and tells nothing of a source's own members."""

    table: Sql
    columns: dict[str, str]

    def view(self) -> Sql:
        """The source's own columns, of the members who have any."""
        named = ", ".join(f"{held} AS {name}" for name, held in self.columns.items())
        own = (held for name, held in self.columns.items() if name != "leaves_at")
        some = " OR ".join(f"{held} IS NOT NULL" for held in own)
        return build(
            "(SELECT member_id, {named} FROM {table} WHERE {some})",
            named=Sql(named),
            table=self.table,
            some=Sql(some),
        )


@dataclass(frozen=True)
class Setting:
    """``members``: only these, or everybody. Facts count that belong to the catalogue's node (see docs/conditions.md).

    ``prepared``: where the rows of sources (by node and key) are held, for just these members and this moment.
    """

    catalogue: Catalogue
    as_of: dt.datetime
    members: tuple[int, ...] | None = None
    prepared: dict[tuple, Placed] = field(default_factory=dict)

    def at(self, node: Node) -> "Setting":
        return dataclasses.replace(self, catalogue=self.catalogue.at(node))

    def table(self, source: object) -> Sql:
        """The rows of a source: those that were prepared for this run, or a subquery."""
        held = self.placed(source)
        return held.view() if held else build("({rows})", rows=source.rows(self))

    def placed(self, source: object) -> Placed | None:
        return self.prepared.get((self.catalogue.node.id, source.key))

    def has(self, source: object) -> bool:
        return (self.catalogue.node.id, source.key) in self.prepared

    def only(self, column: Sql) -> Sql:
        """A term that keeps the members asked for, or nothing if everybody is."""
        if self.members is None:
            return Sql()
        return build("{column} = ANY({members})", column=column, members=list(self.members))

    def only_accounts(self, column: Sql) -> Sql:
        """The same on a column of account ids, so that an index on it serves a few members."""
        if self.members is None:
            return Sql()
        return build(
            "{column} IN (SELECT id FROM members_account WHERE {only})",
            column=column,
            only=self.only(Sql("member_id")),
        )

    def sold_here(self, column: Sql) -> Sql:
        """Orders and returns of this node and below."""
        if self.catalogue.node.is_group:
            return Sql()
        return build("{column} = ANY({nodes})", column=column, nodes=self.catalogue.under())

    def seen_here(self, column: Sql) -> Sql:
        """Events of this node's branch: what is shared above it (the group's mini-program) counts for it too."""
        if self.catalogue.node.is_group:
            return Sql()
        return build(
            "({column} IS NULL OR {column} = ANY({nodes}))", column=column, nodes=self.catalogue.branch()
        )

    def known_here(self) -> Sql:
        """Members with an account known at this node or below; nothing for the group, which knows all."""
        if self.catalogue.node.is_group:
            return Sql()
        return build(
            "SELECT a.member_id FROM members_membership k JOIN members_account a ON a.id = k.account_id"
            " WHERE k.organization_id = ANY({nodes}) AND least(k.known_at, k.first_visited_at) <= {as_of}{only}",
            nodes=self.catalogue.under(),
            as_of=self.as_of,
            only=also([self.only(Sql("a.member_id"))]),
        )
