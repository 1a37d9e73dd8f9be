"""Undoing an import while it is killed, and while others build on what it told."""

import os
import random
import subprocess
import sys
import threading
import time
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from identity.actions import intake, joining, oneid, undoing
from identity.models import IngestRun, IntakeRecord, Withdrawal
from tests.brakes import Brake
from tests.identity import company, snapshots
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 120


def others():
    return [
        each
        for n in range(0, 60, 3)
        for each in (
            company.account(f"u{n}", phone=f"137{n:08}"),
            company.order(f"o{n}", f"u{n}", amount="9.00"),
        )
    ]


def mine():
    for n in range(120):
        yield company.account(f"u{n}", phone=f"139{n // 2:08}", on=n % 30)
        yield company.order(f"o{n}", f"u{n}", on=n % 40)
        yield company.event("page_view", f"u{n}", on=n % 60)


def read():
    run = IngestRun.objects.create(source="a", fingerprint="a", state="finished", started_at=NOW)
    intake.accept(records=list(mine()), source="a", now=NOW, run=run)
    return run


def process(run):
    database = connection.settings_dict
    login = quote(database["USER"]) + (":" + quote(database["PASSWORD"]) if database["PASSWORD"] else "")
    place = f"host={database['HOST']}&port={database['PORT'] or 5432}"
    code = (
        "import django; django.setup()\n"
        "from django.utils import timezone; from identity.actions import undoing; from identity.models import Withdrawal\n"
        f"undoing.go_on(withdrawal=Withdrawal.objects.get(run={run.pk}), clock=timezone.now, size=7)"
    )
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{login}@/{database['NAME']}?{place}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    return subprocess.Popen([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment)


def withdrawn():
    return IntakeRecord.objects.exclude(withdrawal=None).count()


def same(expected):
    found = snapshots.take()
    for name, rows in expected.items():
        assert found[name] == rows, name


def test_killed_in_the_middle_it_goes_on_and_nothing_is_left():
    company.build()
    company.accept(*others())
    before = snapshots.take()
    run = read()
    undoing.begin(run=run, reason="wrong", by=None, now=NOW)
    for _ in range(2):
        done = withdrawn()
        with Brake(IntakeRecord._meta.db_table) as brake:
            started = process(run)
            brake.let_through_until(lambda done=done: withdrawn() > done)
            time.sleep(random.random() * 0.1)
            assert started.poll() is None
            started.kill()
        started.wait()
    assert 0 < withdrawn() < 360
    last = process(run)
    assert last.wait(PATIENCE) == 0
    assert IngestRun.objects.get().state == "undone"
    assert Withdrawal.objects.get().counts["records"] == 360
    same(before)
    assert not oneid.rebuild(now=NOW)


def test_others_may_build_on_it_while_it_is_undone():
    company.build()
    later = [
        each
        for n in range(0, 120, 5)
        for each in (
            company.order(f"p{n}", f"u{n}", on=50),
            company.event("page_view", f"u{n}", on=51),
            company.account(f"w{n}", phone=f"139{n // 2:08}", on=52),
        )
    ]
    company.accept(*later)
    expected = snapshots.take()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(tablename), ',') FROM pg_tables WHERE tablename ~ '^(members|identity)_'"
        )
        cursor.execute(f"TRUNCATE {cursor.fetchone()[0]} CASCADE")
    company.build()
    run = read()
    withdrawal = undoing.begin(run=run, reason="wrong", by=None, now=NOW)
    failed = []

    def build():
        try:
            for record in later:
                company.accept(record)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    builder = threading.Thread(target=build)
    builder.start()
    assert undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW, size=9)
    builder.join()
    assert not failed
    joining.sweep(now=NOW)
    same(expected)
    assert not oneid.rebuild(now=NOW)
