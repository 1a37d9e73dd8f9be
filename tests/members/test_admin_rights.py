"""Rights at the desk: seen on the member's page, used, revoked; rules added and ended."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from members.actions import right_codes, rights
from members.models import AccessRecord, RightCode, RightGrant, RightRule, RightUse
from tests import factories, pages
from tests.members.entitled import DAY, LONG_AGO, NOW, by_goods, right, sale, settle
from tests.members.people import page, reveal

pytestmark = pytest.mark.django_db
DESK = "members.view_member members.view_right members.view_rightgrant members.view_rightuse members.use_rightgrant"


@pytest.fixture
def anna(nodes):
    return factories.account(
        channel=factories.channel(organization=nodes["b1"], code="app"), organization=nodes["s1"]
    )


@pytest.fixture
def cleaning(nodes, anna):
    made = right(organization=nodes["b1"], code="cleaning", kind="service", name="Free cleaning")
    rights.grant(
        right=made, account=anna, quantity=1, source="hand", key="g1", reason="so sorry", by=factories.staff(),
        now=factories.NOW,
    )  # fmt: skip
    return made


@pytest.fixture
def clerk(client, nodes):
    user = factories.staff(organization=nodes["s1"], permissions=DESK)
    client.force_login(user)
    return user


def at(account, right):
    return reverse("admin:members_right_use", args=[account.member.oneid, right.code])


def test_staff_use_a_right_at_their_store(client, nodes, anna, cleaning, clerk):
    shown = client.get(page(anna.member) + "?tab=rights").content.decode()
    assert "Free cleaning" in shown
    assert at(anna, cleaning) in shown
    asked = client.get(at(anna, cleaning)).content.decode()
    assert "Use Free cleaning" in asked
    done = client.post(at(anna, cleaning), {"place": nodes["s1"].pk, "key": "abc"})
    assert (done.status_code, done.headers["Location"]) == (302, page(anna.member) + "?tab=rights")
    kept = RightUse.objects.get()
    assert (kept.by, kept.organization, kept.channel) == (clerk, nodes["s1"], None)
    client.post(at(anna, cleaning), {"place": nodes["s1"].pk, "key": "abc"})
    assert RightUse.objects.count() == 1
    again = client.post(at(anna, cleaning), {"place": nodes["s1"].pk, "key": "def"}).content.decode()
    assert "Free cleaning was used already, last on" in again
    assert at(anna, cleaning) not in client.get(page(anna.member) + "?tab=rights").content.decode()


def test_the_button_of_a_row_uses_that_row(client, nodes, anna, cleaning, clerk):
    later = rights.grant(
        right=cleaning, account=anna, quantity=1, source="hand", key="g2", reason="again", by=factories.staff(),
        now=factories.NOW + DAY,
    )  # fmt: skip
    address = f"{at(anna, cleaning)}?grant={later.pk}"
    assert address in client.get(page(anna.member) + "?tab=rights").content.decode()
    client.post(address, {"place": nodes["s1"].pk, "key": "abc"})
    assert RightUse.objects.get().grant == later


def test_staff_use_nothing_elsewhere(client, nodes, anna, cleaning, clerk):
    refused = client.post(at(anna, cleaning), {"place": nodes["s2"].pk, "key": "abc"})
    assert refused.status_code == 200
    assert not RightUse.objects.exists()
    client.force_login(factories.staff(organization=nodes["s3"], permissions=DESK))
    assert client.get(at(anna, cleaning)).status_code == 404
    client.force_login(factories.staff(organization=nodes["s1"], permissions="members.view_member"))
    assert client.get(at(anna, cleaning)).status_code == 403


def test_a_grant_is_revoked_with_a_reason(client, anna, cleaning, clerk):
    grant = RightGrant.objects.get()
    shown = client.get(reverse("admin:members_rightgrant_change", args=[grant.pk])).content.decode()
    address = reverse("admin:members_right_revoke", args=[grant.pk])
    assert address in shown
    assert client.post(address, {"reason": " "}).status_code == 200
    assert client.post(address, {"reason": "given twice"}).status_code == 302
    grant.refresh_from_db()
    assert grant.reason == f"{clerk.username}: given twice"
    assert (
        address
        not in client.get(reverse("admin:members_rightgrant_change", args=[grant.pk])).content.decode()
    )


GIVER = f"{DESK} members.add_rightgrant"


def giving(account):
    return reverse("admin:members_right_give", args=[account.member.oneid])


def give(client, account, right, **more):
    sent = {name: values[-1] for name, values in pages.fields(client.get(giving(account))).items()}
    return client.post(giving(account), sent | {"right": right.pk, "reason": "so sorry"} | more, follow=True)


def test_a_right_is_given_by_hand_once_and_revoked_from_the_page(client, nodes, anna):
    lounge = right(organization=nodes["d1"], code="lounge", kind="lounge", name="Lounge")
    user = factories.staff(organization=nodes["d1"], permissions=GIVER)
    client.force_login(user)
    assert giving(anna) in client.get(page(anna.member) + "?tab=rights").content.decode()
    day = timezone.localdate() + DAY
    sent = {name: values[-1] for name, values in pages.fields(client.get(giving(anna))).items()}
    sent |= {"right": lounge.pk, "quantity": "2", "last_day": day.isoformat(), "reason": "so sorry"}
    for _twice in range(2):
        assert client.post(giving(anna), sent).status_code == 302
    made = RightGrant.objects.get()
    assert (made.account, made.quantity, made.source, made.by) == (anna, 2, "hand", user)
    assert timezone.localtime(made.valid_until).date() == day + DAY
    shown = client.get(page(anna.member) + "?tab=rights").content.decode()
    assert reverse("admin:members_right_revoke", args=[made.pk]) in shown
    client.post(reverse("admin:members_right_revoke", args=[made.pk]), {"reason": "the wrong person"})
    shown = client.get(page(anna.member) + "?tab=rights").content.decode()
    assert reverse("admin:members_right_revoke", args=[made.pk]) not in shown


def test_what_cannot_be_given_is_said(client, nodes, anna):
    mine = right(organization=nodes["d1"], code="lounge", kind="lounge")
    above = right(organization=nodes["b1"], code="above", kind="lounge")
    over = right(organization=nodes["d1"], code="over", kind="lounge", active_to=LONG_AGO + DAY)
    client.force_login(factories.staff(organization=nodes["d1"], permissions=GIVER))
    for refused in (above, over):
        assert "valid choice" in give(client, anna, refused).content.decode()
    assert "This day is over" in give(client, anna, mine, last_day="2020-01-01").content.decode()
    assert "required" in give(client, anna, mine, reason=" ").content.decode()
    assert "greater than or equal to 1" in give(client, anna, mine, quantity="0").content.decode()
    assert not RightGrant.objects.exists()
    client.force_login(factories.staff(organization=nodes["d1"], permissions=DESK))
    assert client.get(giving(anna)).status_code == 403
    assert giving(anna) not in client.get(page(anna.member) + "?tab=rights").content.decode()
    client.force_login(factories.staff(organization=nodes["d2"], permissions=GIVER))
    assert client.get(giving(anna)).status_code == 404
    client.force_login(factories.staff(organization=nodes["s1"], permissions=GIVER))
    assert "no right that runs now" in client.get(giving(anna)).content.decode()


def test_a_rule_copies_its_goods_and_can_only_be_ended(client, nodes, anna, cleaning):
    by_goods(cleaning, skus=["F1", "F2"])
    goods = RightRule.objects.get().goods
    client.force_login(factories.staff(superuser=True))
    given = {
        "right": cleaning.pk, "period": "ever", "goods": goods.pk, "quantity": 2, "starts_at_0": "2026-01-01",
        "starts_at_1": "00:00:00", "ends_at_0": "", "ends_at_1": "", "tier": "",
    }  # fmt: skip
    assert client.post(reverse("admin:members_rightrule_add"), given).status_code == 302
    made = RightRule.objects.latest("id")
    assert (made.skus, made.quantity) == (["F1", "F2"], 2)
    change = reverse("admin:members_rightrule_change", args=[made.pk])
    ended = client.post(change, {"ends_at_0": "2026-02-01", "ends_at_1": "00:00:00", "quantity": 9})
    assert ended.status_code == 302
    made.refresh_from_db()
    assert (made.ends_at is not None, made.quantity) == (True, 2)


def test_appliances_are_told_on_the_members_page(client, anna, clerk, nodes):
    by_goods(right(organization=nodes["b1"], validity_months=36, name="Joint warranty"), skus=["F1"])
    sale(anna, serial="SN-1")
    sale(anna, sku="CLEAN", serial="SN-1", at=NOW + DAY)
    settle()
    shown = client.get(page(anna.member) + "?tab=rights").content.decode()
    appliances = shown[shown.index('id="appliances"') :]
    assert "SN-1" in appliances
    assert "Joint warranty" in appliances
    assert "CLEAN" in appliances


def test_lists_show_the_readers_rights_only(client, nodes, anna, cleaning, clerk):
    other = right(organization=nodes["b2"], code="other", name="Elsewhere")
    for name in ("right", "rightgrant"):
        shown = client.get(reverse(f"admin:members_{name}_changelist")).content.decode()
        assert "Free cleaning" in shown
        assert other.name not in shown


@pytest.fixture
def vip(nodes):
    return right(organization=nodes["b1"], code="vip", kind="third_party", name="VIP video", with_code=True)


def test_codes_are_brought_as_text_and_as_a_file(client, nodes, vip, cleaning):
    address = reverse("admin:members_right_codes", args=[vip.pk])
    keeper = "members.view_right members.change_right members.add_rightcode"
    client.force_login(factories.staff(organization=nodes["b1"], permissions=keeper))
    assert client.post(address, {"text": "A-1\nA-2\n"}).status_code == 302
    file = SimpleUploadedFile("codes.txt", b"\xef\xbb\xbfA-2\r\nA-3\r\n")
    told = client.post(address, {"file": file}, follow=True).content.decode()
    assert "1 new codes were brought in" in told
    assert sorted(RightCode.objects.values_list("code", flat=True)) == ["A-1", "A-2", "A-3"]
    assert "A-1" not in told
    assert "Give at least one code" in client.post(address, {"text": " "}).content.decode()
    wrong = client.post(address, {"file": SimpleUploadedFile("codes.bin", b"\xff\xfe\x00")}).content.decode()
    assert "no text in UTF-8" in wrong
    assert client.get(reverse("admin:members_right_codes", args=[cleaning.pk])).status_code == 404
    client.force_login(factories.staff(organization=nodes["s1"], permissions=keeper))
    assert client.get(address).status_code == 403


def test_a_code_is_shown_for_a_reason_only(client, anna, nodes, vip):
    right_codes.bring(right=vip, lines=["SECRET-1"], now=factories.NOW)
    grant = rights.grant(
        right=vip, account=anna, quantity=1, source="hand", key="g2", reason="won it", by=factories.staff(),
        now=factories.NOW,
    )  # fmt: skip
    client.force_login(
        factories.staff(organization=nodes["s1"], permissions=f"{DESK} members.view_personal_data")
    )
    assert "SECRET-1" not in client.get(page(anna.member) + "?tab=rights").content.decode()
    address = reveal(anna.member, f"code-{grant.pk}")
    assert "SECRET-1" not in client.get(address).content.decode()
    assert "SECRET-1" in client.post(address, {"reason": "she lost the message"}).content.decode()
    assert AccessRecord.objects.get().field == "activation code"
