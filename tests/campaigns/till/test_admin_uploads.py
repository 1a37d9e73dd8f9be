"""Staff see what tills did without a line and could not be taken in, of their stores, and try it again or set it aside."""

import pytest
from django.urls import reverse

from campaigns.models import UploadedItem
from config import roles
from members.models import AccessRecord
from tests import factories
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import offline, selling
from tests.campaigns.till.offline import back, fetched, sale, upload
from tests.campaigns.till.pricing import clock, till

pytestmark = pytest.mark.django_db
LIST = "admin:campaigns_uploadeditem_changelist"
PAGE = "admin:campaigns_uploadeditem_change"


@pytest.fixture
def cashier(nodes, monkeypatch):
    clock(monkeypatch, NOW)
    offering.published(
        organization=nodes["g"], code="SUMMER", offers=(off() | {"limits": {"per_campaign": 1}},)
    )
    pos = factories.channel(organization=nodes["s1"], code="pos", kind="pos")
    return till(pos, organization=nodes["g"])


@pytest.fixture
def told(cashier):
    """One that was taken in, one that differs, one that waits, one that is refused."""
    bundle = fetched(cashier)
    upload(
        cashier,
        sale(bundle),
        sale(bundle, order="N2"),
        back("N3"),
        offline.raw(sale(bundle, order="N4"), digest="x"),
    )
    return {each.number: each for each in UploadedItem.objects.all()}


@pytest.fixture
def staff(client):
    roles.create()

    def login(role: str, node):
        client.force_login(factories.staff(role=role, organization=node))
        return client

    return login


def shown(client, **asked) -> list[str]:
    answer = client.get(reverse(LIST), asked)
    assert answer.status_code == 200
    return sorted(each.number for each in answer.context["cl"].result_list)


def test_what_is_open_is_shown_first(staff, nodes, told):
    manager = staff("store manager", nodes["s1"])
    assert shown(manager) == ["N3", "N4"]
    assert shown(manager, state="all") == ["N1", "N2", "N3", "N4"]
    assert shown(manager, state="corrected") == ["N2"]
    assert shown(manager, state="all", q="N2") == ["N2"]


def test_each_sees_his_own_stores_only(staff, nodes, told, cashier):
    upload(cashier, {"key": "nowhere", "kind": "sale", "store": "unheard-of"})
    assert shown(staff("store manager", nodes["s4"])) == []
    page = staff("store manager", nodes["s4"]).get(reverse(PAGE, args=[told["N3"].pk]))
    assert page.status_code == 404
    assert len(shown(staff("administrator", nodes["g"]))) == 3


def test_a_page_says_what_became_of_it(staff, nodes, told):
    manager = staff("store manager", nodes["s1"])
    text = manager.get(reverse(PAGE, args=[told["N2"].pk])).content.decode()
    assert "50.00 are the store&#x27;s: SUMMER-1 was used up meanwhile." in text
    assert "50.00 CNY" in text
    assert "Try again" not in text
    text = manager.get(reverse(PAGE, args=[told["N4"].pk])).content.decode()
    assert "the digest is of another quote" in text
    assert "250.00 CNY" in text
    assert "Try again" in text


def test_it_is_tried_again(staff, nodes, told, cashier):
    manager = staff("store manager", nodes["s1"])
    again = reverse("admin:campaigns_uploadeditem_retry", args=[told["N3"].pk])
    assert "It waits for the sale N3" in manager.post(again, follow=True).content.decode()
    selling.sell(cashier, "300.00", cash="300.00", number="N3")
    assert "It was taken in." in manager.post(again, follow=True).content.decode()
    assert "It is decided already." in manager.post(again, follow=True).content.decode()
    assert shown(manager) == ["N4"]


def test_several_are_tried_again(staff, nodes, told):
    manager = staff("store manager", nodes["s1"])
    body = {"action": "retry_selected", "_selected_action": [told["N3"].pk, told["N4"].pk]}
    text = manager.post(reverse(LIST), body, follow=True).content.decode()
    assert "0 items were taken in, 2 are still kept out." in text


def test_it_is_set_aside_with_a_word(staff, nodes, told):
    manager = staff("store manager", nodes["s1"])
    aside = reverse("admin:campaigns_uploadeditem_set-aside", args=[told["N4"].pk])
    assert "Say how it was settled." in manager.post(aside, {"reason": ""}, follow=True).content.decode()
    text = manager.post(aside, {"reason": "booked by hand"}, follow=True).content.decode()
    assert "booked by hand" in text
    assert shown(manager) == ["N3"]


@pytest.mark.parametrize(("role", "sees"), [("marketer", True), ("auditor", True), ("steward", False)])
def test_others_only_look(staff, nodes, told, role, sees):
    client = staff(role, nodes["g"])
    assert client.get(reverse(LIST)).status_code == (200 if sees else 403)
    again = reverse("admin:campaigns_uploadeditem_retry", args=[told["N3"].pk])
    assert client.post(again).status_code == 403


def test_what_was_sent_is_shown_in_full_to_whoever_says_why(staff, nodes, told, cashier):
    upload(cashier, {"key": "odd", "store": "s1", "phone": "13800138000"})
    item = UploadedItem.objects.get(key="odd")
    page, opened = (reverse(name, args=[item.pk]) for name in (PAGE, "admin:campaigns_uploadeditem_open"))
    auditor = staff("auditor", nodes["g"])
    assert "13800138000" not in auditor.get(page).content.decode()
    assert auditor.post(opened, {"reason": "because"}).status_code == 403
    assert staff("store manager", nodes["s4"]).post(opened, {"reason": "because"}).status_code == 403
    manager = staff("store manager", nodes["s1"])
    assert "13800138000" not in manager.get(page).content.decode()
    assert "13800138000" not in manager.post(opened, {"reason": " "}, follow=True).content.decode()
    assert not AccessRecord.objects.filter(action="open").exists()
    assert "13800138000" in manager.post(opened, {"reason": "the till asks what it sent"}).content.decode()
    record = AccessRecord.objects.get(action="open")
    assert (record.field, record.details, record.reason) == (
        "upload", {"id": item.pk}, "the till asks what it sent",
    )  # fmt: skip
