import concurrent.futures
import copy

import pytest
from django.db import connection

from identity.models import IntakeRecord
from members.models import Account, Event, Member, Order, Return
from tests import factories
from tests.api import callers

ADDRESS = "/api/v1/records"
AT = "2026-01-02T03:04:05+08:00"
ACCOUNT = {
    "type": "account",
    "channel": "pos-s1",
    "external_id": "card-77",
    "occurred_at": AT,
    "identifiers": [{"kind": "phone", "value": "138 1234 5678"}],
    "profile": {"name": "王小明"},
}
ORDER = {
    "type": "order",
    "channel": "pos-s1",
    "external_id": "SO-1",
    "account": "card-77",
    "organization": "s1",
    "occurred_at": AT,
    "status": "paid",
    "currency": "CNY",
    "lines": [{"line": 1, "sku": "FR-500", "quantity": "1", "unit_price": "3999.00", "discount": "200.00"}],
}
RETURN = {
    "type": "return",
    "channel": "pos-s1",
    "external_id": "RT-1",
    "order": "SO-1",
    "occurred_at": "2026-01-03T03:04:05+08:00",
    "lines": [{"line": 1, "quantity": "1", "refund": "3799.00"}],
}
EVENT = {
    "type": "event",
    "channel": "pos-s1",
    "account": "card-77",
    "name": "visit",
    "occurred_at": AT,
    "properties": {"door": "north"},
}


@pytest.fixture
def nodes(db):
    return factories.tree()


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s1"], code="pos-s1", kind="pos")


@pytest.fixture
def till(pos):
    return callers.client(channel=pos, scopes="ingest")


def _counts() -> list[int]:
    """Rows of the facts. (The log may also hold our own events about what intake did: once each as well.)"""
    return [model.objects.count() for model in (Account, Member, Order, Return, Event, IntakeRecord)]


def _verdicts(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [verdict["verdict"] for verdict in answer.data["verdicts"]]


@pytest.mark.requirement("IDN-055")
def test_replaying_a_delivery_changes_no_counts(till):
    records = [ACCOUNT, ORDER, RETURN, EVENT]
    assert _verdicts(till.post(ADDRESS, records)) == ["accepted"] * 4
    before = _counts()
    again = till.post(ADDRESS, {"records": records})
    assert _verdicts(again) == ["duplicate"] * 4
    assert again.data["counts"] == {"duplicate": 4}
    assert _verdicts(till.post(ADDRESS, records[::-1])) == ["duplicate"] * 4
    assert _counts() == before


def test_the_same_record_twice_in_one_delivery_is_kept_once(till):
    assert sorted(_verdicts(till.post(ADDRESS, [ACCOUNT, ACCOUNT]))) == ["accepted", "duplicate"]
    assert Account.objects.count() == 1


def test_verdicts_stand_in_the_order_sent_whoever_gives_them(till):
    foreign = {**ACCOUNT, "channel": "tmall"}
    broken = {**ACCOUNT, "external_id": "card-78", "occurred_at": "yesterday"}
    answer = till.post(ADDRESS, [foreign, ACCOUNT, 5, broken, ORDER])
    assert _verdicts(answer) == ["rejected", "accepted", "rejected", "quarantined", "accepted"]


def test_a_key_sends_for_its_own_channel_only_and_the_refusal_names_it(nodes, till):
    factories.channel(organization=nodes["s1"], code="tmall")
    answer = till.post(ADDRESS, [{**ACCOUNT, "channel": "tmall"}])
    [verdict] = answer.data["verdicts"]
    assert (verdict["verdict"], verdict["channel"]) == ("rejected", "tmall")
    [problem] = verdict["problems"]
    assert (problem["code"], problem["place"], problem["value"]) == ("channel.foreign", "$.channel", "tmall")
    assert "pos-s1" in problem["message"]
    assert problem["remedy"]
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({**ORDER, "organization": "s2"}, "$.organization"),
        ({**ORDER, "organization": " s2 "}, "$.organization"),
        ({**ORDER, "organization": 12}, "$.organization"),
        ({**ACCOUNT, "membership": {"organization": "b2"}}, "$.membership.organization"),
        (
            {**ACCOUNT, "membership": [{"organization": "s1"}, {"organization": "g"}]},
            "$.membership[1].organization",
        ),
    ],
)
def test_a_key_states_nothing_about_organizations_beyond_its_node(nodes, till, record, place):
    factories.organization(code="12", kind="brand", parent=nodes["g"])
    [verdict] = till.post(ADDRESS, [record]).data["verdicts"]
    assert verdict["verdict"] == "rejected"
    assert verdict["problems"][0]["place"] == place


def test_a_record_about_a_store_that_is_not_entered_yet_is_kept_aside(till):
    [verdict] = till.post(ADDRESS, [{**ORDER, "organization": "s99"}]).data["verdicts"]
    assert (verdict["verdict"], verdict["problems"][0]["code"]) == ("quarantined", "organization.unknown")


def test_a_stores_key_of_a_wider_channel_names_the_store(nodes):
    wide = factories.channel(organization=nodes["b1"], code="pos-s1")
    till = callers.client(channel=wide, scopes="ingest", organization=nodes["s1"])
    answer = till.post(ADDRESS, [ACCOUNT, {**ACCOUNT, "organization": "s1"}])
    assert _verdicts(answer) == ["rejected", "accepted"]
    assert answer.data["verdicts"][0]["problems"][0]["place"] == "$.organization"


def test_a_brands_key_may_name_any_of_its_stores(nodes):
    shop = factories.channel(organization=nodes["b1"], code="pos-s1")
    brand = callers.client(channel=shop, scopes="ingest")
    assert _verdicts(brand.post(ADDRESS, [{**ORDER, "organization": "s3"}])) == ["accepted"]


def test_what_waits_says_what_for_and_joins_when_it_comes(till):
    [verdict] = till.post(ADDRESS, [RETURN]).data["verdicts"]
    assert (verdict["verdict"], verdict["waiting"]) == ("accepted", "order")
    till.post(ADDRESS, [ORDER, ACCOUNT])
    assert Return.objects.get().order == Order.objects.get()
    assert Order.objects.get().account == Account.objects.get()


def test_a_dropped_value_is_listed_with_its_place_and_remedy(till):
    record = {**ACCOUNT, "identifiers": [{"kind": "phone", "value": "12"}]}
    [verdict] = till.post(ADDRESS, [record]).data["verdicts"]
    assert verdict["verdict"] == "accepted"
    [problem] = verdict["problems"]
    assert problem["place"] == "$.identifiers[0].value"
    assert problem["effect"] == "drop"
    assert problem["remedy"]


HOSTILE = ["\x00", "\u202e", "'; DROP TABLE members_member; --", "<script>", "𝕏" * 5000, 10**30, -1, 1e308, True, None,
           [], {}, [[[[[[]]]]]], {"a": {"b": "\x00"}}, [{"line": 10**30}], [{"quantity": "1e30"}]]  # fmt: skip


@pytest.mark.parametrize("field", ["type", "channel", "external_id", "occurred_at", "identifiers", "profile",
                                   "membership", "consents", "organization", "surprise"])  # fmt: skip
def test_hostile_values_get_a_verdict(till, field):
    answer = till.post(ADDRESS, [*({**ACCOUNT, field: value} for value in HOSTILE), ORDER])
    assert _verdicts(answer)[-1] == "accepted"
    assert len(answer.data["verdicts"]) == len(HOSTILE) + 1


@pytest.mark.parametrize(
    "field", ["lines", "amount", "currency", "status", "account", "coupons", "attribution"]
)
def test_hostile_orders_get_a_verdict(till, field):
    answer = till.post(ADDRESS, [*({**ORDER, "external_id": f"SO-{n}", field: value}
                                   for n, value in enumerate(HOSTILE)), ACCOUNT])  # fmt: skip
    assert _verdicts(answer)[-1] == "accepted"
    assert len(answer.data["verdicts"]) == len(HOSTILE) + 1


@pytest.mark.parametrize("name", ["order.paid", "message.sent", "identity.merged", "campaign.x"])
def test_nobody_outside_says_what_the_house_did(till, name):
    [verdict] = till.post(ADDRESS, [{**EVENT, "name": name}]).data["verdicts"]
    assert (verdict["verdict"], verdict["problems"][0]["code"]) == ("quarantined", "event.reserved")
    assert not Event.objects.filter(name=name).exists()


def test_a_deep_record_gets_a_verdict(till):
    deep: list = []
    for _ in range(400):
        deep = [deep]
    answer = till.post(ADDRESS, [{**ACCOUNT, "properties": deep}, ORDER])
    assert _verdicts(answer)[1] == "accepted"


def test_a_full_delivery_is_taken_at_once(till):
    records = [{**copy.deepcopy(ACCOUNT), "external_id": f"card-{n}", "identifiers": []} for n in range(1000)]
    assert till.post(ADDRESS, records).data["counts"] == {"accepted": 1000}
    assert Account.objects.count() == 1000


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("IDN-055")
def test_eight_tills_send_the_same_records_at_once(pos):
    secret = callers.secret(channel=pos, scopes="ingest")

    def send(_number: int) -> list[str]:
        try:
            return _verdicts(callers.with_secret(secret).post(ADDRESS, [ACCOUNT, ORDER, RETURN, EVENT]))
        finally:
            connection.close()

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    for place in range(4):
        assert sorted(answer[place] for answer in answers) == ["accepted"] + ["duplicate"] * 7
    assert [model.objects.count() for model in (Account, Member, Order, Return, IntakeRecord)] == [
        1,
        1,
        1,
        1,
        4,
    ]
    assert Event.objects.filter(name="visit").count() == 1
