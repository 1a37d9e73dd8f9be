"""The database server is killed under a running intake, and started again: nothing lost, nothing doubled."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import psycopg
import pytest

from config import environment, postgres
from config.postgres import place as places
from config.postgres import processes
from tests.brakes import Brake

PEOPLE = 600
FOUND = "from config.demo import founding; founding.found()"
COUNTS = """
SELECT (SELECT count(*) FROM identity_intakerecord), (SELECT count(*) FROM members_account),
       (SELECT count(*) FROM members_order), (SELECT count(*) FROM members_orderline),
       (SELECT count(*) FROM members_member WHERE retired_at IS NULL),
       (SELECT count(*) FROM members_event WHERE name LIKE 'order.%' OR name = 'account.recorded')
"""


@pytest.fixture
def home():
    """A server of its own, in a folder that its user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="ninefold-"))
    folder.chmod(0o755)
    yield folder / "postgres"
    postgres.stop(folder / "postgres")
    shutil.rmtree(places.find(folder / "postgres").socket, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def command(url: str, *words: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=environment.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(url: str, *words: str) -> None:
    started = command(url, *words)
    _, said = started.communicate(timeout=120)
    assert started.returncode == 0, said[-2000:]


def records():
    """For each person an account in two channels, joined by a phone, and one order."""
    for n in range(PEOPLE):
        at, phone = f"2026-01-02T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}+08:00", f"139{n:08}"
        carried = [{"kind": "phone", "value": phone}]
        for channel in ("mini", "pos"):
            yield {
                "type": "account", "channel": channel, "external_id": f"{channel}-{n}", "occurred_at": at,
                "identifiers": carried,
            }  # fmt: skip
        yield {
            "type": "order", "channel": "pos", "external_id": f"SO-{n}", "account": f"pos-{n}", "occurred_at": at,
            "status": "paid", "currency": "CNY",
            "lines": [{"line": 1, "sku": "S1", "quantity": "1", "unit_price": "9.90"}],
        }  # fmt: skip


def counts(url: str) -> tuple[int, ...]:
    with psycopg.connect(url) as connection:
        return connection.execute(COUNTS).fetchone()


def test_the_server_is_killed_under_an_intake(home, tmp_path):
    url = postgres.ensure(home)
    run(url, "migrate", "--verbosity", "0")
    run(url, "shell", "-c", FOUND)
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records()))

    for _ in range(2):
        before = counts(url)[0]
        with Brake("identity_intakerecord", partial(psycopg.connect, url)) as brake:
            started = command(url, "ingest", str(file), "--batch", "100")
            brake.let_through_until(lambda url=url, before=before: counts(url)[0] > before)
            os.kill(processes.Postmaster.of(places.find(home).data).pid, signal.SIGKILL)
        _, said = started.communicate(timeout=120)
        assert (started.returncode, said.count("Traceback")) == (3, 0)
        assert "give the same command again" in said
        url = postgres.ensure(home)
        assert before < counts(url)[0] < 3 * PEOPLE

    for _ in range(2):
        run(url, "ingest", str(file))
        assert counts(url) == (3 * PEOPLE, 2 * PEOPLE, PEOPLE, PEOPLE, PEOPLE, 3 * PEOPLE)
