import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import AccessRecord, Membership
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db
PHONE = "+8613812341234"


@pytest.fixture
def nodes():
    return factories.tree()


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s1"], code="pos-s1", kind="pos")


@pytest.fixture
def wang(pos):
    return callers.person(channel=pos, phone=PHONE, name="王小明", external_id="card-77-001")


@pytest.mark.requirement("PLT-002")
def test_key_of_a_till_may_get_a_member_by_phone_and_nothing_else(pos, wang):
    till = callers.client(channel=pos, scopes="query")
    answer = till.get("/api/v1/members/lookup", {"phone": "138 1234 1234"})
    assert answer.status_code == 200
    assert answer.data["oneid"] == wang.oneid
    assert answer.data["profile"]["name"] == "王小明"
    assert answer.data["contacts"] == [{"kind": "phone", "masked": "138****1234"}]
    assert answer.data["found_by"] == {"kind": "phone", "namespace": "", "value": PHONE}
    for address in ("members", "organizations", "channels", "tags"):
        assert till.get(f"/api/v1/{address}").status_code == 403
    assert till.patch(f"/api/v1/members/{wang.oneid}", {"name": "X"}).status_code == 403
    assert till.post("/api/v1/records", []).status_code == 403


@pytest.mark.requirement("PLT-003")
def test_list_is_masked_and_its_pages_are_limited(pos, wang):
    browser = callers.client(channel=pos, scopes="browse")
    answer = browser.get("/api/v1/members")
    [row] = answer.data["results"]
    assert row["contacts"] == [{"kind": "phone", "masked": "138****1234"}]
    assert row["profile"]["name"] == "王**"
    assert PHONE not in answer.content.decode()
    assert "13812341234" not in answer.content.decode()
    assert browser.get("/api/v1/members", {"page_size": 101}).status_code == 400
    assert browser.get(f"/api/v1/members/{wang.oneid}").status_code == 403


@pytest.mark.requirement("PLT-005")
def test_key_of_one_store_does_not_see_the_member_of_another_and_the_brands_key_sees_both(nodes):
    shops = {code: factories.channel(organization=nodes[code], code=f"pos-{code}") for code in ("s1", "s2")}
    people = {code: callers.person(channel=shops[code], phone=f"+861381234123{code[1]}") for code in shops}
    store = callers.client(channel=shops["s1"], scopes="query")
    assert store.get(f"/api/v1/members/{people['s1'].oneid}").status_code == 200
    assert store.get(f"/api/v1/members/{people['s2'].oneid}").status_code == 404
    brand = callers.client(channel=shops["s1"], scopes="query", organization=nodes["b1"])
    assert [brand.get(f"/api/v1/members/{p.oneid}").status_code for p in people.values()] == [200, 200]


@pytest.mark.requirement("MEM-007")
def test_dealer_lists_and_reads_none_of_another_dealers_members(nodes):
    ours = factories.channel(organization=nodes["d1"])
    theirs = factories.channel(organization=nodes["s3"])  # a store of dealer d2
    mine, other = callers.person(channel=ours), callers.person(channel=theirs, phone=PHONE)
    dealer = callers.client(channel=ours, scopes="query browse")
    assert [row["oneid"] for row in dealer.get("/api/v1/members").data["results"]] == [mine.oneid]
    for address in (
        f"members/{other.oneid}",
        f"members/{other.oneid}/orders",
        f"members/{other.oneid}/events",
        f"members/{other.oneid}/memberships",
        f"members/{other.oneid}/tags",
        f"members/lookup?phone={PHONE[3:]}",
    ):
        assert dealer.get(f"/api/v1/{address}").status_code == 404, address


def test_elsewhere_and_nowhere_answer_alike(nodes, pos):
    elsewhere = callers.person(channel=factories.channel(organization=nodes["s4"]))
    till = callers.client(channel=pos, scopes="query")
    answers = [
        till.get(f"/api/v1/members/{oneid}").json() for oneid in (elsewhere.oneid, "7K2MQ4TX8B3DA", "x")
    ]
    for answer in answers:
        answer.pop("instance")
    assert answers[0] == answers[1] == answers[2]


def test_a_retired_oneid_redirects_to_the_current_one(pos, wang):
    retired = factories.account(channel=pos, member=wang).minted
    till = callers.client(channel=pos, scopes="query")
    answer = till.get(f"/api/v1/members/{retired.oneid.lower()}/orders?page_size=5")
    assert answer.status_code == 308
    assert answer["Location"] == f"/api/v1/members/{wang.oneid}/orders?page_size=5"
    assert answer.data["oneid"] == retired.oneid
    assert answer.data["current"] == wang.oneid
    assert till.get(answer["Location"]).status_code == 200


def test_a_retired_oneid_of_an_unseen_person_is_unknown(nodes, pos):
    there = factories.channel(organization=nodes["s4"])
    retired = factories.account(channel=there, member=callers.person(channel=there)).minted
    till = callers.client(channel=pos, scopes="query")
    assert till.get(f"/api/v1/members/{retired.oneid}").status_code == 404


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({}, "query"),
        ({"phone": "13812341234", "email": "a@example.com"}, "query"),
        ({"kind": "openid"}, "query"),
        ({"value": "x"}, "query"),
        ({"phone": "12"}, "value"),
        ({"email": "nobody"}, "value"),
        ({"phone": "138\x001234"}, "phone"),
        ({"kind": "openid", "value": "a\u202eb\x7f"}, "value"),
        ({"phnoe": "13812341234"}, "phnoe"),
    ],
)
def test_a_lookup_needs_exactly_one_wellformed_identifier(pos, query, place):
    answer = callers.client(channel=pos, scopes="query").get("/api/v1/members/lookup", query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert error["place"] == place
    assert error["message"]
    assert error["remedy"]


def test_the_identifier_may_come_in_the_body_and_stay_out_of_logs(pos, wang):
    till = callers.client(channel=pos, scopes="query")
    assert till.post("/api/v1/members/lookup", {"phone": PHONE}).data["oneid"] == wang.oneid
    assert till.post("/api/v1/members/lookup", [PHONE]).status_code == 400
    assert till.post("/api/v1/members/lookup", {"phone": PHONE, "scope": "browse"}).status_code == 400
    assert callers.client(channel=pos, scopes="browse").post("/api/v1/members/lookup", {}).status_code == 403


def test_an_openid_is_looked_up_in_the_callers_channel_unless_another_is_named(nodes, pos):
    account = factories.account(channel=pos)
    callers.bind(account, kind="openid", value="o6_bm", namespace="pos-s1")
    till = callers.client(channel=pos, scopes="query")
    found = {"kind": "openid", "value": "o6_bm"}
    assert till.get("/api/v1/members/lookup", found).data["oneid"] == account.member.oneid
    assert till.get("/api/v1/members/lookup", {**found, "namespace": "other"}).status_code == 404


def test_a_phone_that_several_carry_is_not_guessed(pos, wang):
    other = callers.person(channel=pos, phone=PHONE, name="Anna Li")
    answer = callers.client(channel=pos, scopes="query").get("/api/v1/members/lookup", {"phone": PHONE})
    assert answer.status_code == 409
    assert {row["oneid"] for row in answer.json()["candidates"]} == {wang.oneid, other.oneid}
    assert "A*** L*" in answer.content.decode()
    assert "Anna" not in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "status"), [("holder", 200), ("buyer", 200), ("contact", 200), ("receiver", 404)]
)
def test_receivers_are_not_found_by_the_phone_on_a_parcel(pos, role, status):
    callers.bind(factories.account(channel=pos), kind="phone", value=PHONE, role=role)
    answer = callers.client(channel=pos, scopes="query").get("/api/v1/members/lookup", {"phone": PHONE})
    assert answer.status_code == status


def test_who_holds_a_phone_goes_before_who_was_called_at_it(pos, wang):
    callers.bind(factories.account(channel=pos), kind="phone", value=PHONE, role="contact")
    answer = callers.client(channel=pos, scopes="query").get("/api/v1/members/lookup", {"phone": PHONE})
    assert answer.data["oneid"] == wang.oneid


def test_each_lookup_and_reading_is_recorded_without_what_was_searched_for(pos, wang):
    till = callers.client(channel=pos, scopes="query")
    till.get("/api/v1/members/lookup", {"phone": PHONE})
    till.get("/api/v1/members/lookup", {"phone": "+8613900000001"})
    till.get(f"/api/v1/members/{wang.oneid}")
    records = list(AccessRecord.objects.order_by("id").values_list("action", "member", "field", "details"))
    assert records == [
        ("lookup", wang.pk, "phone", {"found": 1}),
        ("lookup", None, "phone", {"found": 0}),
        ("read", wang.pk, "profile", {}),
    ]


@pytest.mark.parametrize("others", [0, 3])
def test_a_lookup_costs_three_queries_besides_its_key(pos, wang, others, django_assert_num_queries):
    callers.bind(wang.accounts.get(), kind="openid", value="o6_bm", namespace=pos.code)
    for _ in range(others):
        callers.bind(
            factories.account(channel=pos, member=wang), kind="email", value=f"a{others}@example.com"
        )
    till = callers.client(channel=pos, scopes="query")
    for asked in ({"phone": PHONE}, {"kind": "openid", "value": "o6_bm"}):
        with django_assert_num_queries(3):  # the kind, the member, the record of it
            assert till.get("/api/v1/members/lookup", asked).data["oneid"] == wang.oneid


@pytest.mark.parametrize("rows", [1, 5])
def test_a_list_costs_the_same_queries_whatever_its_length(pos, rows):
    for number in range(rows):
        callers.person(channel=pos, phone=f"+861381234000{number}")
    browser = callers.client(channel=pos, scopes="browse")
    with CaptureQueriesContext(connection) as captured:
        assert len(browser.get("/api/v1/members").data["results"]) == rows
    assert len(captured) == 1


def test_contacts_of_accounts_elsewhere_are_not_shown(nodes, pos, wang):
    there = factories.account(channel=factories.channel(organization=nodes["s4"]), member=wang)
    callers.bind(there, kind="phone", value="+8613900009999")
    answer = callers.client(channel=pos, scopes="query").get(f"/api/v1/members/{wang.oneid}")
    assert answer.data["contacts"] == [{"kind": "phone", "masked": "138****1234"}]


def test_pages_follow_one_another_and_lose_nobody(pos):
    everybody = [callers.person(channel=pos).oneid for _ in range(5)]
    browser, address, seen = callers.client(channel=pos, scopes="browse"), "/api/v1/members?page_size=2", []
    while address:
        page = browser.get(address).data
        seen += [row["oneid"] for row in page["results"]]
        address = page["next"]
    assert seen == sorted(everybody)


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzFd0", "WyIiXQ", "WzFlMzBd", "WzEsMl0", "%00", "[1]"])
def test_a_cursor_that_was_made_up_is_refused(pos, cursor):
    answer = callers.client(channel=pos, scopes="browse").get(f"/api/v1/members?cursor={cursor}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["place"] == "cursor"


def test_filters_narrow_within_what_the_key_sees(nodes, pos, wang):
    app = factories.channel(organization=nodes["s4"], code="app-s4")
    factories.account(channel=app, member=wang)
    Membership.objects.filter(account__member=wang, organization=nodes["s1"]).update(joined_at=factories.NOW)
    Membership.objects.filter(organization=nodes["s4"]).update(joined_at=factories.NOW + dt.timedelta(days=9))
    wang.profile.province = "Shandong"
    wang.profile.save()
    browser = callers.client(channel=pos, scopes="browse")

    def found(**query) -> int:
        return len(browser.get("/api/v1/members", query).data["results"])

    assert found(organization="s1") == found(channel="pos-s1") == found(province="Shandong") == 1
    assert found(joined_since="2026-01-15T00:00:00Z") == 1
    assert found(joined_since="2026-01-20T00:00:00Z") == 0  # joined s4 then, which is not the key's to know
    assert found(organization="s4") == found(channel="app-s4") == found(organization="none") == 0
    assert found(province="Hebei") == 0


def test_a_misspelt_filter_is_refused(pos, wang):
    answer = callers.client(channel=pos, scopes="browse").get("/api/v1/members?provnce=Hebei&name=Wang")
    assert answer.status_code == 400
    assert [error["place"] for error in answer.json()["errors"]] == ["provnce", "name"]
