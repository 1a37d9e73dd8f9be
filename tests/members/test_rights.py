"""Rights of a member, by tier, by hand and by goods, and their use: each once, at a place where it holds."""

import datetime as dt

import pytest

from members.actions import right_uses, rights
from members.models import (
    Account,
    Event,
    Membership,
    Programme,
    RightGrant,
    RightRule,
    RightUse,
    Tier,
)
from members.queries import rights as held
from tests import factories
from tests.identity.company import NOW
from tests.members.entitled import DAY, LONG_AGO, right, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(nodes):
    return factories.channel(organization=nodes["b1"], code="app")


@pytest.fixture
def tiers(nodes):
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    return [Tier.objects.create(programme=club, code=f"t{n}", name=f"Tier {n}", rank=n) for n in range(1, 5)]


@pytest.fixture
def cleaning(nodes):
    return right(organization=nodes["b1"], code="cleaning", kind="service", name="Free cleaning")


@pytest.fixture
def yearly(cleaning, tiers):
    return rights.add_rule(right=cleaning, tier=tiers[2], period="year", starts_at=LONG_AGO)


def in_tier(channel, code, member=None) -> Account:
    made = factories.account(channel=channel, member=member)
    Membership.objects.filter(account=made).update(tier=code, tier_at=NOW, stated_at=NOW)
    return made


def use(right, account, place, key="k1", now=NOW, **more):
    given = {"channel": None, "by": None} | more
    return right_uses.use(member=account.member, right=right, key=key, organization=place, now=now, **given)


def give(right, account, *, quantity=1, key="g1", now=NOW, **more):
    return rights.grant(
        right=right, account=account, quantity=quantity, source="hand", key=key, reason="so sorry",
        by=factories.staff(), now=now, **more,
    )  # fmt: skip


@pytest.mark.requirement("MEM-020")
@pytest.mark.usefixtures("yearly")
def test_a_right_of_tier_3_appears_to_a_member_of_tier_3_and_not_of_tier_2(app):
    third, second, fourth = (in_tier(app, code).member for code in ("t3", "t2", "t4"))
    assert states(third) == states(fourth) == [("cleaning", "", "available")]
    assert states(second) == []
    [told] = held.of(members=[third.pk], now=NOW)
    assert (told.quantity, told.used, told.grant) == (1, 0, None)
    assert told.valid_until == dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC)


@pytest.mark.requirement("MEM-021")
def test_a_use_keeps_staff_time_and_place_and_a_second_is_refused(nodes, app, cleaning):
    anna, clerk = factories.account(channel=app), factories.staff(organization=nodes["s1"])
    give(cleaning, anna)
    done = use(cleaning, anna, nodes["s1"], by=clerk)
    kept = RightUse.objects.get()
    assert (kept.organization, kept.by, kept.used_at, kept.number) == (nodes["s1"], clerk, NOW, 1)
    assert states(anna.member) == [("cleaning", "", "used")]
    with pytest.raises(rights.UsedUp, match="Free cleaning was used already, last on 1 Jun 2026 20:00 at S1"):
        use(cleaning, anna, nodes["s1"], key="k2")
    assert use(cleaning, anna, nodes["s1"], by=clerk) == done
    told = Event.objects.get(name="right.used")
    assert told.properties == {"right": "cleaning", "grant": kept.grant_id, "place": "s1", "by": clerk.pk}
    assert (told.account, told.organization) == (anna, nodes["s1"])


@pytest.mark.requirement("IDN-070")
def test_rights_of_both_accounts_are_added_up_each_with_its_own_end(nodes, app, cleaning):
    anna, ben = factories.account(channel=app), factories.account(channel=app)
    give(cleaning, anna, quantity=2, key="a", valid_until=NOW + 20 * DAY)
    give(cleaning, ben, quantity=1, key="b", valid_until=NOW + 10 * DAY)
    old = ben.member
    Account.objects.filter(pk=ben.pk).update(member=anna.member)
    both = held.of(members=[anna.member_id], now=NOW)
    assert [(each.left, each.valid_until) for each in both] == [(1, NOW + 10 * DAY), (2, NOW + 20 * DAY)]
    assert sum(each.left for each in both) == 3
    use(cleaning, anna, nodes["s1"])  # what ends first goes first
    Account.objects.filter(pk=ben.pk).update(member=old)
    assert [each.left for each in held.of(members=[anna.member_id], now=NOW)] == [2]
    assert states(old) == [("cleaning", "", "used")]


@pytest.mark.usefixtures("yearly")
def test_what_a_tier_brings_is_once_a_year_over_all_accounts(nodes, app, cleaning):
    anna = in_tier(app, "t3")
    ben = in_tier(app, "t3")
    old = ben.member
    use(cleaning, anna, nodes["s1"], key="a")
    use(cleaning, ben, nodes["s1"], key="b")
    Account.objects.filter(pk=ben.pk).update(member=anna.member)
    assert [(each.used, each.state) for each in held.of(members=[anna.member_id], now=NOW)] == [(1, "used")]
    with pytest.raises(rights.UsedUp):
        use(cleaning, anna, nodes["s1"], key="c")
    Account.objects.filter(pk=ben.pk).update(member=old)
    for member in (anna.member, old):
        assert states(member) == [("cleaning", "", "used")]
    next_year = NOW + 365 * DAY
    assert sorted(states(anna.member, now=next_year)) == [
        ("cleaning", "", "available"),
        ("cleaning", "", "used"),
    ]
    use(cleaning, anna, nodes["s1"], key="d", now=next_year)


def test_a_tier_that_is_lost_takes_the_rest_of_its_right_along(nodes, app, cleaning, tiers):
    rights.add_rule(right=cleaning, tier=tiers[2], period="month", quantity=3, starts_at=LONG_AGO)
    anna = in_tier(app, "t3")
    use(cleaning, anna, nodes["s1"], key="a")
    use(cleaning, anna, nodes["s1"], key="b")
    assert [each.left for each in held.of(members=[anna.member_id], now=NOW)] == [1]
    assert RightGrant.objects.get().used == 2
    Membership.objects.filter(account=anna).update(tier="t1")
    with pytest.raises(rights.Expired):
        use(cleaning, anna, nodes["s1"], key="c")
    Membership.objects.filter(account=anna).update(tier="t4")
    assert use(cleaning, anna, nodes["s1"], key="d").number == 3


def test_a_right_holds_only_at_its_places_and_channels(nodes, app):
    lounge = right(
        organization=nodes["b1"], code="lounge", kind="lounge", places=[nodes["d1"]], channels=[app]
    )
    anna = factories.account(channel=app)
    give(lounge, anna, quantity=5)
    with pytest.raises(rights.NotHere, match="Lounge cannot be used at S3, but at: D1"):
        use(lounge, anna, nodes["s3"])
    with pytest.raises(rights.NotHere):
        use(lounge, anna, nodes["s4"])
    other = factories.channel(organization=nodes["b1"], code="mall")
    with pytest.raises(rights.NotHere, match="cannot be used through mall, but through: app"):
        use(lounge, anna, nodes["s2"], channel=other)
    assert use(lounge, anna, nodes["s2"], channel=app).number == 1


def test_a_place_of_another_brand_is_none_though_it_is_named(nodes, app):
    lounge = right(organization=nodes["b1"], code="lounge", kind="lounge", places=[nodes["s1"], nodes["s4"]])
    anna = factories.account(channel=app)
    give(lounge, anna, quantity=2)
    with pytest.raises(rights.NotHere):
        use(lounge, anna, nodes["s4"])
    assert use(lounge, anna, nodes["s1"]).number == 1


def test_a_right_has_its_words_for_every_refusal(nodes, app, cleaning):
    anna = factories.account(channel=app)
    with pytest.raises(rights.UnknownRight, match="This member does not have Free cleaning"):
        use(cleaning, anna, nodes["s1"])
    given = give(cleaning, anna, valid_until=NOW)
    with pytest.raises(rights.Expired, match="Free cleaning ended on 1 Jun 2026"):
        use(cleaning, anna, nodes["s1"])
    with pytest.raises(rights.Refused, match="Say why"):
        rights.revoke(grant=given, reason=" ", by=factories.staff(), now=NOW)
    rights.revoke(grant=given, reason="a mistake", by=factories.staff(), now=NOW)
    with pytest.raises(rights.Revoked, match="was revoked"):
        use(cleaning, anna, nodes["s1"])
    with pytest.raises(rights.Revoked):
        rights.revoke(grant=given, reason="again", by=factories.staff(), now=NOW)


def test_before_its_first_day_a_right_says_from_when_on_it_can_be_used(nodes, app, cleaning):
    anna = factories.account(channel=app)
    give(cleaning, anna, now=NOW + DAY)
    assert states(anna.member) == [("cleaning", "", "waiting")]
    with pytest.raises(rights.Waiting, match=r"^Free cleaning can be used from 2 Jun 2026 on\.$"):
        use(cleaning, anna, nodes["s1"])
    assert use(cleaning, anna, nodes["s1"], now=NOW + DAY).number == 1


def test_a_key_is_for_one_use(nodes, app, cleaning):
    anna, ben = factories.account(channel=app), factories.account(channel=app)
    give(cleaning, anna, key="a")
    give(cleaning, ben, key="b")
    use(cleaning, anna, nodes["s1"])
    with pytest.raises(rights.KeyReused):
        use(cleaning, ben, nodes["s1"])
    with pytest.raises(rights.KeyReused):
        use(cleaning, anna, nodes["s2"])
    assert give(cleaning, anna, key="a").account == anna
    with pytest.raises(rights.KeyReused):
        give(cleaning, ben, key="a")
    assert RightGrant.objects.count() == 2


def test_one_of_several_grants_is_named(nodes, app, cleaning):
    anna = factories.account(channel=app)
    give(cleaning, anna, key="a", valid_until=NOW + DAY)
    later = give(cleaning, anna, key="b")
    assert use(cleaning, anna, nodes["s1"], grant=later).grant == later.pk


def test_goods_and_tiers_cannot_be_played_by_hand(app, cleaning):
    with pytest.raises(rights.Refused, match="by their rules"):
        rights.grant(
            right=cleaning, account=factories.account(channel=app), quantity=1, source="tier", key="x",
            reason="why not", by=factories.staff(), now=NOW,
        )  # fmt: skip


def test_a_month_of_a_right_ends_with_the_month_and_december_with_the_year():
    monthly = RightRule(period="month", starts_at=NOW - 900 * DAY)
    for now, first, last in (
        (dt.datetime(2026, 2, 10, tzinfo=dt.UTC), (2026, 1, 31, 16), (2026, 2, 28, 16)),
        (dt.datetime(2026, 12, 31, 15, 59, tzinfo=dt.UTC), (2026, 11, 30, 16), (2026, 12, 31, 16)),
    ):
        begins, ends = held.period(monthly, now=now)
        assert (begins, ends) == (dt.datetime(*first, tzinfo=dt.UTC), dt.datetime(*last, tzinfo=dt.UTC))
