"""Business links first: what customers did themselves, from the record to the list of links."""

import pytest

from identity.actions import oneid, verdicts
from identity.models import Binding, QuarantineItem
from identity.queries import links
from members.models import Account
from tests.identity import company
from tests.identity.company import NOW, accept, account, day
from tests.identity.oneids import people

pytestmark = pytest.mark.django_db
PHONE = "138 0013 8001"


@pytest.fixture(autouse=True)
def _company():
    company.build()


def bound(name, *, on=1, act="bind", channel="app", phone=PHONE, **more):
    identifiers = [{"kind": "phone", "value": phone} | ({"act": act} if act else {})]
    return account(name, on=on, channel=channel, identifiers=identifiers, **more)


def link():
    left, right = (Account.objects.get(external_id=name) for name in "ab")
    return links.between(left=left, right=right)[0]


@pytest.mark.requirement("IDN-081")
@pytest.mark.parametrize("act", ["authorise", "bind", "join", "login", "Bind "])
def test_a_business_act_makes_a_business_link(act):
    accept(bound("a", act=None), bound("b", on=2, act=act))
    assert link().by == "business"


@pytest.mark.requirement("IDN-081")
def test_what_channels_only_saw_is_an_observed_link():
    accept(bound("a", act=None), bound("b", on=2, act=None))
    assert link().by == "observed"


@pytest.mark.requirement("IDN-081")
def test_an_accepted_score_is_a_model_link_and_never_overrides_a_business_not_same(django_user_model):
    steward = django_user_model.objects.create_user("steward")
    accept(account("a", phone=PHONE), account("b", phone="139 0013 9003"))
    a, b = Account.objects.order_by("external_id").values_list("pk", flat=True)
    verdicts.same(left=[a], right=[b], by=None, now=NOW, model="people 3")
    assert link().by == "model"
    verdicts.not_same(left=[a], right=[b], by=steward, now=NOW)
    assert people() == [["a"], ["b"]]
    verdicts.same(left=[a], right=[b], by=None, now=NOW, model="people 4")
    assert people() == [["a"], ["b"]]
    assert not oneid.rebuild(now=NOW)


def test_an_unknown_act_is_listed_and_the_identifier_is_kept():
    accept(bound("a", act="guessed"))
    assert Binding.objects.get().act == ""
    assert QuarantineItem.objects.get().code == "identifier.act"


@pytest.mark.parametrize("acts", [["", "bind", "login"], ["login", "", "bind"], ["bind", "login", ""]])
def test_acts_of_several_records_merge_in_any_order(acts):
    for act in acts:
        accept(bound("a", on=1, act=act, updated_at=day(len(act) + 1)))
    assert Binding.objects.get().act == "login"


def test_an_act_told_later_joins_the_link_that_it_outranks():
    """One login at a time: the middle one goes with whoever brought the telephone himself, though he came later."""
    names = {"one": "王小明", "two": "李佳"}
    accept(
        bound("one", on=1, act=None, profile={"name": names["one"]}),
        bound("middle", on=2, act=None, channel="mall"),
        bound("two", on=3, act=None, profile={"name": names["two"]}),
    )
    assert people() == [["middle", "one"], ["two"]]
    accept(bound("two", on=3, act="authorise", updated_at=day(4), profile={"name": names["two"]}))
    assert people() == [["middle", "two"], ["one"]]
    assert not oneid.rebuild(now=NOW)
