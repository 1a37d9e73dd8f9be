"""A person's copy: everything that any room knows of him, and nothing of anybody else's."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config import privacy
from identity.models import QuarantineItem
from members.actions import copies, programmes
from members.models import Account, Erasure, GiftCard, Programme, Wallet
from tests.flows import erased
from tests.members.breaking import posting
from tests.members.ledger.purses import book

pytestmark = pytest.mark.django_db


@pytest.fixture
def copied(tmp_path):
    member = erased.live()
    call_command("export_person", member.oneid, out=tmp_path / "copy.json", notes=True)
    return member, tmp_path


@pytest.mark.requirement("PLT-009")
def test_the_copy_holds_every_word_that_is_known_of_him(copied):
    member, folder = copied
    text = (folder / "copy.json").read_text("utf-8")
    page = (folder / "copy.html").read_text("utf-8")
    for word in erased.WORDS[:10]:
        assert word in text, word
        assert word in page, word
    told = json.loads(text)
    assert told["oneid"] == member.oneid
    rooms = told["rooms"]
    assert {"orders", "events", "consents", "who looked", "accounts", "profile"} <= rooms["members"].keys()
    assert {"identifiers", "records as they came", "records kept aside", "verdicts"} <= rooms[
        "identity"
    ].keys()
    assert [row["tag__code"] for row in rooms["tags"]["tags"]] == ["vip"]
    assert rooms["campaigns"]["messages"][0]["address"] == "+8613988776655"
    assert rooms["members"]["who looked"][0]["reason"] == erased.NOTE


def test_what_staff_wrote_is_handed_over_only_by_who_reads_it(tmp_path):
    """It may name somebody else, and no program can tell: the copy says that it is there."""
    member = erased.live()
    account = Account.objects.get(external_id=erased.APP_ID)
    wrote = erased.NOTE
    Account.objects.filter(pk=account.pk).update(revoke_reason=wrote, revoked_at=erased.NOW)
    club = Programme.objects.create(organization=account.organization, name="Club")
    programmes.settle(
        programme=club, accounts=[account.pk, 1], tiers="highest", points="add", by=None, now=erased.NOW, reason=wrote
    )  # fmt: skip
    QuarantineItem.objects.update(note=wrote)
    Erasure.objects.create(member=member, reason=wrote, door="screen", requested_at=erased.NOW)

    telling = {
        ("identity", "verdicts", "reason"), ("identity", "records kept aside", "note"), ("members", "accounts", "revoke_reason"),
        ("members", "settlements", "reason"), ("members", "movements", "reason"), ("members", "who looked", "reason"),
        ("members", "erasures asked for", "reason"), ("members", "adjustments", "reason"),
        ("members", "tier grants", "note"), ("members", "rights", "reason"),
    }  # fmt: skip
    unread, read = (
        copies.plain(copies.make(member=member, now=erased.NOW, notes=notes)) for notes in (False, True)
    )
    assert wrote not in copies.as_json(unread)
    assert telling == {
        (room, section, field)
        for room, sections in read["rooms"].items()
        for section, rows in sections.items()
        for row in rows
        for field, value in row.items()
        if value == wrote
    }
    for room, section, field in telling:
        assert "written by staff; ask for it" in "".join(row[field] for row in unread["rooms"][room][section])
    assert {row["reason"] for row in unread["rooms"]["members"]["movements"]} >= {f"given to {erased.NAME}"}
    call_command("export_person", member.oneid, out=tmp_path / "copy.json")
    assert wrote not in (tmp_path / "copy.json").read_text("utf-8")


def test_the_copy_holds_nothing_of_others(copied):
    _member, folder = copied
    text = (folder / "copy.json").read_text("utf-8")
    assert erased.OTHER_NAME not in text
    assert "13700001111" not in text
    assert "o-other" not in text
    other = Account.objects.get(external_id="app-user-other").pk
    appliances = {row["serial"]: row for row in json.loads(text)["rooms"]["members"]["appliances"]}
    assert appliances.keys() == {erased.SERIAL, "SN-WASHER", "SN-OVEN"}
    assert other not in {
        row[side] for row in appliances.values() for side in ("account_id", "bound_account_id")
    }
    assert appliances["SN-WASHER"]["bound_at"]
    assert appliances["SN-OVEN"]["order_key"] == "o-his"


def test_of_a_gift_card_the_copy_tells_his_side_and_no_code():
    member = erased.live()
    his, other = (Account.objects.get(external_id=key) for key in (erased.APP_ID, "app-user-other"))
    gifts = book(organization=his.organization, code="gifts", kind="gift_card", unit="CNY", scale=2)
    GiftCard.objects.create(
        book=gifts, number="G-1", code_hash="b" * 64, amount=100, issued_at=erased.NOW, buyer=his,
        pot=Wallet.objects.create(book=gifts, pot="card:1", balance=0), issue=posting(gifts, None, "earn"),
        state="active", receiver=other, activated_at=erased.NOW, activation=posting(gifts, other, "transfer"),
    )  # fmt: skip
    (told,) = copies.plain(copies.make(member=member, now=erased.NOW))["rooms"]["members"]["gift cards"]
    assert (told["number"], told["buyer_id"], told["amount"]) == ("G-1", his.pk, 100)
    assert {told[name] for name in ("receiver_id", "activated_at", "activation_id", "code_hash")} == {None}


def test_what_an_erasure_would_reach_is_in_the_copy(copied):
    member, _folder = copied
    words = erased.words(member)
    tables = {line.partition(":")[0] for line in erased.everywhere(words)}
    told = {f"{each.model}.{each.name}".lower() for each in privacy.declared() if hasattr(each, "erased")}
    apps = ("members", "identity", "tags", "campaigns")
    missed = {
        table for table in tables
        if table.startswith(apps) and table.replace("_", ".", 1) not in told
    }  # fmt: skip
    assert missed == set()


@pytest.mark.requirement("PLT-008")
def test_the_proof_of_a_consent_can_be_taken_out(copied):
    _member, folder = copied
    rooms = json.loads((folder / "copy.json").read_text("utf-8"))["rooms"]
    (consent,) = rooms["members"]["consents"]
    record = Account.objects.get(external_id=erased.APP_ID).consents.get().record
    assert (consent["text_version"], consent["ip"], consent["granted"]) == ("v3", "203.0.113.7", True)
    assert consent["record"] == str(record)
    assert str(record) in {row["digest"] for row in rooms["identity"]["records as they came"]}


def test_unknown_oneids_and_unwritable_files_are_said(tmp_path):
    with pytest.raises(CommandError, match="There is no member"):
        call_command("export_person", "7K2MQ4TX8B3DA", out=tmp_path / "x.json")
    member = erased.live()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_person", member.oneid, out=tmp_path / "nowhere" / "x.json")
