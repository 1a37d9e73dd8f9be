"""Returns and reviews taken in: they wait for their order, and whatever names an account waits for it."""

from decimal import Decimal

import pytest

from identity import tasks
from identity.queries import waiting
from members.models import Account, Event, Member, Order, Return, Review
from tests.identity.company import accept, account, event, order, returned, review

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]


@pytest.mark.requirement("MEM-053")
def test_a_review_has_stars_text_and_channel():
    accept(account("u1"), order("o1", "u1"), review("v1", rating=3, text="so so", sku="S1"))
    found = Review.objects.get()
    assert (found.rating, found.text, found.channel.code, found.order.external_id) == (
        3,
        "so so",
        "app",
        "o1",
    )
    assert found.account.external_id == "u1"


def test_facts_wait_visibly_and_join():
    found = accept(
        returned("r1", "o1"),
        review("v1", "o1"),
        order("o1", "u1"),
        event("page_view", "u1"),
        returned("r2", None, account="u1"),
    )
    assert [each.waiting for each in found] == ["", "", "account", "account", "account"]
    accept(returned("r9", "o9"), review("v9", "o9", account="u9"))
    assert waiting.counts() == {"order": 1, "return": 1, "review": 1, "event": 4}
    named = {(each.type, each.needs, each.named) for each in waiting.rows()}
    assert {("order", "account", "u1"), ("return", "order", "o9"), ("review", "account", "u9")} <= named
    accept(account("u1", phone="13800138000"))
    who = Account.objects.get(external_id="u1")
    assert Order.objects.get().account == who
    assert {each.account for each in Return.objects.exclude(external_id="r9")} == {who}
    assert Review.objects.get(external_id="v1").account == who
    assert Event.objects.get(name="page_view").account == who
    assert who.events.filter(name="account.joined").count() == 1
    assert who.member.features.amount == 100 - 200
    accept(order("o9", "u1"))
    assert Return.objects.get(external_id="r9").account == who


def test_nothing_is_left_waiting_on_a_healthy_day():
    accept(order("o1", "u1"), returned("r1", "o2"))
    assert tasks.join_waiting() == 0
    assert waiting.counts()["order"] == waiting.counts()["return"] == 1


def test_who_loses_a_return_to_its_order_loses_its_amount():
    accept(account("a"), returned("r1", "o1", account="a"))
    features = {m.pk: m.features.amount for m in Member.objects.active() if hasattr(m, "features")}
    assert list(features.values()) == [Decimal(-100)]
    accept(account("b"), order("o1", "b"))
    owners = Account.objects.in_bulk(field_name="pk")
    amounts = {each.external_id: getattr(each.member, "features", None) for each in owners.values()}
    assert amounts["a"] is None
    assert amounts["b"].amount == 0
