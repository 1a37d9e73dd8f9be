"""`manage.py ingest`: verdicts in a table, positions that survive, exit statuses."""

import gzip
import json
import os
import random
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from identity.actions import mappings, runs
from identity.files import opening
from identity.models import IngestRun, IntakeRecord, QuarantineItem
from members.models import Account, Event, Member, Order
from tests.brakes import Brake
from tests.identity import company, snapshots

PATIENCE = 120


def write(path, records):
    text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return str(path)


def many(count):
    for n in range(count):
        yield company.account(f"u{n}", phone=f"139{n // 2:08}", on=n % 30)
        yield company.order(f"o{n}", f"u{(n * 7) % count}", on=n % 40)
        yield company.returned(f"r{n}", f"o{(n * 3) % count}", refund="1.00", on=n % 50)
        yield company.event("page_view", f"u{n}", on=n % 60)


def ingest(*words, **options):
    from io import StringIO

    out = StringIO()
    call_command("ingest", *words, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.mark.requirement("IDN-055")
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_file_is_read_and_read_again(nodes, tmp_path, name):
    path = write(tmp_path / name, many(30))
    first = json.loads(ingest(path, "--json", "--batch", "7"))
    assert first["records"] == first["verdicts"]["accepted"] == 120
    before = snapshots.take()
    again = json.loads(ingest(path, "--json"))
    assert again["verdicts"]["duplicate"] == 120
    assert snapshots.take() == before
    run = IngestRun.objects.get()
    assert (run.state, run.verdicts) == ("finished", {"duplicate": 120})


@pytest.mark.requirement("IDN-055")
def test_random_order_leaves_the_same_people(nodes, tmp_path):
    records = list(many(25))
    ingest(write(tmp_path / "a.jsonl", records))
    before = snapshots.take()
    random.Random(3).shuffle(records)
    ingest(write(tmp_path / "b.jsonl", records + records[:20]), "--batch", "11")
    assert snapshots.take() == before


def test_shuffled_from_the_start_leaves_the_same_people(nodes, tmp_path):
    from django.db import transaction

    records = list(many(25))
    with transaction.atomic():
        ingest(write(tmp_path / "a.jsonl", records))
        expected = snapshots.take()
        transaction.set_rollback(True)
    random.Random(5).shuffle(records)
    ingest(write(tmp_path / "b.jsonl", records), "--batch", "3")
    found = snapshots.take()
    for name in expected:
        assert found[name] == expected[name], name


def test_a_run_goes_on_where_it_stopped(nodes, tmp_path):
    path = write(tmp_path / "a.jsonl", many(20))
    with opening.source(path) as source:
        run = runs.begin(source=source, name="a", fingerprint="f", now=company.NOW)
        reading = runs.read(source=source, run=run, clock=lambda: company.NOW, batch=30)
        next(reading)
        reading.close()
    with opening.source(path) as source:
        run = runs.begin(source=source, name="a", fingerprint="f", now=company.NOW)
        assert run.position > 0
        lines = [
            item.line
            for group, _ in runs.read(source=source, run=run, clock=lambda: company.NOW)
            for item in group
        ]
    assert lines == list(range(31, 81))
    assert IntakeRecord.objects.count() == 80


def test_every_fault_of_a_file_has_a_clear_verdict(nodes, tmp_path):
    path = tmp_path / "a.jsonl"
    good = json.dumps(company.order("o1")).encode()
    huge = json.dumps(company.order("o2", lines=[{"amount": "1" + "0" * 30}])).encode()
    late = json.dumps(company.order("o3") | {"occurred_at": "2999-01-01T00:00:00Z"}).encode()
    hostile = json.dumps(company.account("u\x00")).encode()
    lines = [good, b'{"type":', b'"\xff"', huge, late, hostile, b"[1]", b'{"x":"' + b"y" * (2 << 20) + b'"}']
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(CommandError) as raised:
        ingest(str(path))
    assert raised.value.returncode == 1
    kept = dict(QuarantineItem.objects.values_list("code", "position"))
    assert kept == {
        "line.json": "line 2",
        "line.encoding": "line 3",
        "money.too_large": "line 4",
        "time.future": "line 5",
        "key.hostile": "line 6",
        "record.object": "line 7",
        "line.long": "line 8",
    }
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words", "message"),
    [
        (None, [], "does not exist"),
        (b"a,b\n1,2\n", [], "No column"),
        (b"a,b\n1,2\n", ["--mapping", "none"], "no mapping none"),
        (b"a,b\n1,2\n", ["--batch", "0"], "--batch"),
    ],
)
def test_unusable_input_has_status_two(nodes, tmp_path, content, words, message):
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=message) as raised:
        ingest(str(path), *words)
    assert raised.value.returncode == 2


def test_quarantined_records_do_not_fail_a_run_unless_asked(nodes, tmp_path):
    path = write(tmp_path / "a.jsonl", [company.order("o1", channel="nowhere")])
    assert "quarantined" in ingest(path)
    with pytest.raises(CommandError):
        ingest(path, "--strict")


def test_a_dry_run_writes_nothing(nodes, tmp_path):
    path = write(tmp_path / "a.jsonl", many(3))
    found = json.loads(ingest(path, "--dry-run", "--json"))
    assert found["verdicts"]["accepted"] == 12
    assert not IntakeRecord.objects.exists()
    assert not IngestRun.objects.exists()


def test_records_without_a_channel_take_the_one_given(nodes, tmp_path):
    record = company.account("u1")
    del record["channel"]
    ingest(write(tmp_path / "a.jsonl", [record]), "--channel", "mall")
    assert Account.objects.get().channel.code == "mall"


def test_a_mapped_csv_of_phones_makes_contact_accounts(nodes, tmp_path):
    """The acceptance example of manual import: 100 rows, 3 bad phones, 5 duplicates."""
    mappings.save(
        name="cards",
        type="account",
        columns={"手机": "identifiers.phone", "姓名": "profile.name", "时间": "occurred_at"},
    )
    rows = [f"138{n:08},客户{n},2026-01-02 03:04:05" for n in range(92)]
    rows += [*rows[:5], "123,坏一,2026-01-02", ",坏二,2026-01-02", "abc,坏三,2026-01-02"]
    path = tmp_path / "a.csv"
    path.write_text("手机,姓名,时间\n" + "\n".join(rows), "gb18030")
    found = json.loads(ingest(str(path), "--mapping", "cards", "--channel", "pos", "--json"))
    assert {name: count for name, count in found["verdicts"].items() if count} == {
        "accepted": 92,
        "duplicate": 5,
        "quarantined": 3,
    }
    assert {each["column"] for each in found["listed"] if each["code"] == "phone.malformed"} == {"手机"}
    assert Account.objects.filter(is_contact=True).count() == Member.objects.active().count() == 92


def of_records():
    return Event.objects.exclude(name__startswith="identity.").exclude(name="account.joined")


def process(*words):
    database = connection.settings_dict
    login = quote(database["USER"]) + (":" + quote(database["PASSWORD"]) if database["PASSWORD"] else "")
    place = f"host={database['HOST']}&port={database['PORT'] or 5432}"
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{login}@/{database['NAME']}?{place}",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "tests.settings"),
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "ingest", *words],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def ended(started):
    _out, said = started.communicate(timeout=PATIENCE)
    return started.returncode, said.decode()[-2000:]


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_loses_and_doubles_nothing(tmp_path):
    company.build()
    records = list(many(600))
    path = write(tmp_path / "a.jsonl", records)
    for _ in range(3):
        before = IntakeRecord.objects.count()
        with Brake(IntakeRecord._meta.db_table) as brake:
            started = process(path, "--batch", "40")
            brake.let_through_until(lambda before=before: IntakeRecord.objects.count() > before)
            time.sleep(random.random() * 0.1)
            assert started.poll() is None
            started.kill()
        started.communicate()
    assert 0 < IntakeRecord.objects.count() < len(records)
    position = IngestRun.objects.get().position
    assert position > 0

    assert ended(process(path)) == (0, "")
    run = IngestRun.objects.get()
    assert run.state == "finished"
    assert sum(run.verdicts.values()) == IntakeRecord.objects.count() == len(records)
    assert of_records().count() == len(records)
    assert (Account.objects.count(), Order.objects.count(), Member.objects.active().count()) == (
        600,
        600,
        300,
    )
    assert not Order.objects.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_two_readers_of_one_file_at_once(tmp_path):
    company.build()
    records = list(many(150))
    path = write(tmp_path / "a.jsonl", records)
    both = [process(path, "--batch", "50") for _ in range(2)]
    assert [ended(each) for each in both] == [(0, ""), (0, "")]
    assert IntakeRecord.objects.count() == len(records)
    assert of_records().count() == len(records)
    assert (Account.objects.count(), Order.objects.count(), Member.objects.active().count()) == (150, 150, 75)
