"""A wish to be forgotten, between asking and doing: people are joined meanwhile, and others wait behind it."""

import pytest
from django.core.management import call_command

from config import privacy
from identity.actions import verdicts
from members.actions import erasure
from members.models import Account, Erasure
from tests import factories
from tests.api import callers
from tests.identity import company
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    company.build()
    company.accept(
        company.account("u-first-00001", on=1, phone="13812340001", profile={"name": "Xu Wenjun"}),
        company.account("u-second-0002", on=2, channel="mall", phone="13812340002"),
        company.account("u-third-00003", on=3, phone="13812340003"),
    )
    return {each.external_id[:6]: each for each in Account.objects.all()}


def asked(account, by=None):
    account.refresh_from_db()
    wish = erasure.request(member=account.member, reason="by letter, case 17", now=NOW, by=by)
    return erasure.approve(erasure=wish, by=factories.staff(superuser=True), now=NOW)


def joined(left, right):
    verdicts.same(left=[left.pk], right=[right.pk], by=factories.staff(superuser=True), now=NOW)


def test_a_wish_for_somebody_who_was_joined_to_another_asks_again_for_the_one_he_is_now(people):
    """What the second person agreed to was one account; now it would be two, so he is asked again."""
    first, second, _third = people.values()
    wish = asked(second)
    joined(first, second)

    assert privacy.carry_out_erasures() == 0

    wish.refresh_from_db()
    first.refresh_from_db()
    assert (wish.state, wish.member, wish.decided_by) == ("requested", first.member, None)
    assert Account.everything.filter(external_id__startswith="erased-").count() == 0
    erasure.approve(erasure=wish, by=factories.staff(superuser=True), now=NOW)
    assert privacy.carry_out_erasures() == 1
    assert Account.everything.filter(external_id__startswith="erased-").count() == 2


def test_a_wish_for_the_one_he_is_now_stands_in_for_the_older_wish(people):
    first, second, _third = people.values()
    older, newer = asked(second), asked(first)
    joined(first, second)
    assert privacy.carry_out_erasures() == 1
    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.state, newer.state) == ("refused", "done")
    assert privacy.carry_out_erasures() == 0


def test_who_waits_behind_a_wish_that_cannot_be_carried_out_is_erased_all_the_same(people):
    first, second, third = people.values()
    asked(second)
    joined(first, second)
    behind = asked(third)
    assert privacy.carry_out_erasures() == 1
    behind.refresh_from_db()
    assert behind.state == "done"


def test_nobody_is_told_that_a_retired_oneid_was_erased(people):
    first, second, _third = people.values()
    wish = asked(second)
    joined(first, second)
    with pytest.raises(erasure.Impossible, match="joined"):
        erasure.carry_out(erasure=wish, now=NOW)
    wish.refresh_from_db()
    assert wish.state == "approved"


@pytest.mark.parametrize("nickname", ["a", "at", "app", "客"])
def test_a_short_nickname_keeps_nobody_from_asking(people, nickname):
    account = people["u-firs"]
    company.accept(company.account("u-first-00001", on=5, profile={"nickname": nickname}))
    client = callers.client(channel=account.channel, scopes="edit")
    assert client.post(f"/api/v1/members/{account.member.oneid}/erasure").status_code == 202
    Erasure.objects.all().delete()
    wish = erasure.request(member=account.member, reason="客户 wrote a letter, case 17", now=NOW)
    assert wish.state == "requested"


@pytest.mark.parametrize("reason", ["Xu Wenjun wrote", "王小明 wrote", "by 王小明, case 3"])
def test_a_reason_that_names_the_person_is_still_refused(people, reason):
    company.accept(company.account("u-first-00001", on=5, profile={"nickname": "王小明"}))
    with pytest.raises(erasure.Impossible, match="names the person"):
        erasure.request(member=people["u-firs"].member, reason=reason, now=NOW)


def test_somebody_of_whom_an_undone_import_told_can_be_erased(people, capsys):
    """His records stay in the archive, so he must be able to have them taken out."""
    from identity.actions import undoing
    from identity.models import IngestRun, IntakeRecord

    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=NOW)
    company.accept(company.account("u-mistake-004", on=1, phone="13812340004"), run=run)
    account = Account.objects.get(external_id="u-mistake-004")
    withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)
    undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW)
    assert IntakeRecord.objects.filter(raw__external_id="u-mistake-004").exists()

    call_command("erase_person", account.minted.oneid, reason="asked by letter, case 17")

    assert "is erased" in capsys.readouterr().out
    assert not IntakeRecord.objects.filter(raw__external_id="u-mistake-004").exists()
    assert not Account.everything.filter(external_id="u-mistake-004").exists()
