"""Accounts of one person that state different tiers or points: made one by policy, or asked about."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity.actions import conflicts
from identity.models import ReviewCase
from members.actions import programmes, tiers
from members.models import (
    Account,
    Channel,
    Event,
    Membership,
    OpeningRule,
    Organization,
    Programme,
    Settlement,
)
from members.queries import standings
from tests import factories
from tests.identity import company, oneids
from tests.members import clubs

pytestmark = pytest.mark.django_db
NOW = company.NOW
PHONE = "+8613900139000"


def programme(*, node="b1", tier_policy="highest", points_policy="add") -> Programme:
    """Silver from 0, gold from 1,000 and black from 5,000 growth, as the channels state it."""
    made = clubs.club(
        organization=Organization.objects.get(code=node), tier_policy=tier_policy, points_policy=points_policy
    )
    clubs.ruled(made)
    return made


def stated(account, *, channel="app", on=0, phone=PHONE, organization="b1", **said) -> dict:
    return company.account(
        account, channel=channel, on=on, phone=phone, membership={"organization": organization, **said}
    )


A = {"tier": "gold", "points": "500", "growth": "1200"}
B = {"tier": "silver", "points": "1000", "growth": "4000"}


def standing():
    (found,) = standings.of(members=set(Account.objects.values_list("member", flat=True)))
    return found


@pytest.mark.requirement("IDN-068")
@pytest.mark.parametrize("turned", [False, True])
def test_the_same_phone_with_another_tier_and_points_is_a_conflict_with_both_values(turned):
    company.build()
    programme(tier_policy="ask", points_policy="ask")
    records = [stated("A", **A), stated("B", channel="mall", **B)]
    for record in reversed(records) if turned else records:
        company.accept(record)
    case = ReviewCase.objects.get()
    a, b = (Account.objects.get(external_id=each) for each in "AB")
    assert (case.sort, case.state, case.reason) == ("conflict", "open", "tier_and_points")
    assert (case.left, case.right) == ([a.pk], [b.pk])
    assert case.evidence["stated"] == [
        {"account": a.pk, "tier": "gold", "points": "500.0000", "growth": "1200.0000"},
        {"account": b.pk, "tier": "silver", "points": "1000.0000", "growth": "4000.0000"},
    ]
    assert case.evidence["done"] == {"tier": "gold", "points": "1500.0000"}


def test_only_who_states_something_from_several_accounts_is_looked_at(monkeypatch):
    looked = []
    of = standings.of
    monkeypatch.setattr(standings, "of", lambda **asked: looked.extend(asked["members"]) or of(**asked))
    company.build()
    programme(tier_policy="ask", points_policy="ask")
    company.accept(*(stated(f"one-{n}", phone=f"+861380000000{n}", **A) for n in range(5)))
    assert looked == []
    company.accept(company.account("silent", channel="mall", phone="+8613800000000"))
    assert looked == []
    company.accept(stated("two", channel="mall", phone="+8613800000001", **B))
    assert looked == [Account.objects.get(external_id="two").member_id]
    assert ReviewCase.objects.get().reason == "tier_and_points"


@pytest.mark.requirement("IDN-069")
def test_gold_and_silver_make_gold_and_the_old_tiers_stay_in_the_log():
    company.build()
    programme()
    company.accept(stated("A", **A), stated("B", channel="mall", **B))
    assert standing().tier == "gold"
    assert standing().points == 1500
    assert not ReviewCase.objects.exists()
    log = Event.objects.filter(name="account.recorded").order_by("id")
    assert [event.properties["membership"][0]["tier"] for event in log] == ["gold", "silver"]
    assert list(Membership.objects.exclude(tier="").order_by("tier").values_list("tier", flat=True)) == [
        "gold",
        "silver",
    ]


@pytest.mark.requirement("IDN-069")
def test_with_policy_growth_the_tier_follows_summed_growth():
    company.build()
    programme(tier_policy="growth")
    company.accept(stated("A", **A))
    assert standing().tier == "gold"
    company.accept(stated("B", channel="mall", **B))
    assert (standing().tier, standing().growth) == ("black", 5200)


@pytest.fixture
def taken_over():
    """A programme whose plan rules tiers by growth of the ledger, and takes over what two channels state."""
    company.build()
    node = Organization.objects.get(code="b1")
    club = clubs.club(organization=node, tier_policy="ask", points_policy="ask")
    clubs.ruled(club, book=clubs.growth(organization=node))
    for channel in Channel.objects.filter(code__in=["app", "mall"]):
        OpeningRule.objects.create(programme=club, channel=channel)
    company.accept(stated("A", **A), stated("B", channel="mall", **B))
    for external_id, growth in (("A", 1200), ("B", 4000)):
        clubs.earn(Account.objects.get(external_id=external_id), growth, "2026-02-01")
    return club


@pytest.mark.requirement("IDN-068")
@pytest.mark.requirement("IDN-069")
def test_where_the_ledger_rules_the_case_lists_both_and_growth_of_both_settles_it(taken_over):
    case = ReviewCase.objects.get()
    assert [(each["tier"], each["points"]) for each in case.evidence["stated"]] == [
        ("gold", "500.0000"),
        ("silver", "1000.0000"),
    ]
    one = Account.objects.get(external_id="A")
    assert clubs.stands(one, on="2026-06-01").tier == "gold"
    conflicts.settle(case=case, tiers="growth", points="add", by=factories.staff(), now=NOW)
    here = clubs.stands(one, on="2026-06-01")
    assert (here.tier, here.ledger_growth) == ("black", 5200)
    assert (tiers.review(now=NOW), tiers.review(now=NOW)) == (1, 0)
    assert [after for _why, _before, after in clubs.told(one, taken_over)] == ["gold", "silver", "black"]


def test_statements_that_nobody_takes_over_are_no_conflict_of_tiers(taken_over):
    OpeningRule.objects.update(state="withdrawn")
    conflicts.keep_all(now=NOW)
    assert [case.reason for case in ReviewCase.objects.filter(state="open")] == ["points"]


def test_growth_that_nobody_states_leaves_the_highest_tier():
    company.build()
    programme(tier_policy="growth")
    company.accept(stated("A", tier="gold"), stated("B", channel="mall", tier="silver"))
    assert standing().tier == "gold"


def test_a_tier_that_the_programme_does_not_know_is_below_all_others():
    company.build()
    programme()
    company.accept(stated("A", tier="vip"), stated("B", channel="mall", tier="silver"))
    assert standing().tier == "silver"


def test_what_agrees_is_no_conflict():
    company.build()
    programme(tier_policy="ask", points_policy="ask")
    company.accept(
        stated("A", tier="gold", points="5"), stated("B", channel="mall", tier="gold", points="5.00")
    )
    assert not ReviewCase.objects.exists()
    assert standing().points == 10


def test_a_membership_belongs_to_the_nearest_programme_above_it():
    company.build()
    programme(node="g", tier_policy="ask")
    near = programme(node="d1")
    company.accept(stated("A", organization="s1", **A), stated("B", channel="mall", organization="d1", **B))
    assert [each.programme for each in standings.of(members=[Account.objects.first().member_id])] == [near.pk]
    assert not ReviewCase.objects.exists()


def test_a_conflict_closes_when_the_people_are_parted_and_comes_back_with_them():
    company.build()
    programme(tier_policy="ask")
    company.accept(stated("A", **A), stated("B", channel="mall", **B))
    a, b = (Account.objects.get(external_id=each) for each in "AB")
    from identity.actions import verdicts

    verdict = oneids.part(a, b)
    assert ReviewCase.objects.get().state == "obsolete"
    found = standings.of(members=[a.minted_id, b.minted_id])
    assert [(each.tier, each.points) for each in found] == [("gold", 500), ("silver", 1000)]
    verdicts.withdraw(verdict=verdict, by=None, now=NOW)
    assert ReviewCase.objects.get().state == "open"


def test_a_settlement_holds_for_its_accounts_until_it_is_taken_back_or_somebody_joins():
    company.build()
    programme(tier_policy="ask", points_policy="ask")
    company.accept(stated("A", **A), stated("B", channel="mall", **B))
    steward = factories.staff()
    case = ReviewCase.objects.get()
    made = conflicts.settle(case=case, tiers="growth", points="highest", by=steward, now=NOW, reason="twice")
    case.refresh_from_db()
    assert (case.state, case.decided_by, standing().tier, standing().points) == (
        "decided",
        steward,
        "black",
        1000,
    )

    company.accept(stated("B", channel="mall", on=3, **{**B, "points": "1100"}))
    assert (standing().points, standing().asked) == (1100, ())
    company.accept(stated("C", channel="pos", tier="silver", points="1"))
    assert ReviewCase.objects.filter(state="open").count() == 1
    assert (standing().asked, standing().points) == (("tier", "points"), 1601)

    Membership.objects.filter(account__external_id="C").delete()
    conflicts.keep_all(now=NOW)
    assert not ReviewCase.objects.filter(state="open").exists()
    conflicts.unsettle(settlement=made, now=NOW)
    conflicts.unsettle(settlement=made, now=NOW)
    assert ReviewCase.objects.filter(state="open").count() == 1
    assert Settlement.objects.get().withdrawn_at == NOW


def test_taking_a_settlement_back_looks_at_nobody_else():
    company.build()
    programme(tier_policy="ask")
    for number, phone in enumerate(("+8613900139000", "+8613900139001")):
        company.accept(
            stated(f"A{number}", phone=phone, **A), stated(f"B{number}", channel="mall", phone=phone, **B)
        )
    mine, elsewhere = ReviewCase.objects.order_by("id")
    made = conflicts.settle(case=mine, tiers="highest", points="add", by=None, now=NOW)
    Membership.objects.filter(account__in=elsewhere.right).delete()
    conflicts.unsettle(settlement=made, now=NOW)
    mine.refresh_from_db()
    assert mine.state == "open"
    elsewhere.refresh_from_db()
    assert elsewhere.state == "open"
    assert conflicts.keep_all(now=NOW) == 1


def test_only_a_conflict_can_be_settled():
    company.build()
    case = ReviewCase.objects.create(
        sort="refused", key="k", reason="profile", left=[1], right=[2], opened_at=NOW
    )
    with pytest.raises(conflicts.Refused):
        conflicts.settle(case=case, tiers="highest", points="add", by=None, now=NOW)


def test_changed_policies_count_at_once_for_everybody():
    company.build()
    club = programme()
    company.accept(stated("A", **A), stated("B", channel="mall", **B))
    programmes.change(programme=club, tier_policy="ask", points_policy="add", now=NOW)
    assert conflicts.keep_all(now=NOW) == 1
    assert conflicts.keep_all(now=NOW) == 0
    programmes.change(programme=club, tier_policy="growth", points_policy="add", now=NOW)
    assert conflicts.keep_all(now=NOW) == 1
    assert not ReviewCase.objects.filter(state="open").exists()


RANKS = {"": -1, "vip": -1, "silver": 0, "gold": 1, "black": 2}
said = st.tuples(
    st.sampled_from(["", "vip", "silver", "gold", "black"]),
    st.sampled_from([None, 0, 5, 10]),
    st.sampled_from([None, 0, 900, 6000]),
)


class Oracle(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(said, min_size=1, max_size=4), st.sampled_from(["highest", "growth", "ask"]),
        st.sampled_from(["add", "ask"]),
    )  # fmt: skip
    def test_one_query_says_what_a_slow_reading_says(self, statements, tiers, points):
        company.build()
        club = programme(tier_policy=tiers, points_policy=points)
        channel = factories.channel(organization=club.organization)
        first = None
        for place, (tier, amount, growth) in enumerate(statements):
            made = factories.account(channel=channel, member=first)
            first = first or made.member
            Membership.objects.filter(account=made).update(
                tier=tier, points=amount, growth=growth, stated_at=NOW, number=str(place), tier_at=NOW if tier else None,
                points_at=None if amount is None else NOW, growth_at=None if growth is None else NOW,
            )  # fmt: skip
        (found,) = standings.of(members=[first.pk])
        known = [tier for tier, _, _ in statements if tier in RANKS and RANKS[tier] >= 0]
        grown = [growth for *_, growth in statements if growth is not None]
        if tiers == "growth" and grown and len([tier for tier, _, _ in statements if tier]) > 1:
            earned = [
                code
                for code, least in (("black", 5000), ("gold", 1000), ("silver", 0))
                if sum(grown) >= least
            ]
            assert found.tier == earned[0]
        else:
            vip = "vip" if any(tier == "vip" for tier, _, _ in statements) else ""
            assert found.tier == (max(known, key=RANKS.get) if known else vip)
        given_points = [Decimal(amount) for _, amount, _ in statements if amount is not None]
        assert found.points == (sum(given_points) if given_points else None)
        asked = set(found.asked)
        assert ("tier" in asked) == (tiers == "ask" and len({t for t, _, _ in statements if t}) > 1)
        assert ("points" in asked) == (points == "ask" and len(set(given_points)) > 1)
