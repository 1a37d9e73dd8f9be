"""What tills price: for whom, where, since when; read once as long as nothing changes."""

import datetime as dt

import pytest

from campaigns.actions import activities
from campaigns.models import RuleRevision
from campaigns.offers import pricing
from campaigns.queries import live
from tests import factories, statements
from tests.campaigns import making, offering
from tests.campaigns.offering import DAY, NOW, author, live_codes, off
from tests.campaigns.pots import budget
from tests.campaigns.vouchers import template
from tests.connections import together

HOUR = dt.timedelta(hours=1)


@pytest.mark.requirement("CMP-024")
def test_two_packs_get_two_offers_in_one_activity(nodes, app):
    loyal, fresh, other = (factories.account(channel=app).member for _ in range(3))
    packs = [
        making.audience(organization=nodes["g"], members=[member], name=name)
        for name, member in (("Loyal", loyal), ("Fresh", fresh))
    ]
    offers = tuple(
        off(amount=amount) | {"audience": pack} for pack, amount in zip(packs, (5_000, 2_000), strict=True)
    )
    offering.published(organization=nodes["g"], code="PACKS", offers=offers)
    rules = live.rules(store=nodes["s1"], at=NOW)
    assert rules.audiences == {pack.pk for pack in packs}

    def pays(member):
        audiences = live.audiences_of(member=member, rules=rules, at=NOW)
        quote = pricing.quote(offering.basket(buyer=offering.member(audiences=audiences)), rules.compiled)
        return quote.total, [use.offer for use in quote.uses]

    assert [pays(member) for member in (loyal, fresh, other)] == [
        (25_000, ["PACKS-1"]), (28_000, ["PACKS-2"]), (30_000, []),
    ]  # fmt: skip


def test_it_is_read_once_as_long_as_nothing_changes(nodes):
    version = offering.published(organization=nodes["g"], code="A", offers=(off(),))
    live.rules(store=nodes["s1"], at=NOW)
    with statements.counted() as asked:
        first = live.rules(store=nodes["s1"], at=NOW)
        assert live.rules(store=nodes["s1"], at=NOW + HOUR) is first
        assert live.rules(store=nodes["s4"], at=NOW).compiled is first.compiled
    assert asked == [live.REVISION] * 3
    activities.stop(version=version, reason="over", by=author(), now=NOW + HOUR)
    assert live_codes(store=nodes["s1"], at=NOW + HOUR) == []
    assert live_codes(store=nodes["s1"], at=NOW) == ["A-1"]


@pytest.mark.parametrize("count", [1, 3])
def test_reading_takes_as_many_queries_for_one_activity_as_for_three(nodes, count):
    for number in range(count):
        offering.published(organization=nodes["g"], code=f"A{number}", offers=(off(), off(amount=1)))
        template(organization=nodes["g"])
    with statements.counted() as asked:
        assert len(live.rules(store=nodes["s1"], at=NOW).offers) == 3 * count
    assert len(asked) == 5


def test_beginnings_and_ends_are_kept_to_the_instant(nodes):
    offering.published(organization=nodes["g"], code="A", offers=(off(),), ends_at=NOW + DAY)
    offering.published(organization=nodes["b1"], code="B", offers=(off(),), starts_at=NOW + HOUR)
    instant = dt.timedelta(microseconds=1)
    times = [NOW - instant, NOW, NOW + HOUR - instant, NOW + HOUR, NOW + DAY - instant, NOW + DAY]
    found = [live_codes(store=nodes["s1"], at=at) for at in times]
    assert found == [[], ["A-1"], ["A-1"], ["A-1", "B-1"], ["A-1", "B-1"], ["B-1"]]
    assert [live_codes(store=nodes["s1"], at=at) for at in reversed(times)] == found[::-1]
    rules = live.rules(store=nodes["s1"], at=NOW + HOUR)
    assert (rules.since, rules.until) == (NOW + HOUR, NOW + DAY)


def test_an_instant_long_past_is_answered_too(nodes):
    offering.published(organization=nodes["g"], code="A", offers=(off(),), ends_at=NOW + DAY)
    later = NOW + 400 * DAY
    assert live_codes(store=nodes["s1"], at=later) == []
    assert live_codes(store=nodes["s1"], at=NOW) == ["A-1"]


def test_who_pays_for_what_is_told_with_the_rules(nodes):
    brand, dealer = (budget(organization=nodes[each], amount=100) for each in ("b1", "d1"))
    offering.published(
        organization=nodes["b1"], code="A", offers=(off() | {"shares": {brand: 7_000, dealer: 3_000}}, off())
    )
    template(organization=nodes["b1"], code="C", shares={dealer: 10_000})
    rules = live.rules(store=nodes["s1"], at=NOW)
    assert rules.shares == {"A-1": ((brand, 7_000), (dealer, 3_000)), "coupon:C": ((dealer, 10_000),)}


@pytest.mark.django_db(transaction=True)
def test_every_change_raises_the_revision_also_of_two_at_once():
    group = factories.organization()
    versions = [offering.published(organization=group, offers=(off(),)) for _ in range(2)]
    before = live.revision()
    together(
        *(
            lambda version=version: activities.stop(version=version, reason="over", by=author(), now=NOW)
            for version in versions
        )
    )
    assert live.revision() > before
    assert RuleRevision.objects.count() == 1
    assert live.rules(store=group, at=NOW).offers == ()
