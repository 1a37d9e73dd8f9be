"""Codes brought in, and batches withdrawn, on the page of their sort of coupons."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from campaigns import tasks
from campaigns.actions import coupon_batches, coupons
from campaigns.models import Coupon, CouponBatch
from config import roles
from tests import factories
from tests.campaigns import vouchers
from tests.campaigns.offering import DAY

SURE = {"sure": "on"}


@pytest.fixture
def tree(db):
    return factories.tree()


@pytest.fixture
def template(tree):
    return vouchers.template(organization=tree["b1"], quota=10, claim_from=timezone.now() - DAY)


@pytest.fixture
def marketer(client, tree):
    roles.create()
    client.force_login(factories.staff(organization=tree["b1"], role="marketer"))
    return client


def at(name, template, *more):
    return reverse(f"admin:campaigns_coupontemplate_{name}", args=[template.pk, *more])


def codes() -> list[str]:
    return list(Coupon.objects.order_by("code").values_list("code", flat=True))


def test_codes_that_a_marketplace_made_are_brought_in_typed_or_as_a_file(marketer, template):
    bring = at("bring", template)
    assert (
        marketer.post(bring, {"name": "Tmall", "codes": "tm-001, tm-002\nTM003", **SURE}).status_code == 302
    )
    assert codes() == ["TM001", "TM002", "TM003"]
    file = SimpleUploadedFile("more.txt", "\ufeffTM004\r\nTM005\r\n".encode())
    marketer.post(bring, {"name": "Tmall 2", "file": file, **SURE})
    assert codes()[3:] == ["TM004", "TM005"]
    assert [(each.name, each.count, each.made) for each in CouponBatch.objects.order_by("id")] == [
        ("Tmall", 3, 3), ("Tmall 2", 2, 2),
    ]  # fmt: skip
    assert vouchers.standing(template)[0] == 5


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"codes": "TM001"}, "This field is required"), (SURE, "Give the codes, or a file of them."),
        ({"codes": "TM001 TM001", **SURE}, "nothing was brought in"), ({"codes": "X" * 41, **SURE}, "is no code"),
        ({"codes": " ".join(f"C{n}" for n in range(11)), **SURE}, "10 are left to be given, not 11"),
        ({"file": SimpleUploadedFile("codes.xlsx", b"PK\xff\xfe\x00"), **SURE}, "no plain text"),
    ],
)  # fmt: skip
def test_what_cannot_be_brought_in_says_why_and_leaves_nothing(marketer, template, given, told):
    answer = marketer.post(at("bring", template), {"name": "Tmall", **given})
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not CouponBatch.objects.exists()


def test_a_batch_is_withdrawn_with_a_reason_and_what_was_claimed_stays(marketer, tree, template):
    vouchers.brought(template, "TM001", "TM002", "TM003")
    account = factories.account(channel=factories.channel(organization=tree["b1"]))
    claimed = coupons.claim_code(code="TM001", account=account, now=timezone.now())
    page = at("withdraw", template, CouponBatch.objects.get().pk)
    assert "2 codes that nobody has claimed" in marketer.get(page).content.decode()
    for unfit in ({"reason": "the file is lost"}, {"reason": "", **SURE}):
        assert marketer.post(page, unfit).status_code == 200
    assert CouponBatch.objects.get().withdrawn_at is None

    assert marketer.post(page, {"reason": "the file is lost", **SURE}).status_code == 302
    assert "being withdrawn" in marketer.get(at("change", template)).content.decode()
    assert tasks.make_coupons() == 2
    assert tasks.make_coupons() == 0
    states = Coupon.objects.order_by("code").values_list("state", "reason")
    assert list(states) == [("claimed", "")] + [("withdrawn", "the file is lost")] * 2
    assert vouchers.state(claimed) == "claimed"
    shown = marketer.get(at("change", template)).content.decode()
    assert "because: the file is lost" in shown
    assert "being withdrawn" not in shown
    again = marketer.post(page, {"reason": "once more", **SURE}, follow=True)
    assert "were withdrawn already" in again.content.decode()


def test_no_more_codes_are_made_of_a_batch_that_was_withdrawn(marketer, template):
    marketer.post(at("codes", template), {"name": "leaflets", "count": "5"})
    coupon_batches.advance(now=timezone.now(), size=2)
    batch = CouponBatch.objects.get()
    marketer.post(at("withdraw", template, batch.pk), {"reason": "wrong", **SURE})
    assert tasks.make_coupons() == 2
    batch.refresh_from_db()
    assert (batch.made, batch.done_at, batch.cleared_at is None) == (2, None, False)
    assert set(Coupon.objects.values_list("state", flat=True)) == {"withdrawn"}
    fetched = marketer.post(at("fetch", template, batch.pk), follow=True)
    assert "The codes were withdrawn." in fetched.content.decode()


def test_who_may_make_codes_may_not_withdraw_them_and_the_other_way_round(client, tree, template):
    [printed] = vouchers.brought(template, "TM001")
    batch = CouponBatch.objects.get()
    see = "campaigns.view_coupontemplate campaigns.view_coupon"
    for permission, wanted in (("make", (200, 403)), ("withdraw", (403, 200))):
        client.force_login(
            factories.staff(organization=tree["b1"], permissions=f"{see} campaigns.{permission}_coupons")
        )
        pages = at("bring", template), at("withdraw", template, batch.pk)
        assert tuple(client.get(page).status_code for page in pages) == wanted
    assert vouchers.state(printed) == "made"


def test_a_store_manager_withdraws_a_customers_coupon_and_none_that_is_nobodys(client, tree, template):
    roles.create()
    account = factories.account(channel=factories.channel(organization=tree["s1"]))
    his = vouchers.claim(template, account, now=timezone.now())
    [printed] = vouchers.brought(template, "TM001")
    client.force_login(factories.staff(organization=tree["s1"], role="store manager"))

    def withdraw(coupon):
        address = reverse("admin:campaigns_coupon_withdraw", args=[coupon.pk])
        return client.post(address, {"reason": "he asked for it"}).status_code

    assert (withdraw(his), vouchers.state(his)) == (302, "withdrawn")
    assert (withdraw(printed), vouchers.state(printed)) == (403, "made")
    assert client.get(at("withdraw", template, CouponBatch.objects.get().pk)).status_code == 403
    assert client.get(at("bring", template)).status_code == 403
