"""What PostgreSQL knows of its tables when it plans a statement.

It counts them by itself within minutes, unless it came while much of a table was not yet committed: then it takes the
table for empty, and a statement over twenty such tables takes minutes instead of a second (ADR 030). Who reads everything, and who
has just written much, therefore has the tables counted that changed as much as PostgreSQL itself would wait for.
"""

from django.db import connection

# What this session changed is told at once, not within ten seconds.
SEEN = "SELECT pg_stat_force_next_flush()"
CHANGED = """
SELECT format('%%I.%%I', s.schemaname, s.relname)
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND pg_has_role(c.relowner, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_options_to_table(c.reloptions) o
                  WHERE o.option_name = 'autovacuum_enabled' AND NOT o.option_value::boolean)
  AND s.n_mod_since_analyze > current_setting('autovacuum_analyze_threshold')::int
      + current_setting('autovacuum_analyze_scale_factor')::float8 * greatest(c.reltuples, 0)
ORDER BY s.relid
"""


def refresh() -> list[str]:
    """Have the tables counted that changed much since they were; gives their names. Nothing within a transaction, and nothing
    of tables that were taken out of autovacuum's care. The threshold is that of autovacuum:
    https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS
    """
    if connection.in_atomic_block:
        return []  # it sees what is committed only, and would keep others from the tables until the end
    with connection.cursor() as cursor:
        cursor.execute(SEEN)
        cursor.execute(CHANGED, [])
        changed = [row[0] for row in cursor.fetchall()]
        if changed:
            cursor.execute("ANALYZE " + ", ".join(changed))
    return changed
