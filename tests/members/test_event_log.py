"""The cursor of the event log loses nothing, however late a transaction commits."""

import threading
import time

import psycopg
import pytest
from django.db import connection, transaction

from members.models import Event, EventCursor
from tests import factories
from tests.connections import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


def write(name):
    return Event.objects.create(name=name, occurred_at=factories.NOW)


def read(cursor, *, count=0):
    """Read what is settled, move the cursor, return the names. `count` of them are waited for: the transaction of
    another test, which has just ended, may hide them for a moment."""
    names, until = [], time.monotonic() + PATIENCE
    while True:
        for event in Event.objects.after(cursor):
            cursor.tx, cursor.event_id = event.tx, event.id
            names.append(event.name)
        if len(names) >= count or time.monotonic() > until:
            return names
        time.sleep(0.05)


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
    assert read(cursor, count=2) == ["a", "b"]
    assert read(cursor) == []
    with transaction.atomic():
        write("c"), write("d")
    assert read(cursor, count=2) == ["c", "d"]


def test_a_row_that_commits_late_is_not_lost():
    written, may_commit = threading.Event(), threading.Event()

    def slow_writer():
        with transaction.atomic():
            write("slow")
            written.set()
            may_commit.wait(timeout=PATIENCE)

    cursor = EventCursor(reader="test")
    thread = in_another_connection(slow_writer)
    assert written.wait(timeout=PATIENCE)
    write("fast")  # a higher id, committed first
    assert read(cursor) == []  # hidden until the older writer ends
    may_commit.set()
    thread.join(timeout=PATIENCE)
    assert read(cursor, count=2) == ["slow", "fast"]


def test_a_transaction_that_rolls_back_holds_nobody_up():
    with transaction.atomic():
        write("never")
        transaction.set_rollback(True)
    write("after")
    assert read(EventCursor(reader="test"), count=1) == ["after"]


def test_a_writer_in_another_database_of_the_server_holds_nobody_up():
    login = {
        key: connection.settings_dict[key.upper()] or None for key in ("host", "port", "user", "password")
    }
    with psycopg.connect(dbname="postgres", **login) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        write("here")
        assert read(EventCursor(reader="test"), count=1) == ["here"]
