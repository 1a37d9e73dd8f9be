"""What PostgreSQL believes of a table before everybody is computed, whatever it saw of it when it last came by."""

import datetime as dt
import json

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from members import table_statistics
from members.models import Member
from tags.actions import compute
from tests import factories
from tests.connections import Side

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cared_for")]
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
MEMBERS = "public.members_member"
MANY = 500


def _care(option: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE members_member {option}")


@pytest.fixture
def cared_for(transactional_db):
    """The table of members is in autovacuum's care again; those of tests are not (``tests.databases``)."""
    _care("RESET (autovacuum_enabled)")
    yield
    _care("SET (autovacuum_enabled = off)")


def _believed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) SELECT FROM members_member")
        return cursor.fetchone()[0][0]["Plan"]["Plan Rows"]


def _add(first: int, count: int) -> None:
    Member.objects.bulk_create(Member(oneid=f"{number:0>13}") for number in range(first, first + count))


def _mistaken() -> None:
    """PostgreSQL counts while all rows of a table are in a transaction that has not ended: it finds none."""
    with transaction.atomic():
        _add(0, MANY)
        Side(lambda: connection.cursor().execute("ANALYZE members_member")).ended()
    assert _believed() == 1


def test_a_table_that_was_counted_too_early_is_counted_again():
    _mistaken()
    assert MEMBERS in table_statistics.refresh()
    assert _believed() == MANY


def test_of_a_table_that_changed_little_nothing_is_counted():
    _add(0, MANY)
    table_statistics.refresh()
    assert MEMBERS not in table_statistics.refresh()
    _add(MANY, 90)  # autovacuum waits for 50 and a tenth
    assert MEMBERS not in table_statistics.refresh()
    _add(MANY + 90, 20)
    assert MEMBERS in table_statistics.refresh()


def test_within_a_transaction_nothing_is_counted():
    _mistaken()
    with transaction.atomic():
        assert MEMBERS not in table_statistics.refresh()
    assert MEMBERS in table_statistics.refresh()


def test_a_table_out_of_autovacuums_care_is_left_alone():
    _care("SET (autovacuum_enabled = off)")
    _mistaken()
    assert MEMBERS not in table_statistics.refresh()
    _care("RESET (autovacuum_enabled)")
    assert MEMBERS in table_statistics.refresh()


def test_a_computation_of_everybody_knows_the_tables_that_it_reads():
    factories.tree()
    _mistaken()
    compute.compute(now=NOW)
    assert _believed() == MANY


def test_a_read_file_leaves_its_tables_counted(tmp_path):
    factories.tree()
    _mistaken()
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({}) + "\n")
    call_command("ingest", str(path))
    assert _believed() == MANY
