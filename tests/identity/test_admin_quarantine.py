import json

import pytest
from django.urls import reverse

from identity.actions import intake
from identity.models import QuarantineItem
from members.models import AccessRecord, Account, Order, Return
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.NOW
LIST = "admin:identity_quarantineitem_changelist"
STEWARD = "identity.view_quarantineitem identity.change_quarantineitem members.view_personal_data"


@pytest.fixture
def channel(tree):
    return factories.channel(organization=tree["d1"], code="tmall", kind="tmall", source_class="ecommerce")


def account(number="tb-1", **fields):
    return {
        "type": "account", "channel": "tmall", "external_id": number, "occurred_at": "2026-01-02T03:04:05+08:00",
        **fields,
    }  # fmt: skip


def take_in(*records):
    return intake.accept(records=list(records), source="test", now=NOW)


def phone(value):
    return [{"kind": "phone", "value": value}]


def url(part, item):
    return reverse(f"admin:identity_quarantineitem_{part}", args=[item.pk])


@pytest.fixture
def item(channel):
    """An order of a store that does not exist."""
    take_in(
        {
            "type": "order", "channel": "tmall", "external_id": "SO-1", "occurred_at": "2026-01-02T03:04:05+08:00",
            "identifiers": phone("13800138000"), "organization": "store-99",
            "lines": [{"line": 1, "sku": "FR-500", "quantity": "1", "unit_price": "3999.00"}],
        }
    )  # fmt: skip
    return QuarantineItem.objects.get()


@pytest.mark.requirement("IDN-056")
def test_invalid_phone_and_email_are_listed_with_their_reason(client, channel):
    take_in(
        account("tb-1", identifiers=phone("12345")),
        account("tb-2", identifiers=[{"kind": "email", "value": "a@b"}]),
    )
    client.force_login(factories.staff(superuser=True))

    page = client.get(reverse(LIST))

    places = {(item.key, item.place) for item in page.context["cl"].queryset}
    assert places == {("tb-1", "$.identifiers[0].value"), ("tb-2", "$.identifiers[0].value")}


def test_a_steward_looks_with_personal_data_masked_and_the_place_marked(client, tree, item):
    client.force_login(factories.staff(organization=tree["d1"], permissions=STEWARD))

    shown = client.get(url("change", item)).content.decode()

    assert "13800138000" not in shown
    assert "<mark>" in shown
    assert "store-99" in shown.split("<mark>")[1].split("</mark>")[0]
    assert not AccessRecord.objects.exists()


def test_opening_it_in_full_is_recorded_with_the_reason(client, tree, item):
    user = factories.staff(organization=tree["d1"], permissions=STEWARD)
    client.force_login(user)

    shown = client.post(url("open", item), {"reason": "wrong store"}).content.decode()

    assert "13800138000" in shown
    record = AccessRecord.objects.get()
    assert (record.user, record.field, record.reason) == (user, "quarantine", "wrong store")
    assert record.details == {"id": item.pk}


def test_opening_needs_the_permission(client, tree, item):
    client.force_login(
        factories.staff(
            organization=tree["d1"], permissions="identity.view_quarantineitem identity.change_quarantineitem"
        )
    )

    assert client.post(url("open", item), {"reason": "wrong store"}).status_code == 403
    assert url("open", item) not in client.get(url("change", item)).content.decode()


def test_a_corrected_record_is_taken_in(client, tree, item):
    user = factories.staff(organization=tree["d1"], permissions=STEWARD)
    client.force_login(user)
    raw = json.loads(item.raw) | {"organization": tree["s1"].code}

    client.post(url("retry", item), {"raw": json.dumps(raw)})

    item.refresh_from_db()
    assert (item.state, item.decided_by) == ("retried", user)
    assert Order.objects.get().organization == tree["s1"]


def test_what_is_still_wrong_is_said_and_the_text_is_kept(client, tree, item):
    client.force_login(factories.staff(organization=tree["d1"], permissions=STEWARD))

    for raw in (json.dumps(json.loads(item.raw) | {"organization": "store-98"}), "{not json"):
        answer = client.post(url("retry", item), {"raw": raw})
        assert "still kept out" in answer.content.decode()
        assert answer.context["raw"] == raw
    item.refresh_from_db()
    assert item.state == "open"


def test_a_discarded_record_keeps_who_and_why(client, tree, item):
    user = factories.staff(organization=tree["d1"], permissions=STEWARD)
    client.force_login(user)

    client.post(url("discard", item), {"reason": ""})
    item.refresh_from_db()
    assert item.state == "open"
    client.post(url("discard", item), {"reason": "a test of the sender"})
    item.refresh_from_db()
    assert (item.state, item.decided_by, item.note) == ("discarded", user, "a test of the sender")


def test_many_are_retried_at_once_after_the_cause_was_mended(client, tree, item):
    factories.organization(code="store-99", kind="store", parent=tree["d1"])
    client.force_login(factories.staff(organization=tree["d1"], permissions=STEWARD))

    answer = client.post(
        reverse(LIST), {"action": "retry_selected", "_selected_action": [item.pk]}, follow=True
    )

    assert "1 record was taken in" in answer.content.decode()
    assert Order.objects.get().organization.code == "store-99"


def test_another_dealer_sees_nothing_of_it(client, tree, item):
    client.force_login(factories.staff(organization=tree["d2"], permissions=STEWARD))

    page = client.get(reverse(LIST))
    assert not page.context["cl"].queryset
    assert "badge" not in str(page.context["sidebar_navigation"][1]["items"])
    for part in ("change", "retry", "open", "discard"):
        send = client.get if part == "change" else client.post
        assert send(url(part, item)).status_code == 404


def test_looking_alone_decides_nothing(client, tree, item):
    client.force_login(factories.staff(organization=tree["d1"], permissions="identity.view_quarantineitem"))

    for part in ("retry", "open", "discard"):
        assert client.post(url(part, item), {"reason": "x", "raw": item.raw}).status_code == 403


def test_a_return_before_its_order_is_seen_waiting(client, tree, channel):
    take_in(
        {
            "type": "return", "channel": "tmall", "external_id": "RT-1", "order": "SO-7",
            "occurred_at": "2026-01-02T03:04:05+08:00", "lines": [{"line": 1, "quantity": "1", "refund": "10.00"}],
        }
    )  # fmt: skip
    assert Return.objects.waiting().count() == 1
    client.force_login(factories.staff(organization=tree["d1"], permissions="identity.view_intakerecord"))

    shown = client.get(reverse("admin:identity_waiting")).content.decode()

    assert "RT-1" in shown
    assert "SO-7" in shown
    client.force_login(factories.staff(organization=tree["d2"], permissions="identity.view_intakerecord"))
    assert "RT-1" not in client.get(reverse("admin:identity_waiting")).content.decode()
    assert not Account.objects.exists()


def test_the_list_quotes_no_value_and_no_account(client, channel):
    take_in(account("o6_bmjrPTlm6_2sgVt7hMZOPfL2M", identifiers=phone("138001380001380")))
    client.force_login(factories.staff(superuser=True))
    item = QuarantineItem.objects.get()

    shown = client.get(reverse(LIST)).content.decode() + client.get(url("change", item)).content.decode()

    assert "138001380001380" in item.message
    assert "138001380001380" not in shown
    assert "o6_bmjrPTlm6_2sgVt7hMZOPfL2M" not in shown
    assert "telephone" in shown
