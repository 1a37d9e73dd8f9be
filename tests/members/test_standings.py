"""A standing is derived: whatever is joined and parted, it is what a slow reading of the facts says."""

import datetime as dt
import itertools

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from members.actions import tiers
from members.models import Account, Member, Membership, OpeningRule, TierGrant
from members.queries import standings
from tests import factories
from tests.members import clubs
from tests.members.clubs import at, earn, fact, stands, told
from tests.members.ledger import purses

RANKS = {"silver": 0, "gold": 1, "black": 2}
DAY = dt.timedelta(days=1)


@pytest.fixture
def club(group):
    return clubs.club(organization=group)


@pytest.fixture
def book(group):
    return clubs.growth(organization=group)


@pytest.fixture
def pair(group):
    return purses.accounts(2, organization=group)


def tiers_of(*accounts, on="2025-04-01") -> list[str]:
    return [stands(each, on=on).tier for each in accounts]


@pytest.mark.requirement("IDN-069")
def test_gold_and_silver_make_gold_and_the_old_tiers_stay_in_the_log(club, book, pair):
    clubs.ruled(club, book=book)
    one, other = pair
    earn(one, 1200, "2025-03-10")
    fact(club, other, tier="silver", day="2025-03-11")
    tiers.review(now=at("2025-03-12"))
    purses.merge(one, other)
    assert tiers_of(one) == ["gold"]
    assert told(one, club) == [("reached", "", "gold"), ("reached", "", "silver")]


@pytest.mark.requirement("IDN-069")
def test_with_policy_growth_the_tier_follows_the_growth_of_both(group, book, pair):
    club = clubs.club(organization=group, tier_policy="growth")
    clubs.ruled(club, book=book)
    one, other = pair
    for account, growth in ((one, 1200), (other, 4000)):
        earn(account, growth, "2025-03-10")
    fact(club, other, tier="silver", day="2025-03-11")
    tiers.review(now=at("2025-03-12"), members=[one.member_id])
    assert tiers_of(one, other) == ["gold", "silver"]
    purses.merge(one, other)
    assert (tiers_of(one), stands(one, on="2025-04-01").ledger_growth) == (["black"], 5200)
    assert tiers.review(now=at("2025-04-01")) == 1
    assert told(one, club)[-1] == ("joined", "silver", "black")
    purses.split(one, other)
    assert tiers_of(one, other) == ["gold", "silver"]


def test_what_only_both_had_earned_goes_with_the_undo_and_comes_back(club, book, pair):
    clubs.ruled(club, book=book)
    one, other = pair
    earn(one, 1500, "2025-03-10")
    earn(other, 3500, "2025-03-10")
    tiers.review(now=at("2025-03-11"))
    assert tiers_of(one, other) == ["gold", "gold"]
    purses.merge(one, other)
    tiers.review(now=at("2025-03-12"))
    assert tiers_of(one) == ["black"]
    purses.split(one, other)
    assert tiers_of(one, other) == ["gold", "gold"]
    for each in (one, other):
        log = standings.log(member=each.member, programme=club)
        assert [(fact.before, fact.after, fact.counts) for fact in log] == [
            ("", "gold", True),
            ("gold", "black", False),
        ]
    purses.merge(one, other)
    assert (tiers_of(one), tiers.review(now=at("2025-03-13"))) == (["black"], 0)


def test_gold_by_hand_and_silver_by_growth_joined_parted_and_joined_again(club, book, pair):
    clubs.ruled(club, book=book)
    one, other = pair
    tiers.grant(
        member=one.member, programme=club, tier=club.tiers.get(code="gold"), note="n", by=factories.staff(), key=purses.key(),
        now=at("2025-03-01"),
    )  # fmt: skip
    earn(other, 10, "2025-03-10")
    for _round in range(2):
        purses.merge(one, other)
        assert (tiers_of(one), tiers.review(now=at("2025-03-11"))) == (["gold"], 0)
        purses.split(one, other)
        assert tiers_of(one, other) == ["gold", "silver"]


def test_a_log_tells_what_was_given_to_the_person_and_nothing_of_others(club, book, group):
    """Against what each grant's accounts say, after merges and undos."""
    clubs.ruled(club, book=book)
    one, other, third, alone = purses.accounts(4, organization=group)
    for each, growth in ((one, 600), (other, 600), (third, 4000), (alone, 600)):
        earn(each, growth, "2025-03-10")
    tiers.review(now=at("2025-03-11"))
    for mate in (other, third):
        purses.merge(one, mate)
        tiers.review(now=at("2025-03-12"))
    assert TierGrant.objects.filter(basis__len__gt=1).count() == 2
    for parted in (other, third):
        purses.split(parted)
        everybody = list(TierGrant.objects.order_by("from_at", "id"))
        for account in (one, other, third, alone):
            mine = set(Account.objects.filter(member=account.member_id).values_list("pk", flat=True))
            told = standings.log(member=account.member, programme=club)
            expected = [each.pk for each in everybody if mine & set(each.basis)]
            assert [change.grant for change in told] == expected
            assert {change.grant for change in told if change.counts} == {
                each.pk for each in everybody if set(each.basis) <= mine
            }


def test_a_word_by_hand_is_about_the_person_who_was_seen(club, book, pair):
    clubs.ruled(club, book=book)
    one, other = pair
    earn(one, 1000, "2025-03-10")
    earn(other, 1, "2025-03-10")
    tiers.review(now=at("2025-03-11"))
    purses.merge(one, other)
    tiers.grant(
        member=one.minted, programme=club, tier=club.tiers.get(code="silver"), note="n", by=factories.staff(), key=purses.key(),
        now=at("2025-03-12"),
    )  # fmt: skip
    assert tiers_of(one) == ["silver"]
    purses.split(one, other)
    assert tiers_of(one, other) == ["gold", "silver"]


class TestStated:
    """What channels state while a plan rules."""

    @pytest.fixture(autouse=True)
    def _ruled(self, club, book):
        clubs.ruled(club, book=book, months=12)

    def state(self, account, tier: str, day: str) -> None:
        Membership.objects.filter(account=account).update(tier=tier, tier_at=at(day), stated_at=at(day))

    def open(self, club, account, **more) -> None:
        OpeningRule.objects.create(programme=club, channel=account.channel, **more)

    def test_it_counts_nothing_unless_it_is_taken_over(self, club, pair):
        self.state(pair[0], "gold", "2025-03-01")
        assert tiers_of(pair[0]) == ["silver"]
        self.open(club, pair[0])
        here = stands(pair[0], on="2025-04-01")
        assert (here.tier, here.reason, here.since, here.until) == (
            "gold",
            "stated",
            at("2025-03-01"),
            at("2026-03-02"),
        )

    def test_what_was_stated_before_the_plan_lasts_from_its_beginning(self, club, pair):
        self.state(pair[0], "gold", "2023-05-01")
        self.open(club, pair[0])
        assert stands(pair[0], on="2024-04-01").until == clubs.BEGAN.astimezone(clubs.ZONE).replace(
            hour=0
        ) + dt.timedelta(days=367)

    def test_after_its_end_growth_decides(self, club, pair):
        self.state(pair[0], "gold", "2025-03-01")
        self.open(club, pair[0])
        assert tiers.review(now=at("2025-03-02")) == 0
        assert tiers.review(now=at("2026-03-02")) == 1
        assert told(pair[0], club) == [("stated", "", "gold"), ("dropped", "gold", "silver")]

    def test_a_rule_that_ended_holds_what_was_stated_in_its_time(self, club, pair):
        self.open(club, pair[0], until=at("2025-03-10"))
        said = [{"organization": club.organization.code, "tier": "gold"}]
        factories.event(account=pair[0], name="account.recorded", at=at("2025-03-01"), membership=said)
        self.state(pair[0], "black", "2025-03-20")
        here = stands(pair[0], on="2025-04-01")
        assert (here.tier, here.since) == ("gold", at("2025-03-01"))

    def test_a_draft_or_a_withdrawn_rule_takes_nothing_over(self, club, pair):
        self.state(pair[0], "gold", "2025-03-01")
        self.open(club, pair[0], state="draft")
        assert tiers_of(pair[0]) == ["silver"]


class TestAtATime:
    def test_of_orders_before_and_after_a_change(self, club, book, pair):
        clubs.ruled(club, book=book)
        one, other = pair
        earn(one, 1000, "2025-03-10")
        tiers.review(now=at("2025-03-12"))
        silver, gold = (club.tiers.get(code=code).pk for code in ("silver", "gold"))
        asked = [
            (one.pk, club.pk, at("2025-03-09")), (one.pk, club.pk, at("2025-03-10")), (other.pk, club.pk, at("2025-03-10")),
            (one.pk, club.pk, clubs.BEGAN - DAY),
        ]  # fmt: skip
        assert list(standings.tiers_at(asked).values()) == [None, silver, gold, silver]
        assert {key[0]: standings.tiers_at(asked)[key] for key in asked[1:3]} == {
            one.pk: gold,
            other.pk: silver,
        }

    def test_nothing_asked_is_nothing_answered(self, db):
        assert standings.tiers_at([]) == {}


def slow(facts, accounts, *, policy, growth) -> str:
    """The rule as it is written in docs/tiers.md, fact by fact."""
    mine = [each for each in facts if each["basis"] <= accounts]
    left = [
        each
        for each in mine
        if not any(
            each["basis"] <= other["basis"] and (other["day"], other["id"]) > (each["day"], each["id"])
            for other in mine
        )
    ]
    if not left:
        return "silver"
    if policy == "growth" and len(left) > 1:
        return next(code for code, least in reversed(clubs.LADDER) if growth >= least)
    return max((each["tier"] for each in left), key=RANKS.get)


subsets = st.sets(st.integers(0, 3), min_size=1)
grants = st.lists(st.tuples(subsets, st.sampled_from(list(RANKS)), st.integers(0, 20)), max_size=6)
statements = st.dictionaries(
    st.integers(0, 3), st.tuples(st.sampled_from(list(RANKS)), st.integers(0, 20)), max_size=3
)
people = st.lists(st.integers(0, 3), min_size=4, max_size=4)


class Oracle(TestCase):
    def world(self, policy: str):
        group = factories.organization()
        club = clubs.club(organization=group, tier_policy=policy)
        clubs.ruled(club, book=clubs.growth(organization=group), window_months=12, months=12)
        accounts = purses.accounts(4, organization=group)
        OpeningRule.objects.create(programme=club, channel=accounts[0].channel)
        return club, accounts

    def part(self, accounts, partition) -> list[set[int]]:
        for account, place in zip(accounts, partition, strict=True):
            Account.objects.filter(pk=account.pk).update(member=accounts[place].minted)
        Member.objects.filter(accounts=None).update(retired_at=clubs.BEGAN)
        Member.objects.exclude(accounts=None).update(retired_at=None)
        return [{n for n, at in enumerate(partition) if at == place} for place in sorted(set(partition))]

    @settings(max_examples=40, deadline=None)
    @given(grants, statements, st.sampled_from(["highest", "growth"]), st.lists(st.integers(1, 3000), min_size=4, max_size=4),
           st.lists(people, min_size=1, max_size=3))  # fmt: skip
    def test_one_statement_says_what_a_slow_reading_says(
        self, grants, statements, policy, growth, partitions
    ):
        club, accounts = self.world(policy)
        facts = []
        for basis, tier, day in grants:
            on = f"2025-02-{day + 1:02}"
            made = fact(club, *[accounts[each] for each in sorted(basis)], tier=tier, day=on)
            facts.append({"id": made.pk, "basis": basis, "tier": tier, "day": day})
        for account, (tier, day) in statements.items():
            when = at(f"2025-02-{day + 1:02}")
            Membership.objects.filter(account=accounts[account]).update(
                tier=tier, tier_at=when, stated_at=when
            )
            facts.append({"id": 0, "basis": {account}, "tier": tier, "day": day})
        for account, amount in zip(accounts, growth, strict=True):
            earn(account, amount, "2025-02-25")
        for partition in partitions:
            for mates in self.part(accounts, partition):
                expected = slow(facts, mates, policy=policy, growth=sum(growth[each] for each in mates))
                account = accounts[min(mates)]
                assert stands(account, on="2025-03-01").tier == expected
                asked = (account.pk, club.pk, at("2025-03-01"))
                assert standings.tiers_at([asked])[asked] == club.tiers.get(code=expected).pk

    @settings(max_examples=8, deadline=None)
    @given(
        grants, statements, st.sampled_from(["highest", "growth"]),
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3000), st.integers(1, 28), st.integers(1, 24)), max_size=8),
        people, people,
    )  # fmt: skip
    def test_a_review_is_the_same_at_once_and_in_batches_and_twice_nothing(
        self, grants, statements, policy, growth, first, second
    ):
        club, accounts = self.world(policy)
        for basis, tier, day in grants:
            members = [accounts[each] for each in sorted(basis)]
            fact(club, *members, tier=tier, day=f"2025-02-{day + 1:02}", until="2026-02-10")
        for account, (tier, day) in statements.items():
            when = at(f"2025-02-{day + 1:02}")
            Membership.objects.filter(account=accounts[account]).update(
                tier=tier, tier_at=when, stated_at=when
            )
        for account, amount, day, month in growth:
            earn(accounts[account], amount, f"{2025 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-{day:02}")
        for partition, day in itertools.product((first, second), ("2025-06-01", "2026-03-05", "2028-01-01")):
            self.part(accounts, partition)
            here = set(Member.objects.exclude(accounts=None).values_list("pk", flat=True))
            apart = self.tried(
                lambda day=day, here=here: [tiers.review(now=at(day), members=[pk]) for pk in sorted(here)]
            )
            whole = self.tried(lambda day=day: [tiers.review(now=at(day))])
            assert whole == apart
            tiers.review(now=at(day))
            assert tiers.review(now=at(day)) == 0

    def tried(self, verb) -> tuple[int, set]:
        """What a verb would have made; it is rolled back."""
        with transaction.atomic():
            made = sum(verb())
            rows = TierGrant.objects.values_list(
                "basis", "tier", "reason", "from_at", "valid_until", "growth"
            )
            found = {(tuple(basis), *rest) for basis, *rest in rows}
            transaction.set_rollback(True)
        return made, found
