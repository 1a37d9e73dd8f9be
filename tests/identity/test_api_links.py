import pytest

from members.models import Account, Membership
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db
RECORDS = "/api/v1/records"


def _record(channel: str, external_id: str, **identifiers: str) -> dict:
    return {
        "type": "account",
        "channel": channel,
        "external_id": external_id,
        "occurred_at": f"2026-01-0{len(external_id)}T03:04:05+08:00",
        "identifiers": [{"kind": kind, "value": value} for kind, value in identifiers.items()],
    }


@pytest.fixture
def shops():
    nodes = factories.tree()
    places = {"app": "b1", "pos-s1": "s1", "pos-s3": "s3"}
    return nodes, {code: factories.channel(organization=nodes[at], code=code) for code, at in places.items()}


@pytest.fixture
def chained(shops):
    """app-0001 –phone– pos-s3 –email– pos-s1: the store s1 meets the app only over a store of another dealer."""
    _nodes, channels = shops
    sent = [
        _record("app", "a1", phone="13812345678"),
        _record("pos-s3", "card-300003", phone="13812345678", email="wang@example.com")
        | {"occurred_at": "2026-01-05T03:04:05+08:00"},
        _record("pos-s1", "card-100001", email="wang@example.com")
        | {"occurred_at": "2026-01-06T03:04:05+08:00"},
    ]
    for record in sent:
        channel = channels[record["channel"]]
        answer = callers.client(channel=channel, scopes="ingest").post(RECORDS, [record])
        assert answer.data["verdicts"][0]["verdict"] == "accepted"
    [member] = {account.member for account in Account.objects.all()}
    return member


@pytest.mark.requirement("IDN-059")
def test_why_linked_returns_the_chain_of_shared_identifiers(shops, chained):
    nodes, channels = shops
    group = callers.client(channel=channels["app"], scopes="query", organization=nodes["g"])
    answer = group.get(f"/api/v1/members/{chained.oneid}/why-linked")
    assert answer.status_code == 200
    rows = {row["account"]["channel"]: row for row in answer.data["accounts"]}
    assert rows["app"]["chain"] == []
    assert rows["app"]["account"]["external_id"] == "a1"
    assert rows["pos-s3"]["account"]["external_id"] == "ca****03"
    numbers = {channel: row["account"]["number"] for channel, row in rows.items()}
    first, second = rows["pos-s1"]["chain"]
    assert first["identifier"] == {"kind": "phone", "masked": "138****5678", "strength": 90}
    assert {first["left"], first["right"]} == {numbers["app"], numbers["pos-s3"]}
    assert second["identifier"]["kind"] == "email"
    assert second["identifier"]["masked"] == "w***@example.com"
    assert {second["left"], second["right"]} == {numbers["pos-s3"], numbers["pos-s1"]}


def test_accounts_elsewhere_have_no_name_in_the_chain(shops, chained):
    _nodes, channels = shops
    store = callers.client(channel=channels["pos-s1"], scopes="query")
    answer = store.get(f"/api/v1/members/{chained.oneid}/why-linked")
    [row] = answer.data["accounts"]
    assert row["account"] | {"number": 0} == {"number": 0, "channel": "pos-s1", "external_id": "card-100001"}
    assert [link["identifier"]["masked"] for link in row["chain"]] == ["****", "w***@example.com"]
    assert [(other["channel"], other["external_id"]) for other in answer.data["others"]] == [(None, None)] * 2
    for secret in ("card-300003", "5678", "pos-s3", 'a1"'):
        assert secret not in answer.content.decode()


def test_a_tills_contact_is_not_shown_as_the_name_of_its_account(shops):
    _nodes, channels = shops
    till = callers.client(channel=channels["pos-s1"], scopes="ingest query")
    told = {"type": "account", "channel": "pos-s1", "occurred_at": "2026-01-02T03:04:05+08:00",
            "identifiers": [{"kind": "phone", "value": "13812345678"}]}  # fmt: skip
    assert till.post(RECORDS, [told]).data["verdicts"][0]["verdict"] == "accepted"
    oneid = till.get("/api/v1/members/lookup?phone=13812345678").data["oneid"]
    answer = till.get(f"/api/v1/members/{oneid}/why-linked")
    assert answer.data["accounts"][0]["account"]["external_id"] is None
    assert "13812345678" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("alone_on_the_server")
def test_the_feed_tells_each_move_once_and_goes_on(shops):
    _nodes, channels = shops
    app = callers.client(channel=channels["app"], scopes="ingest browse query")
    store = callers.client(channel=channels["pos-s3"], scopes="browse")
    app.post(RECORDS, [_record("app", "a", phone="13812345671"), _record("app", "aa", phone="13812345672")])
    old = app.get("/api/v1/members/lookup?phone=13812345672").data["oneid"]
    new = app.get("/api/v1/members/lookup?phone=13812345671").data["oneid"]
    start = app.get("/api/v1/members/lineage").data["next"]
    app.post(
        RECORDS, [_record("app", "aa", phone="13812345671") | {"updated_at": "2026-01-09T00:00:00+08:00"}]
    )
    page = app.get(start).data
    [row] = page["results"]
    assert (row["external_id"], row["previous"], row["current"]) == ("aa", old, new)
    assert app.get(page["next"]).data["results"] == []
    assert app.get(page["next"]).data["next"] == page["next"]
    assert store.get("/api/v1/members/lineage").data["results"] == []
    assert not Membership.objects.filter(organization__code="s3").exists()
