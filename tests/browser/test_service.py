"""The service desk as a technician uses it."""

import pytest

from members.models import Ticket
from tests import factories
from tests.api import callers
from tests.members import goods

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_technician_looks_goods_up_and_opens_a_ticket(page, log_in):
    nodes = factories.tree()
    pos = factories.channel(organization=nodes["d1"], code="pos-a", kind="pos")
    account = callers.person(channel=pos, name="王小明").accounts.get()
    goods.appliance("F1", account=account)
    goods.warranty("F1", account=account)
    log_in(
        organization=nodes["d2"],
        permissions="members.add_ticket members.view_ticket members.change_ticket",
    )
    page.goto("/admin/service/")
    page.fill("[name=asked]", "F1")
    page.click("text=Look up")
    card = page.locator("[data-serial=F1]")
    assert "under warranty" in card.inner_text()
    assert "王**" in card.inner_text()
    card.locator("[name=text]").fill("It hums at night.")
    card.locator("text=Open a ticket").click()
    page.wait_for_selector("text=the customer stays theirs")
    assert Ticket.objects.get().text == "It hums at night."
