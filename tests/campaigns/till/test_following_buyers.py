"""What is derived of a buyer follows the sale: the reader of the log does it, for any number of sales at once."""

import pytest

from campaigns.actions.till import following
from members.actions import profiles
from members.models import Event, EventCursor, MemberFeatures
from tests.campaigns.offering import NOW
from tests.campaigns.till.rewards import ARTICLE, giving, published, sold
from tests.campaigns.till.selling import sell

pytestmark = pytest.mark.django_db(transaction=True)


def features():
    return list(MemberFeatures.objects.values_list("order_count", "amount", "order_count_365d"))


def test_what_is_known_of_a_buyer_follows_the_sales_and_counts_no_gift(cashier, nodes, account):
    published(nodes["g"], giving(ARTICLE))
    sold(cashier, account=account)
    sell(cashier, "20.00", number="N2", cash="20.00", oneid=account.member.oneid)
    sell(cashier, "5.00", number="N3", cash="5.00")
    assert features() == []
    while following.follow(now=NOW):
        pass
    assert features() == [(2, 320, 2)]
    EventCursor.objects.update(tx=0, event_id=0)
    while following.follow(now=NOW):
        pass
    profiles.refresh(members=[account.member_id], now=NOW)
    assert features() == [(2, 320, 2)]


def test_only_what_a_till_sold_is_derived_by_its_reader(cashier, account, pos, monkeypatch):
    """Whoever takes in orders of others derives by himself what follows."""
    derived = []
    monkeypatch.setattr(profiles, "derive", lambda **told: derived.append(told["traded"]))
    told = {"order": "E1", "status": "paid", "amount": "9.00"}
    Event.objects.create(name="order.paid", account=account, channel=pos, occurred_at=NOW, properties=told)
    while following.follow(now=NOW):
        pass
    assert derived == []
    sell(cashier, "20.00", number="N2", cash="20.00", oneid=account.member.oneid)
    while following.follow(now=NOW):
        pass
    assert derived == [{account.pk}]
