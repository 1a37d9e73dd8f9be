"""Empty tables after a test that committed: only those that hold rows, as most tests write into a few of many."""

from django.db.backends.base.base import BaseDatabaseWrapper

LARGE = 1024 * 1024
LARGE_ONES = (
    "SELECT name FROM unnest(%s::text[]) name WHERE pg_relation_size(quote_ident(name)::regclass) > %s"
)
MAY_SKIP_KEYS = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


def statements(connection: BaseDatabaseWrapper, tables: list[str]) -> list[str]:
    """Deleting is quick beside making a file anew for each table and index; what has grown is truncated, though."""
    quoted = {table: connection.ops.quote_name(table) for table in tables}
    with connection.cursor() as cursor:
        cursor.execute(MAY_SKIP_KEYS)
        if not cursor.fetchone()[0]:
            return [f"TRUNCATE {', '.join(quoted.values())}"]
        cursor.execute(LARGE_ONES, [tables, LARGE])
        large = {table for (table,) in cursor.fetchall()}
        cursor.execute(_holding_rows({table: quoted[table] for table in tables if table not in large}))
        held = [quoted[table] for (table,) in cursor.fetchall()]
    told = [f"TRUNCATE {', '.join(quoted[table] for table in sorted(large))} CASCADE"] if large else []
    if held:
        told += ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {table}" for table in held)]
    return told


def _holding_rows(tables: dict[str, str]) -> str:
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM {quoted})" for name, quoted in tables.items()
    )
