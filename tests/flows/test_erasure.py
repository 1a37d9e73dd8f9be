"""Forgetting a person over all floors, and the replay of everything that was ever sent about him."""

import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction

from identity.actions import imports, oneid, undoing
from identity.models import FileImport, IngestRun, IntakeRecord, QuarantineItem
from members.actions import erasure, profiles
from members.models import (
    AccessRecord,
    Account,
    Consent,
    Erasure,
    Event,
    Member,
    MemberProfile,
    Order,
    Posting,
    Return,
    Tombstone,
)
from members.privacy import rooms
from members.queries import tombstones
from tests import factories
from tests.flows import erased
from tests.identity import company, snapshots

pytestmark = pytest.mark.django_db
REASON = "asked for it in writing, case 17"


def forget(member, now=erased.NOW):
    asked = erasure.request(member=member, reason=REASON, now=now, door="command")
    return erasure.carry_out(erasure=asked, now=now)


@pytest.mark.requirement("PLT-009")
def test_nothing_of_an_erased_person_is_left_in_any_table():
    member = erased.live()
    words = erased.words(member)
    before = erased.everywhere(words)
    for word in words[:9]:
        assert any(line.endswith(f": {word}") for line in before), word
    told = {line.partition(".")[0] for line in before}
    assert {
        "identity_intakerecord",
        "identity_quarantineitem",
        "members_accessrecord",
        "campaigns_outboxmessage",
        "members_posting",
    } <= told

    report = forget(member)

    assert erased.everywhere(words) == []
    assert report.counts["identity"]["raw records"] >= 7
    assert report.counts["identity"]["records kept aside"] >= 1


@pytest.mark.requirement("PLT-009")
def test_sales_stay_without_the_person_and_others_stay_whole():
    member = erased.live()
    amounts = dict(Order.objects.values_list("external_id", "amount"))
    orders = Order.objects.filter(account__member=member).count()
    forget(member)
    assert dict(Order.objects.values_list("external_id", "amount")) == amounts
    assert orders == 2
    assert Return.objects.get(external_id="r-his").amount == 50
    his = Order.objects.get(external_id="o-his")
    assert his.account.external_id == f"erased-{his.account_id}"
    raw = IntakeRecord.objects.get(key="o-his").raw
    assert raw["lines"][0]["unit_price"] == "250.00"
    assert not {"account", "receiver", "attribution"} & raw.keys()
    assert erased.profile_of_other().name == erased.OTHER_NAME
    assert erased.gift_contacts() == 0
    gift = IntakeRecord.objects.get(key="o-gift").raw
    assert gift["account"] == "app-user-other"
    assert gift["receiver"] == {}
    assert AccessRecord.objects.filter(action="unmask", reason="erased").count() == 1
    assert Consent.objects.get().text_version == "v3"


@pytest.mark.requirement("PLT-009")
def test_a_replay_of_everything_brings_nobody_back():
    member = erased.live()
    words = erased.words(member)
    forget(member)
    before, people = snapshots.take(), Member.objects.active().count()

    given = company.accept(*erased.RECORDS)

    assert erased.everywhere(words) == []
    assert snapshots.take() == before
    assert Member.objects.active().count() == people
    assert [each.verdict for each in given[:2]] == ["erased", "erased"]
    assert sum(Tombstone.objects.values_list("seen_count", flat=True)) >= 4
    assert not QuarantineItem.objects.exists()


def test_later_versions_and_new_sales_of_an_erased_account_come_in_without_him():
    member = erased.live()
    words = erased.words(member)
    forget(member)
    changed = erased.ORDER | {"status": "completed", "updated_at": company.day(200)}
    given = company.accept(
        changed, company.order("o-new", erased.APP_ID, on=300), erased.APP | {"occurred_at": company.day(300)},
        now=company.NOW.replace(year=2027),
    )  # fmt: skip
    assert [each.verdict for each in given] == ["updated", "accepted", "erased"]
    assert Order.objects.get(external_id="o-his").status == "completed"
    assert Order.objects.get(external_id="o-new").account is None
    assert erased.everywhere(words) == []


def test_a_new_consent_or_registration_after_the_erasure_makes_a_new_person():
    member = erased.live()
    forget(member)
    agreed = [{"purpose": "marketing", "granted": True, "at": company.day(300)}]
    again = company.account(erased.APP_ID, on=300, phone=erased.PHONE, consents=agreed)
    old = company.order("o-old", erased.APP_ID, on=4)
    new = company.order("o-new", erased.APP_ID, on=301)
    given = company.accept(again, old, new, now=company.NOW.replace(year=2027))
    assert [each.verdict for each in given] == ["accepted"] * 3
    account = Account.objects.get(external_id=erased.APP_ID)
    assert account.member_id != member.pk
    assert account.traits.keys() == {"phone_province"}  # of the number that he told anew
    assert Order.objects.get(external_id="o-new").account == account
    assert Order.objects.get(external_id="o-old").account is None
    assert company.verdicts_of(erased.APP, erased.SHOP) == ["erased", "erased"]


def test_old_records_of_a_new_account_with_his_telephone_bring_nobody_back():
    member = erased.live()
    forget(member)
    late = company.account("never-seen-before", channel="mall", on=3, phone=erased.PHONE)
    fresh = company.account("registered-anew", channel="mall", on=300, phone=erased.PHONE)
    given = company.verdicts_of(late, fresh, now=company.NOW.replace(year=2027))
    assert given == ["erased", "accepted"]


def test_a_telephone_that_a_family_shares_stays_with_the_others():
    company.build()
    company.accept(
        company.account("u-husband-1", phone="13500002222", profile={"name": "A Husband"}),
        company.account("u-wife-0001", phone="13500002222", profile={"name": "B Wife"}, channel="mall"),
    )
    accounts = {each.external_id: each for each in Account.objects.all()}
    assert accounts["u-husband-1"].member_id != accounts["u-wife-0001"].member_id
    forget(accounts["u-husband-1"].member)
    assert erased.everywhere(["u-husband-1", "A Husband"]) == []
    assert IntakeRecord.objects.get(key="u-wife-0001").raw["identifiers"][0]["value"] == "13500002222"


def test_a_dry_run_counts_and_changes_nothing(capsys):
    member = erased.live()
    before = snapshots.take()
    call_command("erase_person", member.oneid, reason=REASON, dry_run=True)
    told = capsys.readouterr().out
    assert re.search(r"raw records +\d+", told)
    assert "Nothing was changed." in told
    assert snapshots.take() == before
    assert not Erasure.objects.exists()
    assert not Tombstone.objects.exists()


def test_the_command_erases_once_and_says_so_afterwards(capsys):
    member = erased.live()
    call_command("erase_person", member.oneid, reason=REASON)
    assert Erasure.objects.get().state == "done"
    call_command("erase_person", member.oneid, reason=REASON)
    assert "was erased on" in capsys.readouterr().out
    assert Erasure.objects.count() == 1
    with pytest.raises(CommandError, match="no member"):
        call_command("erase_person", "NOBODY", reason=REASON)


def test_killed_in_the_middle_nothing_is_half_done_and_the_next_call_finishes(monkeypatch):
    member = erased.live()
    words = erased.words(member)
    asked = erasure.request(member=member, reason=REASON, now=erased.NOW, door="command")
    before = snapshots.take()
    last = rooms.every()[-1]

    def die(work):
        last.erase(work)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(
            rooms._rooms,
            last.name,
            rooms.Room(last.name, last.sections, die, last.traces, last.hashes, last.look),
        )
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            erasure.carry_out(erasure=asked, now=erased.NOW)
    assert snapshots.take() == before

    assert erasure.carry_out_all(now=erased.NOW) == 1
    assert erased.everywhere(words) == []
    assert erasure.carry_out_all(now=erased.NOW) == 0


def test_rebuilding_everything_after_an_erasure_changes_nothing():
    member = erased.live()
    words = erased.words(member)
    forget(member)
    before = snapshots.take()
    assert not oneid.rebuild(now=erased.NOW)
    profiles.rebuild(now=erased.NOW)
    assert snapshots.take() == before
    assert not MemberProfile.objects.filter(member=member).exists()
    assert erased.everywhere(words) == []


def _as_erasure(asked, statement):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ninefold.erasure = '{asked.pk}'")
        cursor.execute(statement)


def test_append_only_tables_yield_to_a_running_erasure_and_to_nothing_else():
    member = erased.live()
    event = Event.objects.filter(account__member=member, name="page_view").get()
    seen = AccessRecord.objects.filter(member=member).first()
    moved = Posting.objects.filter(account__member=member).first()
    asked = erasure.request(member=member, reason=REASON, now=erased.NOW, door="command")
    for statement in (
        f"UPDATE members_event SET properties = '{{}}' WHERE id = {event.pk}",
        f"UPDATE members_accessrecord SET details = '{{}}' WHERE id = {seen.pk}",
        f"DELETE FROM members_event WHERE id = {event.pk}",
        f"UPDATE members_posting SET reason = 'erased' WHERE id = {moved.pk}",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            _as_erasure(asked, statement)
    Erasure.objects.filter(pk=asked.pk).update(state="running")
    for statement in (
        f"UPDATE members_event SET properties = properties || '{{\"more\": 1}}' WHERE id = {event.pk}",
        f"UPDATE members_event SET name = 'other' WHERE id = {event.pk}",
        f"UPDATE members_accessrecord SET action = 'other' WHERE id = {seen.pk}",
        f"DELETE FROM members_accessrecord WHERE id = {seen.pk}",
        f"UPDATE members_posting SET amount = 0 WHERE id = {moved.pk}",
        f"UPDATE members_posting SET reason = 'other' WHERE id = {moved.pk}",
        f"UPDATE members_posting SET reason = 'erased', plan_id = 1 WHERE id = {moved.pk}",
        f"UPDATE members_posting SET reason = 'erased', hold_id = 1 WHERE id = {moved.pk}",
        "UPDATE members_tiergrant SET note = 'erased', growth = 1",
        "DELETE FROM members_tiergrant",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            _as_erasure(asked, statement)


def test_an_erasure_takes_words_out_of_what_is_decided_once_and_changes_nothing_else():
    asked = erasure.request(member=erased.live(), reason=REASON, now=erased.NOW, door="command")
    Erasure.objects.filter(pk=asked.pk).update(state="running")
    for statement, fault in (
        ("UPDATE members_adjustment SET reason = 'erased', amount = 1", "as it was asked for"),
        ("UPDATE members_rightgrant SET serial = '', order_key = 'o-2' WHERE serial <> ''", "only its uses"),
    ):
        with pytest.raises(DatabaseError, match=fault), transaction.atomic():
            _as_erasure(asked, statement)


def test_undoing_the_import_that_brought_him_brings_nobody_back():
    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=erased.NOW)
    company.build()
    company.accept(erased.OTHER, erased.OTHERS_ORDER)
    company.accept(
        *[each for each in erased.RECORDS if each not in (erased.OTHER, erased.OTHERS_ORDER)], run=run
    )
    member = Account.objects.get(external_id=erased.APP_ID).member
    words = erased.words(member)
    forget(member)
    withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=erased.NOW)
    assert undoing.go_on(withdrawal=withdrawal, clock=lambda: erased.NOW)
    assert erased.everywhere(words) == []
    assert set(Order.objects.values_list("external_id", flat=True)) == {"o-other"}
    assert set(Member.objects.active().values_list("accounts__external_id", flat=True)) == {"app-user-other"}
    assert not oneid.rebuild(now=erased.NOW)


def test_files_that_were_read_are_removed(settings, tmp_path, django_capture_on_commit_callbacks):
    settings.VAR = tmp_path
    member = erased.live()
    staff = factories.staff()
    kept = [imports.bring(name=f"{n}.csv", content=[b"a,b"], by=staff, now=erased.NOW) for n in range(2)]
    FileImport.objects.filter(pk=kept[0].pk).update(state="finished")
    with django_capture_on_commit_callbacks(execute=True):
        forget(member)
    assert [imports.path(each).exists() for each in kept] == [False, True]
    assert FileImport.objects.get(pk=kept[0].pk).file_removed_at == erased.NOW


def test_who_had_the_oneid_is_known_to_be_erased():
    member = erased.live()
    printed = member.oneid
    forget(member)
    assert tombstones.erasure_of(oneid_text=printed).reason == REASON
    assert tombstones.erasure_of(oneid_text=factories.Member().oneid) is None
