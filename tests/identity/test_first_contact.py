"""The first touch: the earliest fact of the person, whatever comes later, through merges and undone merges."""

import pytest

from identity.actions import oneid, verdicts
from identity.queries import first_contact
from members.models import Account, Member
from tests import factories
from tests.identity.company import NOW, accept, account, day, event, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]
PHONE = "13800138001"


def member(name):
    return Account.objects.get(external_id=name).member


def first(name):
    found = first_contact.of(member=member(name))
    return found.platform.code, found.at.isoformat()


@pytest.mark.requirement("IDN-104")
def test_it_is_never_overwritten_and_after_a_merge_the_earlier_one_wins():
    accept(account("t", channel="tmall", on=3))
    accept(account("a", on=5))
    accept(
        account("t", channel="tmall", on=9, profile={"city": "Jinan"}),
        order("o9", "t", channel="tmall", on=9),
    )
    assert (first("t"), first("a")) == (("tmall", day(3)), ("app", day(5)))

    accept(account("t", channel="tmall", on=10, phone=PHONE), account("a", on=10, phone=PHONE))
    assert member("t") == member("a")
    assert first("a") == ("tmall", day(3))

    verdicts.not_same(
        left=[Account.objects.get(external_id="t").pk], right=[Account.objects.get(external_id="a").pk],
        by=factories.staff(), now=NOW,
    )  # fmt: skip
    assert (first("t"), first("a")) == (("tmall", day(3)), ("app", day(5)))


def test_an_event_or_an_order_before_the_account_counts():
    accept(event("page_view", "x", channel="ad", on=1))
    accept(order("o2", "y", channel="pos", on=2))
    accept(account("x", channel="ad", on=4), account("y", channel="pos", on=4))
    assert (first("x"), first("y")) == (("ad", day(1)), ("pos", day(2)))


def test_whatever_the_order_of_arrival_and_after_a_rebuild():
    records = [account("a", on=5, phone=PHONE), account("t", channel="tmall", on=3, phone=PHONE)]
    accept(*reversed(records))
    assert first("a") == ("tmall", day(3))
    accept(*records)
    oneid.rebuild(now=NOW)
    assert first("a") == ("tmall", day(3))


def test_of_some_accounts_by_these_alone():
    accept(account("t", channel="tmall", on=3, phone=PHONE), account("a", on=5, phone=PHONE))
    seen = Account.objects.filter(external_id="a").values_list("pk", flat=True)
    found = first_contact.of(member=member("t"), accounts=seen)
    assert (found.platform.code, found.at.isoformat()) == ("app", day(5))
    assert first_contact.of(member=member("t"), accounts=[]) is None


def test_somebody_without_accounts_has_none():
    assert first_contact.of(member=Member.objects.create()) is None
