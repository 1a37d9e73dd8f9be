import os
import shutil
import socket
from collections.abc import Iterator

import hypothesis
import pytest
from django.core.management.commands import flush
from django.db import connection
from pytest_django import DjangoDbBlocker

from members.models.event import SettledBefore
from tests import databases, emptying, factories

# The same examples everywhere, however slow the machine; `--hypothesis-profile=default` looks for new ones.
hypothesis.settings.register_profile("ninefold", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ninefold")

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MADE_BY_MIGRATING = {"auth_permission", "django_content_type"}


@pytest.fixture(autouse=True, scope="session")
def _no_sockets_beyond_this_machine() -> Iterator[None]:
    """Tests talk to the database and to servers that they start themselves, to nobody else."""
    connect = socket.socket.connect

    def connect_nearby(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise RuntimeError(f"A test tried to connect to {address[0]}; tests stay on this machine.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_nearby)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """Migrated once for all processes, unless the database of the last run is taken again."""
    if django_db_keepdb and not django_db_createdb:
        return
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = databases.template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        databases.wait_for_no_disk()


@pytest.fixture(autouse=True, scope="session")
def _what_migrating_made_stays() -> Iterator[None]:
    """Tests with transactions of their own empty the tables: not those of types and permissions, to make them anew."""

    def statements(_style, connection, **_options):
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        return emptying.statements(connection, sorted({*tables} - MADE_BY_MIGRATING))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", statements)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_options: None)
        yield


@pytest.fixture
def tree(db) -> dict:
    """A group with two brands and their shops, by code."""
    return factories.tree()


@pytest.fixture
def within_its_transaction(monkeypatch) -> None:
    """A test's events are never settled, for its transaction is still open: here they are read all the same."""
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))


@pytest.fixture(autouse=True)
def _what_is_committed_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions of other tests on the same server hide events for a moment: readers of the log wait for it."""
    from members.actions import events
    from tests import settled

    monkeypatch.setattr(events, "follow", settled.patient(events.follow))


@pytest.fixture
def alone_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open transactions hide nothing: for tests that ask for the horizon of the log itself."""
    from members.models.event import SettledBefore
    from tags.queries import touched
    from tests import settled

    monkeypatch.setattr(SettledBefore, "template", settled.XMAX)
    monkeypatch.setattr(touched, "SETTLED", settled.XMAX)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of an installed Chromium; without one browser tests are skipped, except where that is forbidden."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found:
        return found
    if os.environ.get("NINEFOLD_REQUIRE_BROWSER") == "1":
        pytest.fail("NINEFOLD_REQUIRE_BROWSER=1, but there is no Chromium: apt-get install chromium")
    pytest.skip("no Chromium on this machine: apt-get install chromium")
