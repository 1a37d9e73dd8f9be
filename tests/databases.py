"""The database of a test process: a copy of one that was migrated once."""

import contextlib
import hashlib
import importlib.metadata
from collections.abc import Iterator

from django.db import connection
from django.db.backends.utils import CursorWrapper

from config import environment

# What tests write is rolled back or deleted. Counted at the wrong moment, a table of many pages holds no row, and every join
# with it is planned as a loop within a loop: minutes for a query of milliseconds. Tables never counted are judged by their pages.
UNCOUNTED = """
DO $$ DECLARE name regclass; BEGIN
    FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
    END LOOP;
END $$
"""
ROOMS = ("config", "members", "identity", "tags", "campaigns", "reports")


def template() -> str:
    """Name of a migrated database of this code, which the first of several processes makes; older ones go."""
    family = f"template_{connection.settings_dict['NAME']}_"[:50]
    name = family + _digest()
    quoted = connection.ops.quote_name
    with _alone(family) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family])
        kept = {found for (found,) in cursor.fetchall()}
        for old in kept - {name}:
            cursor.execute(f"DROP DATABASE {quoted(old)}")
        if name not in kept:
            _make(draft := family + "draft")
            cursor.execute(f"ALTER DATABASE {quoted(draft)} RENAME TO {quoted(name)}")
    return name


def _make(name: str) -> None:
    """As the test database itself is made; afterwards the connection leads again to where it led."""
    settings = connection.settings_dict
    own, wanted = settings["NAME"], settings["TEST"]["NAME"]
    settings["TEST"]["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        with connection.cursor() as cursor:
            cursor.execute(UNCOUNTED)
    finally:
        connection.close()
        settings["NAME"], settings["TEST"]["NAME"] = own, wanted


def _digest() -> str:
    """Of our code and of what is installed: the same, the same tables."""
    digest = hashlib.sha256(UNCOUNTED.encode())
    for room in ROOMS:
        for path in sorted((environment.BASE_DIR / room).rglob("*.py")):
            digest.update(str(path).encode() + path.read_bytes())
    installed = sorted({f"{each.name} {each.version}" for each in importlib.metadata.distributions()})
    digest.update("\n".join(installed).encode())
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def _alone(family: str) -> Iterator[CursorWrapper]:
    """A cursor outside all of these databases; nobody else makes one of the family meanwhile."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [family])
        yield cursor


def wait_for_no_disk() -> None:
    """What is committed to a test's database need not outlive the machine."""
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    connection.close()
