"""The cursor of the event log loses nothing, however late a transaction commits."""

import threading

import psycopg
import pytest
from django.db import connection, transaction

from members.models import Event, EventCursor
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def write(name):
    return Event.objects.create(name=name, occurred_at=factories.NOW)


def read(cursor):
    """Read what is settled, move the cursor, return the names."""
    events = list(Event.objects.after(cursor))
    if events:
        cursor.tx, cursor.event_id = events[-1].tx, events[-1].id
    return [event.name for event in events]


def in_another_connection(work):
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_events_are_read_once_in_order():
    cursor = EventCursor(reader="test")
    write("a"), write("b")
    assert read(cursor) == ["a", "b"]
    assert read(cursor) == []
    with transaction.atomic():
        write("c"), write("d")
    assert read(cursor) == ["c", "d"]


def test_a_row_that_commits_late_is_not_lost():
    written, may_commit = threading.Event(), threading.Event()

    def slow_writer():
        with transaction.atomic():
            write("slow")
            written.set()
            may_commit.wait(timeout=20)

    cursor = EventCursor(reader="test")
    thread = in_another_connection(slow_writer)
    assert written.wait(timeout=20)
    write("fast")  # a higher id, committed first
    assert read(cursor) == []  # hidden until the older writer ends
    may_commit.set()
    thread.join(timeout=20)
    assert read(cursor) == ["slow", "fast"]


def test_a_transaction_that_rolls_back_holds_nobody_up():
    with transaction.atomic():
        write("never")
        transaction.set_rollback(True)
    write("after")
    assert read(EventCursor(reader="test")) == ["after"]


def test_a_writer_in_another_database_of_the_server_holds_nobody_up():
    login = {
        key: connection.settings_dict[key.upper()] or None for key in ("host", "port", "user", "password")
    }
    with psycopg.connect(dbname="postgres", **login) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        write("here")
        assert read(EventCursor(reader="test")) == ["here"]
