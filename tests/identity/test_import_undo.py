"""Undoing an import: the database is as if it had never been, whatever others told before, meanwhile and after."""

import datetime as dt

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.actions import intake, oneid, quarantine, undoing, unlogging
from identity.models import IngestRun, IntakeRecord, QuarantineItem, ReviewCase, Withdrawal
from members import sets
from members.models import Account, Event, Member, Order
from tests import factories
from tests.identity import company, snapshots
from tests.identity.company import NOW, account, event, order, returned, review

pytestmark = pytest.mark.django_db


def clock():
    return NOW


def a_run(name="f"):
    return IngestRun.objects.create(source=name, fingerprint=name, state="finished", started_at=NOW)


def bring(run, *records):
    return intake.accept(records=list(records), source="file", now=NOW, run=run)


def undo(run, *, size=1_000, reason="the wrong file"):
    withdrawal = undoing.begin(run=run, reason=reason, by=None, now=NOW)
    assert undoing.go_on(withdrawal=withdrawal, clock=clock, size=size)
    return withdrawal


def oneids():
    return dict(Account.objects.values_list("external_id", "member__oneid"))


def same(found, expected):
    for name in expected:
        assert found[name] == expected[name], name


def test_what_was_there_is_there_again(nodes):
    company.accept(
        account("u1", phone="13900000001", profile={"name": "Li Lei", "city": "Jinan"}), order("o1", "u1")
    )
    before, people = snapshots.take(), oneids()
    run = a_run()
    bring(
        run,
        account("u1", on=3, phone="13900000002", profile={"name": "Li Wei"}),
        account("u2", on=2, phone="13900000001"),
        order("o1", "u1", on=5, amount="70.00"),
        order("o2", "u2"),
        returned("r1", "o1"),
        review("v1", "o2"),
        event("page_view", "u2"),
    )
    assert snapshots.take() != before
    undo(run)
    same(snapshots.take(), before)
    assert oneids() == people
    assert not oneid.rebuild(now=NOW)


def test_others_keep_what_they_brought(nodes):
    run = a_run()
    bring(run, account("u1", phone="13900000001"), order("o1", "u1"))
    company.accept(
        order("o2", "u1", on=4), event("page_view", "u1", on=4), account("u2", phone="13900000001")
    )
    assert Member.objects.active().count() == 1
    undo(run)
    assert Account.objects.get().external_id == "u2"
    assert Member.objects.active().count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT external_id, account_id, account_key FROM members_order")
        assert cursor.fetchall() == [("o2", None, "u1")]
    bring(run, account("u1", phone="13900000001"), order("o1", "u1"))
    assert Account.objects.get(external_id="u1").orders.count() == 2
    assert Member.objects.active().count() == 1


def test_a_version_that_another_source_brought_too_stays(nodes):
    first, second = a_run("a"), a_run("b")
    bring(first, account("u1", phone="13900000001"), order("o1", "u1"))
    bring(second, account("u1", phone="13900000001"))
    company.accept(order("o1", "u1"))
    before = snapshots.take()
    undo(first)
    same(snapshots.take(), before)
    undo(second)
    assert not Account.objects.exists()
    assert IntakeRecord.objects.filter(withdrawal=None).count() == 1


def test_the_archive_keeps_what_was_withdrawn_and_a_replay_is_new(nodes):
    run = a_run()
    records = [account("u1", phone="13900000001"), order("o1", "u1")]
    bring(run, *records)
    before, people = snapshots.take(), oneids()
    undo(run)
    assert snapshots.counts()["archive"] == 0
    assert IntakeRecord.objects.filter(withdrawal__reason="the wrong file").count() == 2
    run.refresh_from_db()
    assert run.state == "undone"
    assert [each.verdict for each in bring(run, *records)] == ["accepted", "accepted"]
    same(snapshots.take(), before)
    assert oneids() == people


def test_an_undoing_that_broke_off_goes_on(nodes):
    run = a_run()
    bring(run, *(account(f"u{n}", phone=f"139{n:08}") for n in range(7)))
    withdrawal = undoing.begin(run=run, reason="wrong", by=None, now=NOW)
    assert not undoing.go_on(withdrawal=withdrawal, clock=clock, size=2, batches=2)
    assert Account.objects.count() == 3
    again = undoing.open_one(run=run)
    assert undoing.go_on(withdrawal=again, clock=clock, size=2)
    assert (Account.objects.count(), Member.objects.active().count()) == (0, 0)
    again.refresh_from_db()
    assert (again.counts["records"], again.counts["accounts"]) == (7, 7)


def test_events_of_one_and_the_same_time_are_looked_up_by_their_accounts(nodes, monkeypatch):
    asked = []
    send = sets.run

    def noted(sql, rows, *more, **how):
        asked.append((sql, len(rows)))
        return send(sql, rows, *more, **how)

    monkeypatch.setattr(sets, "run", noted)
    run = a_run()
    bring(
        run,
        *(
            each
            for n in range(20)
            for each in (account(f"u{n}"), order(f"o{n}", f"u{n}"), event("page_view", f"u{n}"))
        ),
    )
    bring(run, order("nobodys"), event("page_view"))
    undo(run)
    assert not Event.objects.filter(name__in=["account.recorded", "order.paid", "page_view"]).exists()
    assert [rows for sql, rows in asked if sql == unlogging.NAMED] == [3]
    assert [rows for sql, rows in asked if sql == unlogging.OF_ACCOUNTS] == [20 + 2 * 20 + 20]


def test_it_is_undone_once_and_with_a_reason(nodes):
    run = a_run()
    with pytest.raises(undoing.Impossible):
        undoing.begin(run=run, reason=" ", by=None, now=NOW)
    undo(run)
    with pytest.raises(undoing.Impossible):
        undoing.begin(run=run, reason="again", by=None, now=NOW)
    assert Withdrawal.objects.count() == 1


NAMES = ["a", "b", "c"]
PHONES = ["13900000001", "13900000002", "13900000003"]


@st.composite
def records(draw):
    kind = draw(st.sampled_from(["account", "order", "contact", "return", "review", "event", "login"]))
    on, name, phone = draw(st.integers(0, 4)), draw(st.sampled_from(NAMES)), draw(st.sampled_from(PHONES))
    number = draw(st.sampled_from(["1", "2"]))
    if kind == "account":
        traits = {
            "name": draw(st.sampled_from(["Li Lei", "Han Meimei"])),
            "city": draw(st.sampled_from(["", "Jinan"])),
        }
        more = draw(
            st.sampled_from(
                [{}, {"membership": {"organization": "b1", "number": number}},
                 {"consents": [{"purpose": "marketing", "channel": "sms", "granted": on % 2 == 0}]},
                 {"tags": ["vip"]}, {"tags": ["vip", "gift buyer"]}, {"tags": []}]
            )
        )  # fmt: skip
        return account(name, on=on, phone=phone, profile=traits, **more)
    if kind == "order":
        status = draw(st.sampled_from(["paid", "completed", "cancelled"]))
        named = [{"kind": "phone", "value": phone}]
        return order(f"o{number}", name, on=on, status=status, identifiers=named)
    if kind == "contact":
        return order(f"p{number}", channel="pos", on=on, identifiers=[{"kind": "phone", "value": phone}])
    if kind == "return":
        return returned(f"r{number}", f"o{number}", on=on, **({"account": name} if on % 2 else {}))
    if kind == "review":
        return review(f"v{number}", f"o{number}", on=on, account=name)
    if kind == "event":
        return event("page_view", name, on=on)
    return event("login", name, on=on, identifiers=[{"kind": "phone", "value": phone}])


def test_a_sale_goes_back_to_the_contact_that_it_had_with_his_features(nodes):
    contact = lambda number: [{"kind": "phone", "value": number}]  # noqa: E731
    company.accept(order("p1", channel="pos", on=0, identifiers=contact("13900000001")))
    before, run = snapshots.take(), a_run()
    bring(run, order("p1", channel="pos", on=1, identifiers=contact("13900000002")))
    undo(run)
    same(snapshots.take(), before)


def test_a_case_about_a_customer_who_was_never_there_is_closed(nodes):
    phone = [{"kind": "phone", "value": "13900000001"}]
    company.accept(company.account("b", identifiers=phone, profile={"name": "Li Lei"}))
    before, run = snapshots.take(), a_run()
    bring(run, company.account("a", identifiers=phone, profile={"name": "Han Meimei"}))
    assert ReviewCase.objects.filter(state="open", sort="refused").count() == 1
    undo(run)
    same(snapshots.take(), before)
    assert not ReviewCase.objects.filter(state="open").exists()
    assert not oneid.rebuild(now=NOW + dt.timedelta(days=1))


@pytest.mark.parametrize("corrected", [True, False], ids=["corrected", "as it came"])
def test_what_was_let_in_from_the_quarantine_goes_with_its_import(nodes, corrected):
    before, run = snapshots.take(), a_run()
    [verdict] = bring(run, order("o1", channel="nowhere", on=1))
    item = QuarantineItem.objects.get(pk=verdict.quarantine)
    if corrected:
        quarantine.retry(item=item, corrected_raw=order("o1", channel="pos", on=1), by=None, now=NOW)
    else:
        factories.channel(organization=nodes["g"], code="nowhere")
        quarantine.retry_unchanged(items=[item], by=None, now=NOW)
    assert Order.objects.get().external_id == "o1"
    undo(run)
    assert not Order.objects.exists()
    same(snapshots.take(), before)


def test_nothing_is_let_in_for_an_import_that_is_being_undone(nodes):
    run = a_run()
    [verdict] = bring(run, order("o1", channel="nowhere", on=1))
    undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)
    item = QuarantineItem.objects.get(pk=verdict.quarantine)
    assert quarantine.retry_unchanged(items=[item], by=None, now=NOW) == []
    with pytest.raises(quarantine.Undecidable, match="being undone"):
        quarantine.retry(item=item, corrected_raw=order("o1", channel="pos", on=1), by=None, now=NOW)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.booleans(), records()), min_size=1, max_size=14),
    st.integers(1, 5),
)
def test_as_if_the_import_had_never_been(nodes, told, size):
    with transaction.atomic():
        for _mine, record in told:
            if not _mine:
                company.accept(record)
        expected = snapshots.take()
        transaction.set_rollback(True)
    with transaction.atomic():
        run = a_run()
        for mine, record in told:
            bring(run, record) if mine else company.accept(record)
        undo(run, size=size)
        same(snapshots.take(), expected)
        assert not oneid.rebuild(now=NOW + dt.timedelta(days=1))
        transaction.set_rollback(True)
