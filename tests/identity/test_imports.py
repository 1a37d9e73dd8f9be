"""Files that staff bring: proposed, tried, read by the worker, taken back, removed."""

import datetime as dt
import io
import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from identity.actions import due, imports, mappings, undoing
from identity.models import FileImport, IngestRun, IntakeRecord, QuarantineItem
from identity.queries import imports as queries
from members.models import Account, Member, Order
from tests import factories
from tests.identity import company, snapshots
from tests.identity.company import NOW
from tests.identity.imported import bring, clock, customers, read, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nodes(db, tmp_path, settings):
    settings.VAR = tmp_path
    return company.build()


def oneids():
    return dict(Account.objects.values_list("external_id", "member__oneid"))


@pytest.mark.requirement("IDN-008")
def test_a_hundred_rows_are_tried_read_and_taken_back(steward):
    company.accept(company.account("card-1", channel="pos", phone="13800000007", profile={"name": "客户7"}))
    before, people = snapshots.take(), oneids()
    brought = bring(customers(), steward)
    assert brought.columns == {
        "手机号": "identifiers.phone",
        "姓名": "profile.name",
        "性别": "profile.gender",
        "城市": "profile.city",
        "建档时间": "occurred_at",
    }
    imports.check(imported=brought, by=steward, now=NOW)
    work()
    brought.refresh_from_db()
    assert brought.report["counts"] == {"new": 92, "merged": 5, "updated": 0, "rejected": 3}
    assert snapshots.take() == before
    bad = [each for each in brought.report["listed"] if each["outcome"] == "rejected"]
    assert {(each["line"], each["column"]) for each in bad if each["code"] == "phone.malformed"} == {
        (99, "手机号"),
        (101, "手机号"),
    }
    assert {each["line"] for each in bad} == {99, 100, 101}
    assert all(each["reason"] and each["remedy"] for each in bad)

    imports.start(imported=brought, by=steward, now=NOW)
    work()
    brought.refresh_from_db()
    assert (brought.state, brought.run.verdicts) == (
        "finished",
        {"accepted": 92, "duplicate": 5, "quarantined": 3},
    )
    assert Member.objects.active().count() == 92
    preview = queries.undoing(run=brought.run)
    assert (preview.records, preview.accounts_gone, preview.people_gone, preview.people_changed) == (
        92,
        92,
        91,
        1,
    )

    undoing.begin(run=brought.run, reason="the wrong list", by=steward, now=NOW)
    assert work() == 1
    for name, rows in before.items():
        assert snapshots.take()[name] == rows, name
    assert oneids() == people
    assert not QuarantineItem.objects.exists()
    assert IntakeRecord.objects.filter(withdrawal__asked_by=steward).count() == 92


def test_an_order_of_several_rows_is_one_order(steward):
    text = "订单编号,买家id,付款时间,商品编码,数量,实付金额\n"
    text += 'J1,pin-1,2026-01-02 03:04:05,S1,1,¥100.00\nJ1,pin-1,2026-01-02 03:04:05,S2,2,"1,200.00"\nJ2,pin-2,2026-01-03 03:04:05,S1,1,50.00\n'
    brought = bring(text, steward, name="orders.csv", channel="mall", encoding="utf-8")
    assert (brought.type, brought.rows_are_lines) == ("order", True)
    read(brought, steward)
    assert dict(Order.objects.values_list("external_id", "amount")) == {"J1": 1300, "J2": 50}
    assert Order.objects.get(external_id="J1").lines.count() == 2


def test_a_workbook_whose_headings_say_nothing_is_guessed_from_its_values(steward):
    book = openpyxl.Workbook()
    rows = [("a", "b", "c", "d", "e")]
    rows += [
        (f"1390000000{n}", f"u{n}@example.com", "女", "1984-05-06", f"2026-01-0{n + 1} 10:00:00")
        for n in range(5)
    ]
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    brought = bring(file.getvalue(), steward, name="list.xlsx", channel="")
    places = {
        name: column["to"] if isinstance(column, dict) else column for name, column in brought.columns.items()
    }
    assert places == {
        "a": "identifiers.phone",
        "b": "identifiers.email",
        "c": "profile.gender",
        "d": "profile.birth_date",
        "e": "occurred_at",
    }


def test_a_saved_mapping_is_recognised_by_its_columns(steward):
    first = bring(customers(), steward)
    imports.arrange(imported=first, by=steward, now=NOW, save_as="store customers", columns={"手机号": "identifiers.phone", "建档时间": "occurred_at"})  # fmt: skip
    second = bring(customers(), steward, channel="")
    assert (second.mapping.name, second.columns, second.channel.code) == (
        "store customers",
        {"手机号": "identifiers.phone", "建档时间": "occurred_at"},
        "pos",
    )


def test_a_mapping_of_others_is_not_replaced_by_its_name(steward):
    columns = {"手机号": "identifiers.phone", "建档时间": "occurred_at"}
    theirs = mappings.save(name="store customers", type="order", columns={"no": "external_id"})
    mine = bring(customers(), steward)
    with pytest.raises(imports.Refused, match="another name"):
        imports.arrange(imported=mine, by=steward, now=NOW, save_as="store customers", columns=columns)
    theirs.refresh_from_db()
    assert theirs.columns == {"no": "external_id"}
    imports.arrange(
        imported=mine, by=steward, now=NOW, save_as="customers", columns={"手机号": "identifiers.phone"}
    )
    imports.arrange(imported=mine, by=steward, now=NOW, save_as="customers", columns=columns)
    assert mine.mapping.columns == columns


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"%PDF", "CSV"),
        ("a.csv", b"", "empty"),
        ("a.xlsx", b"no workbook", "XLSX"),
        ("a.csv", b"a,a\n1,2\n", "twice"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_kept(steward, name, content, message):
    with pytest.raises(imports.Refused, match=message):
        imports.bring(name=name, content=[content], by=steward, now=NOW)
    assert not list(imports.folder().iterdir())
    assert not FileImport.objects.exists()


def test_a_file_that_is_too_large_is_refused(steward, monkeypatch):
    monkeypatch.setattr(imports, "LIMIT", 1 << 20)
    with pytest.raises(imports.Refused, match="larger than 1 MB"):
        imports.bring(name="a.csv", content=[b"x" * (1 << 19)] * 3, by=steward, now=NOW)
    assert not list(imports.folder().iterdir())


def test_nothing_is_read_that_was_not_tried_as_it_is_mapped(steward):
    brought = bring(customers(), steward)
    with pytest.raises(imports.Refused):
        imports.start(imported=brought, by=steward, now=NOW)
    imports.check(imported=brought, by=steward, now=NOW)
    work()
    imports.arrange(imported=brought, by=steward, now=NOW, columns={"手机号": "identifiers.phone"})
    with pytest.raises(imports.Refused):
        imports.start(imported=brought, by=steward, now=NOW)


def test_a_file_speaks_only_of_the_chosen_channel_and_of_what_its_bringer_reaches(nodes):
    manager = factories.staff(organization=nodes["d1"])
    records = [
        company.account("u1", channel="pos"),
        company.account("u2", channel="tmall"),
        company.account("u3", channel="pos", organization="s4"),
    ]
    text = "\n".join(json.dumps(record) for record in records)
    brought = bring(text, manager, name="a.jsonl", encoding="utf-8")
    read(brought, manager)
    assert list(Account.objects.values_list("external_id", flat=True)) == ["u1"]
    assert set(QuarantineItem.objects.values_list("code", flat=True)) == {
        "channel.foreign",
        "organization.foreign",
    }


def test_reading_goes_on_where_the_worker_was_stopped(steward, monkeypatch):
    from identity.actions import trials_of_files

    monkeypatch.setattr(trials_of_files, "BATCH", 30)
    brought = bring(customers(), steward)
    imports.check(imported=brought, by=steward, now=NOW)
    work()
    imports.start(imported=FileImport.objects.get(), by=steward, now=NOW)
    assert due.work(clock=clock, minutes=0) == 0
    run = IngestRun.objects.get()
    assert (FileImport.objects.get().state, run.state) == ("running", "running")
    assert run.position > 0
    assert work() == 1
    run.refresh_from_db()
    assert sum(run.verdicts.values()) == 100


def test_files_are_removed_after_their_time(steward):
    brought = read(bring(customers(), steward), steward)
    kept = imports.path(brought)
    assert oct(kept.stat().st_mode)[-3:] == "600"
    assert imports.tidy(now=NOW + dt.timedelta(days=6)) == 0
    assert imports.tidy(now=NOW + dt.timedelta(days=8)) == 1
    assert not kept.exists()
    assert Member.objects.active().count() == 92


def test_a_lost_file_ends_as_failed_with_the_reason(steward):
    brought = bring(customers(), steward)
    imports.check(imported=brought, by=steward, now=NOW)
    imports.path(brought).unlink()
    work()
    brought.refresh_from_db()
    assert brought.state == "failed"
    assert "客户.csv does not exist" in brought.error


def test_the_command_shows_and_undoes(steward):
    brought = read(bring(customers(), steward), steward)
    out = io.StringIO()
    call_command("undo_import", str(brought.run_id), "--dry-run", stdout=out)
    assert "92 records would be withdrawn" in out.getvalue()
    assert Member.objects.active().count() == 92
    call_command("undo_import", str(brought.run_id), "--reason", "wrong", stdout=out)
    assert "is undone" in out.getvalue()
    assert not Member.objects.active().exists()
    with pytest.raises(CommandError, match="undone already"):
        call_command("undo_import", str(brought.run_id))
    with pytest.raises(CommandError, match="no intake run"):
        call_command("undo_import", "0")


def test_mappings_read_a_row_as_a_line():
    shape = mappings.shape(
        mapping=mappings.save(name="m", type="order", columns={"a": "external_id"}, rows_are_lines=True)
    )
    assert shape.rows_are_lines
