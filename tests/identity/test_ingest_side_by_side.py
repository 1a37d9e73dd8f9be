"""A file that two processes write: the rows of one, the position of what is in, and no process left behind."""

import contextlib

import psutil
import pytest
from django.db import transaction

from identity.actions import intake, runs, writers
from identity.files import opening
from identity.models import IngestRun, IntakeRecord
from identity.records import verdicts
from members.actions.versions import Raced
from tests.brakes import Brake, until
from tests.identity import company, snapshots
from tests.identity.test_ingest import ended, ingest, many, process, write

pytestmark = pytest.mark.django_db(transaction=True)

VERDICT = verdicts.Verdict(verdict=verdicts.ACCEPTED)


def test_two_processes_leave_the_rows_of_one(tmp_path):
    company.build()
    path = write(tmp_path / "a.jsonl", many(60))
    with transaction.atomic():
        ingest(path, "--batch", "40")
        expected = snapshots.take()
        transaction.set_rollback(True)
    ingest(path, "--batch", "40")
    found = snapshots.take()
    for name in expected:
        assert found[name] == expected[name], name
    run = IngestRun.objects.get()
    assert (run.position, run.parts, run.verdicts) == (run.size, {}, {"accepted": 240})


def test_the_position_waits_for_the_last_part():
    run = IngestRun.objects.create(source="a", fingerprint="f", started_at=company.NOW)

    def advance(begin, end, part):
        with transaction.atomic():
            runs._advance(run, (begin, end), part, 2, [VERDICT])
        run.refresh_from_db()
        return run.position, run.verdicts

    assert advance(0, 9, 1) == (0, {})
    assert advance(9, 15, 0) == (0, {})
    assert advance(0, 9, 0) == (9, {"accepted": 2})
    assert advance(0, 9, 0) == (9, {"accepted": 2})
    assert advance(9, 12, 0) == (9, {"accepted": 2})
    assert advance(9, 15, 0) == (9, {"accepted": 2})
    assert advance(9, 15, 1) == (15, {"accepted": 4})


def test_a_batch_with_a_missing_part_is_read_again(tmp_path, monkeypatch):
    company.build()
    path = write(tmp_path / "a.jsonl", many(30))

    def half(self, items, write):
        write(items[::2], 0, 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(writers.SideBySide, "begin", half)
    with pytest.raises(KeyboardInterrupt):
        ingest(path)
    assert (IntakeRecord.objects.count(), IngestRun.objects.get().position) == (60, 0)
    monkeypatch.undo()
    ingest(path)
    assert IntakeRecord.objects.count() == 120
    assert IngestRun.objects.get().verdicts == {"accepted": 60, "duplicate": 60}


def test_a_fault_of_a_writer_is_the_fault_of_the_batch(tmp_path):
    company.build()
    with opening.source(write(tmp_path / "a.jsonl", many(30))) as source:
        run = runs.begin(source=source, name="a", fingerprint="f", now=company.NOW)
        reading = runs.read(source=source, run=run, clock=lambda: company.NOW, batch=40)
        next(reading)
        run.pk = 0
        with pytest.raises(IngestRun.DoesNotExist):
            list(reading)
    assert IntakeRecord.objects.count() == 40


def test_a_part_that_another_one_was_in_the_way_of_is_written_after_it(tmp_path, monkeypatch):
    company.build()
    take_in = intake.take_in

    def in_the_way(*, attempts=6, **given):
        if attempts == 1:
            raise Raced
        return take_in(**given)

    monkeypatch.setattr(intake, "take_in", in_the_way)
    ingest(write(tmp_path / "a.jsonl", many(30)), "--batch", "40")
    assert IntakeRecord.objects.count() == 120
    assert IngestRun.objects.get().verdicts == {"accepted": 120}


def is_running(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


@contextlib.contextmanager
def writers_of(path):
    """The reader of the file, and both writers with a part of the second batch in hand that they can't write yet."""
    with Brake(IntakeRecord._meta.db_table) as brake:
        started = process(path, "--batch", "40")
        brake.let_one_through()  # the first batch: the reader writes it
        brake.stopped(writers=2)
        yield started, psutil.Process(started.pid).children()


def test_a_killed_reader_takes_its_writers_along(tmp_path):
    company.build()
    with writers_of(write(tmp_path / "a.jsonl", many(60))) as (started, writers):
        assert len(writers) == 2
        started.kill()
        started.communicate()
        until(lambda: not any(map(is_running, writers)))


def test_a_killed_writer_is_told_and_the_run_goes_on(tmp_path):
    company.build()
    path = write(tmp_path / "a.jsonl", many(60))
    with writers_of(path) as (started, writers):
        writers[0].kill()
        until(lambda: not is_running(writers[0]))
    status, said = ended(started)
    assert status == 3
    assert "was ended from outside" in said
    assert 0 < IngestRun.objects.get().position < IngestRun.objects.get().size
    assert ended(process(path)) == (0, "")
    assert IntakeRecord.objects.count() == 240
    assert sum(IngestRun.objects.get().verdicts.values()) == 240
