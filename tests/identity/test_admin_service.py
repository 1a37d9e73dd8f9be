"""The service desk of dealer B: goods of dealer A, their warranty, a ticket; and never whose they are."""

import pytest
from django.urls import reverse

from members.models import AccessRecord, Membership, Ticket
from tests import factories, pages
from tests.members import goods

pytestmark = pytest.mark.django_db
DESK = "members.add_ticket members.view_ticket members.change_ticket members.view_member"
PHONE = "+8613812340001"


@pytest.fixture
def nodes():
    return factories.tree()


@pytest.fixture
def owner(nodes):
    return goods.sold_at_dealer_a(nodes, phone=PHONE)


@pytest.fixture
def desk(client, nodes):
    client.force_login(factories.staff(organization=nodes["d2"], permissions=DESK))
    return client


def look_up(client, asked):
    return client.post(reverse("admin:service_desk"), {"asked": asked})


def open_ticket(client, answer, **fields):
    sent = {name: values[-1] for name, values in pages.fields(answer).items() if name != "asked"}
    return client.post(reverse("admin:service_ticket"), sent | {"text": "It hums."} | fields, follow=True)


@pytest.mark.requirement("MEM-012")
@pytest.mark.parametrize("asked", ["F1", "138 1234 0001"])
def test_a_technician_of_dealer_b_opens_a_ticket(desk, owner, nodes, asked):
    found = look_up(desk, asked)
    said = found.content.decode()
    assert "under warranty" in said
    assert "Two years of warranty" in said
    page = open_ticket(desk, found).content.decode()
    for secret in ("王小明", owner.oneid, "13812340001", "a-77"):
        assert secret not in said + page
    assert "the customer stays theirs" in page
    ticket = Ticket.objects.get()
    assert (ticket.serial, ticket.organization, ticket.account.member) == ("F1", nodes["d2"], owner)
    assert not Membership.objects.filter(organization__path__startswith=nodes["d2"].path).exists()
    listed = desk.get(reverse("admin:members_member_changelist")).content.decode()
    assert owner.oneid[:4] not in listed
    record = AccessRecord.objects.get(action="service")
    assert (record.member, record.details) == (owner, {"found": 1})


def test_pressing_twice_opens_one_ticket(desk, owner):
    found = look_up(desk, "F1")
    assert open_ticket(desk, found).redirect_chain == open_ticket(desk, found).redirect_chain
    assert Ticket.objects.count() == 1
    assert "used for another ticket" in open_ticket(desk, found, text="It leaks.").content.decode()
    assert Ticket.objects.count() == 1


def test_what_is_not_there_is_said(desk, owner):
    for asked in ("F404", "+86 139 0000 0000", "nonsense"):
        assert "Nothing was found" in look_up(desk, asked).content.decode()
    assert "not opened" in open_ticket(desk, look_up(desk, "F1"), organization="0").content.decode()
    gone = open_ticket(desk, look_up(desk, "F1"), serial="F404")
    assert "Nobody is known" in gone.content.decode()
    assert not Ticket.objects.exists()


def test_who_knows_the_customer_has_a_link_to_him(client, owner, nodes):
    client.force_login(factories.staff(organization=nodes["d1"], permissions=DESK))
    found = look_up(client, "F1")
    assert reverse("admin:members_member_change", args=[owner.oneid]) in found.content.decode()
    page = open_ticket(client, found, organization=nodes["s1"].pk).content.decode()
    assert reverse("admin:members_member_change", args=[owner.oneid]) in page


@pytest.mark.parametrize("asked", [{}, {"organization": "d2"}])
def test_the_desk_takes_the_permission_and_a_place(client, nodes, asked):
    place = {"organization": nodes["d2"], "permissions": "members.view_ticket"}
    client.force_login(factories.staff(**place if asked else {"permissions": DESK}))
    assert client.get(reverse("admin:service_desk")).status_code == 403
    assert client.post(reverse("admin:service_ticket")).status_code == 403


def do(client, ticket, verb, **fields):
    return client.post(reverse("admin:members_ticket_do", args=[ticket.pk, verb]), fields, follow=True)


def test_a_ticket_is_moved_on_by_buttons(desk, owner, nodes):
    open_ticket(desk, look_up(desk, "F1"))
    ticket = Ticket.objects.get()
    assert "needs it to be dispatched" in do(desk, ticket, "done").content.decode()
    assert "is dispatched" in do(desk, ticket, "dispatch", organization=nodes["s3"].pk).content.decode()
    assert "is done" in do(desk, ticket, "done").content.decode()
    ticket.refresh_from_db()
    assert (ticket.state, ticket.organization) == ("done", nodes["s3"])
    assert "What happens" not in do(desk, ticket, "cancel", reason="late").content.decode()


def test_a_ticket_of_others_is_not_there(desk, client, owner, nodes):
    open_ticket(desk, look_up(desk, "F1"))
    ticket = Ticket.objects.get()
    assert do(desk, ticket, "dispatch", organization=nodes["d1"].pk).status_code == 200
    ticket.refresh_from_db()
    assert ticket.state == "filed"
    client.force_login(factories.staff(organization=nodes["d1"], permissions=DESK))
    assert do(client, ticket, "done").status_code == 404
    client.force_login(factories.staff(organization=nodes["d2"], permissions="members.view_ticket"))
    assert do(client, ticket, "cancel", reason="x").status_code == 403


def test_tickets_stand_on_the_members_page(client, owner, nodes):
    client.force_login(factories.staff(superuser=True))
    open_ticket(client, look_up(client, "F1"))
    url = reverse("admin:members_member_change", args=[owner.oneid])
    page = client.get(url, {"tab": "rights"}).content.decode()
    assert Ticket.objects.get().external_id in page
