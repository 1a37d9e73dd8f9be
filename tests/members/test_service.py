"""Dealer B serves what dealer A sold, and comes to know nobody by it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import AccessRecord, Event, MemberProfile, Membership, Ticket
from members.queries import scopes, service
from tests import factories
from tests.api import callers
from tests.factories import NOW
from tests.members import goods
from tests.members.goods import DAY

pytestmark = pytest.mark.django_db
GOODS, TICKETS = "/api/v1/service/goods", "/api/v1/service/tickets"
PHONE = "+8613812340001"


@pytest.fixture
def owner(nodes):
    """Bought the refrigerator F1 at dealer A (d1), with a warranty."""
    return goods.sold_at_dealer_a(nodes, phone=PHONE)


@pytest.fixture
def pos_b(nodes):
    return factories.channel(organization=nodes["d2"], code="pos-b", kind="pos")


@pytest.fixture
def desk(pos_b):
    return callers.client(channel=pos_b, scopes="edit browse query")


def list_of(node):
    return set(scopes.members(reach=scopes.of_node(node)))


def file(desk, **fields):
    return desk.post(
        TICKETS, {"number": "B-1", "kind": "repair", "serial": "F1", "text": "It hums."} | fields
    )


def step(desk, ticket, verb, **fields):
    return desk.post(f"{TICKETS}/{ticket}/{verb}", fields)


@pytest.mark.requirement("MEM-012")
def test_dealer_b_repairs_what_dealer_a_sold(desk, owner, nodes):
    before = list_of(nodes["d2"])
    for asked in ({"serial": "F1"}, {"phone": "138 1234 0001"}):
        [found] = desk.post(GOODS, asked).data["goods"]
        assert (found["serial"], found["is_covered"], found["warranties"][0]["state"]) == (
            "F1",
            True,
            "valid",
        )
    ticket = file(desk)
    assert (ticket.status_code, ticket.data["state"], ticket.data["organization"]) == (201, "filed", "d2")
    assert list_of(nodes["d2"]) == before == set()
    assert desk.get("/api/v1/members").data["results"] == []
    assert desk.get(f"/api/v1/members/{owner.oneid}").status_code == 404
    assert not Membership.objects.filter(organization__path__startswith=nodes["d2"].path).exists()
    assert Ticket.objects.get().account.member == owner


def test_nothing_of_the_customer_is_told(desk, owner):
    told = [
        desk.post(GOODS, {"serial": "F1"}),
        desk.post(GOODS, {"phone": PHONE}),
        file(desk),
        desk.get(TICKETS),
    ]
    for answer in told:
        said = answer.content.decode()
        assert "王**" in said
        for secret in ("王小明", owner.oneid, "13812340001", "a-77"):
            assert secret not in said


def test_by_telephone_only_goods_under_warranty_are_found(desk, owner):
    account = owner.accounts.get()
    goods.appliance("OLD", account=account)
    goods.warranty("OLD", account=account, until=NOW - DAY)
    goods.appliance("BARE", account=account)
    goods.appliance("TAKEN", account=account)
    goods.warranty("TAKEN", account=account, revoked_at=NOW, reason="returned")
    assert [each["serial"] for each in desk.post(GOODS, {"phone": PHONE}).data["goods"]] == ["F1"]
    [old] = desk.post(GOODS, {"serial": "OLD"}).data["goods"]
    assert (old["is_covered"], old["warranties"][0]["state"]) == (False, "expired")
    assert desk.post(GOODS, {"serial": "TAKEN"}).data["goods"][0]["warranties"] == []


def test_by_serial_number_nothing_else_of_the_owner_is_found(desk, owner):
    goods.appliance("F2", account=owner.accounts.get())
    assert [each["serial"] for each in desk.post(GOODS, {"serial": "F1"}).data["goods"]] == ["F1"]


def test_whoever_connected_it_owns_it(owner, nodes):
    other = factories.account(channel=factories.channel(organization=nodes["b2"]))
    MemberProfile.objects.create(member=other.member, name="Li", account_count=1)
    goods.appliance("F9", account=owner.accounts.get(), bound_account=other, bound_at=NOW)
    assert service.by_serial(serial="F9", node=nodes["s4"], now=NOW).member == other.member_id
    assert [
        each.serial for each in service.of_members(members=[other.member_id], node=nodes["g"], now=NOW)
    ] == []


def test_a_warranty_that_begins_later_is_not_valid_yet(owner, nodes):
    goods.appliance("F3", account=owner.accounts.get())
    goods.warranty("F3", account=owner.accounts.get(), valid_from=NOW + DAY)
    found = service.by_serial(serial="F3", node=nodes["d2"], now=NOW)
    assert ([each.state for each in found.warranties], found.is_covered) == (["waiting"], False)


def test_another_group_finds_nothing(owner):
    stranger = factories.organization(code="other-group")
    assert service.by_serial(serial="F1", node=stranger, now=NOW) is None
    assert service.of_members(members=[owner.pk], node=stranger, now=NOW) == []


def test_each_look_up_is_on_record_without_what_was_searched(desk, owner):
    for asked in ({"serial": "F1"}, {"serial": "F404"}, {"phone": PHONE}):
        desk.post(GOODS, asked)
    records = AccessRecord.objects.filter(action="service").order_by("pk")
    assert [(each.field, each.member, each.details) for each in records] == [
        ("serial", owner, {"found": 1}), ("serial", None, {"found": 0}), ("phone", owner, {"found": 1}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked", [{}, {"serial": "F1", "phone": PHONE}, {"name": "王小明"}, {"phone": "abc"}]
)
def test_what_cannot_be_looked_up_is_said(desk, owner, asked):
    answer = desk.post(GOODS, asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["remedy"]


def test_a_ticket_of_an_unknown_serial_number_is_refused(desk, owner):
    answer = file(desk, serial="F404")
    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (400, "serial")
    assert not Ticket.objects.exists()


def test_a_ticket_of_a_member_of_another_dealer_is_refused_by_oneid(desk, owner):
    assert file(desk, oneid=owner.oneid).status_code == 404
    assert file(desk, serial="").status_code == 400


@pytest.mark.requirement("MEM-041")
def test_the_mini_program_files_a_ticket_and_keeps_the_rating(nodes, pos_b):
    mini = factories.channel(organization=nodes["b1"], code="mini", kind="mini_program")
    member = callers.person(channel=mini, name="Li")
    phone = callers.client(channel=mini, scopes="edit query")
    ticket = file(phone, oneid=member.oneid, serial="").data["id"]
    assert step(phone, ticket, "dispatch", organization="d2").data["state"] == "dispatched"
    served = callers.client(channel=pos_b, scopes="edit")
    assert [each["id"] for each in served.get(TICKETS, {"state": "dispatched"}).data["results"]] == [ticket]
    assert step(served, ticket, "done").data["state"] == "done"
    assert step(phone, ticket, "rate", rating=5).data["rating"] == 5
    assert Ticket.objects.get().rating == 5
    assert Event.objects.filter(account__member=member, name="ticket.rated").get().channel == mini
    whole = phone.get(f"/api/v1/members/{member.oneid}/360").json()
    assert [(each["state"], each["rating"]) for each in whole["tickets"]] == [("done", 5)]
    steps = [each["name"] for each in whole["timeline"]]
    assert steps == ["ticket.rated", "ticket.done", "ticket.dispatched", "ticket.filed"]


def test_a_retry_answers_the_same_and_another_content_is_refused(desk, owner):
    assert file(desk).data == file(desk).data
    again = file(desk, text="It leaks.")
    assert (again.status_code, again.json()["type"]) == (409, "urn:ninefold:problem:number-reused")
    assert Ticket.objects.count() == 1


def test_a_step_that_the_state_forbids_says_so(desk, owner):
    ticket = file(desk).data["id"]
    early = step(desk, ticket, "rate", rating=5)
    assert (early.status_code, early.json()["type"]) == (409, "urn:ninefold:problem:not-now")
    assert "needs it to be done" in early.json()["detail"]
    assert step(desk, ticket, "rate").status_code == 400
    assert step(desk, ticket, "rate", rating=6).status_code == 400
    assert step(desk, ticket, "cancel").status_code == 409
    assert step(desk, ticket, "cancel", reason="solved").data["state"] == "cancelled"
    assert step(desk, ticket, "explode").status_code == 404


def test_tickets_of_others_do_not_exist(desk, owner, nodes):
    ticket = file(desk).data["id"]
    other = callers.client(channel=factories.channel(organization=nodes["d1"]), scopes="edit query")
    assert other.get(TICKETS).data["results"] == []
    assert other.get(f"{TICKETS}/{ticket}").status_code == 404
    assert step(other, ticket, "done").status_code == 404
    assert step(desk, ticket, "dispatch", organization="d1").status_code == 400


def test_service_takes_the_scope_edit(nodes, owner, pos_b):
    query = callers.client(channel=pos_b, scopes="query browse ingest")
    assert [query.post(GOODS, {"serial": "F1"}).status_code, query.get(TICKETS).status_code] == [403, 403]


def test_a_ticket_of_a_retired_oneid_names_the_current_one(owner):
    channel = owner.accounts.get().channel
    retired = factories.account(channel=channel, member=owner).minted
    asked = {"number": "T-1", "kind": "care", "oneid": retired.oneid}
    refused = callers.client(channel=channel, scopes="edit").post(TICKETS, asked)
    assert refused.status_code == 400
    assert owner.oneid in refused.data["errors"][0]["message"]


def test_the_queries_of_a_list_do_not_grow(desk, owner):
    counts = []
    for number in range(1, 4):
        file(desk, number=f"B-{number}")
        with CaptureQueriesContext(connection) as seen:
            assert len(desk.get(TICKETS).data["results"]) == number
        counts.append(len(seen))
    assert counts[0] == counts[2]
