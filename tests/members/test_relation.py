import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.lifecycle import stages
from members.models import Event, Order
from members.queries import relation, scopes
from tests import factories, statements
from tests.factories import NOW

pytestmark = pytest.mark.django_db
EVERYTHING = scopes.EVERYTHING
SHANGHAI = dt.timezone(dt.timedelta(hours=8))


@pytest.fixture
def mall(tree):
    return factories.channel(organization=tree["g"], code="mall")


def of(account, *, reach=EVERYTHING, now=NOW):
    return relation.of(member=account.member, reach=reach, now=now)


@pytest.mark.requirement("MEM-063")
def test_from_the_first_to_the_last_contact_are_731_days(mall):
    first = dt.datetime(2023, 1, 1, 9, tzinfo=SHANGHAI)
    account = factories.account(channel=mall, at=first + dt.timedelta(days=30))
    factories.event(account=account, name="visit", at=first)
    factories.order(account=account, at=dt.datetime(2025, 1, 1, 8, tzinfo=SHANGHAI))
    found = of(account)
    assert (found.first_at, found.last_at.year, found.days) == (first, 2025, 731)


def test_days_are_the_companys(mall):
    late = dt.datetime(2025, 6, 1, 23, 59, tzinfo=SHANGHAI)
    account = factories.account(channel=mall, at=late)
    factories.event(account=account, name="visit", at=late + dt.timedelta(minutes=2))
    assert of(account).days == 1


@pytest.mark.requirement("MEM-059")
def test_stages_are_read_from_orders_and_acts_of_all_accounts(mall):
    year = {"tzinfo": dt.UTC}
    first = dt.datetime(2025, 3, 1, **year)
    here = factories.account(channel=mall, at=first)
    there = factories.account(channel=mall, at=dt.datetime(2025, 5, 5, **year), member=here.member)
    factories.order(account=here, at=first)
    factories.order(account=there, at=dt.datetime(2025, 4, 20, **year))
    factories.order(account=there, at=dt.datetime(2025, 6, 1, **year), status=Order.Status.CANCELLED)
    factories.event(account=there, name="visit", at=dt.datetime(2025, 5, 5, **year))
    found = of(here, now=dt.datetime(2025, 12, 1, **year)).stages
    assert [(stage.code, f"{stage.since:%d %b}") for stage in found] == [
        ("new", "01 Mar"),
        ("growing", "20 Apr"),
        ("dormant", "01 Nov"),
    ]


def test_what_the_house_writes_is_no_sign_of_life_but_a_review_is(mall):
    first = NOW - dt.timedelta(days=300)
    account = factories.account(channel=mall, at=first)
    for name in ("points.expired", "identity.merged", "message.sent", "account.recorded", "tier.dropped"):
        factories.event(account=account, name=name, at=NOW - dt.timedelta(days=10))
    assert (of(account).signals, of(account).stage.code) == (0, "dormant")
    factories.event(account=account, name="review.posted", at=first + dt.timedelta(days=170))
    factories.event(account=account, name="app.opened", at=NOW - dt.timedelta(days=10))
    assert (of(account).signals, of(account).stage.code) == (2, "prospect")


def test_an_undone_merge_gives_both_their_own_history_back(mall):
    here = factories.account(channel=mall, at=NOW - dt.timedelta(days=9))
    there = factories.account(channel=mall, at=NOW - dt.timedelta(days=9))
    factories.order(account=here)
    factories.order(account=there)
    alone = [of(here), of(there)]
    own, there.member = there.member, here.member
    there.save()
    assert of(here).stage.code == "growing"
    there.member = own
    there.save()
    assert [of(here), of(there)] == alone


def test_a_dealer_sees_his_own_relation(tree, mall):
    here = factories.account(channel=mall, organization=tree["s1"], at=NOW - dt.timedelta(days=2))
    there = factories.account(channel=mall, organization=tree["s3"], member=here.member)
    factories.order(account=there, organization=tree["s3"])
    mine = of(here, reach=scopes.of_node(tree["d1"]))
    assert (mine.stage.code, mine.days, mine.signals) == ("prospect", 0, 0)
    assert of(here, reach=scopes.of_node(tree["b1"])).stage.code == "new"
    assert of(here, reach=scopes.of_node(tree["b2"])) is None
    assert of(here, reach=scopes.NOTHING) is None


def test_one_statement_reads_it(mall):
    account = factories.account(channel=mall)
    with statements.counted() as asked:
        of(account)
    assert len(asked) == 1


def test_what_happened_at_no_node_is_known_to_those_who_see_everything(tree, mall):
    account = factories.account(channel=mall)
    factories.event(account=account, name="visit")
    Event.objects.create(account=account, name="visit", occurred_at=NOW)
    node = scopes.Reach(node=tree["g"])
    assert (of(account, reach=node).signals, of(account).signals) == (1, 2)


GAPS = (0, 1, 19, 20, 21, 59, 60, 61, 119, 121, 179, 180, 181, 240, 364, 365, 366)
told = st.lists(st.tuples(st.sampled_from(GAPS), st.integers(0, 86_399), st.booleans()), max_size=40)


@given(told=told, later=st.sampled_from(GAPS))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_few_of_many_facts_make_the_same_stages_as_all(tree, told, later):
    """The statement reads only what can matter; the rules are told everything."""
    mall = factories.channel(organization=tree["g"])
    at = begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    facts = []
    for gap, seconds, buys in told:
        at = at + dt.timedelta(days=gap, seconds=seconds if gap % 2 else 0)
        facts.append((at, buys))
    account = factories.account(channel=mall, at=begin)
    common = {"account": account, "channel": mall, "organization": tree["g"]}
    Event.objects.bulk_create(Event(**common, name="visit", occurred_at=at) for at, buys in facts if not buys)
    Order.objects.bulk_create(
        Order(**common, external_id=f"{number}-{mall.code}", occurred_at=at, status="paid", currency="CNY", amount=1,
              version_at=at, version_digest="0" * 32)
        for number, (at, buys) in enumerate(facts) if buys
    )  # fmt: skip
    now = at + dt.timedelta(days=later)
    found = of(account, now=now)
    assert found.signals == len(facts)
    assert found.stages == stages.stages(
        first_seen=begin,
        purchases=[at for at, buys in facts if buys],
        acts=[at for at, buys in facts if not buys],
        as_of=now,
    )
