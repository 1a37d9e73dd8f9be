"""Tiers: reached by growth, kept or lost at the end of their validity or with a return; each change a fact with a reason."""

import pytest
from django.core.management import call_command

from members.actions import points, tiers
from members.models import Account, Event, Posting, TierGrant
from members.queries import standings, tier_changes
from tests import factories
from tests.members import clubs, plans
from tests.members.clubs import at, earn, stands, told
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db


@pytest.fixture
def club(group):
    return clubs.club(organization=group)


@pytest.fixture
def book(group):
    return clubs.growth(organization=group)


@pytest.fixture
def person(group):
    (account,) = purses.accounts(1, organization=group)
    return account


def review(day: str) -> int:
    return tiers.review(now=at(day))


@pytest.mark.requirement("MEM-016")
def test_growth_of_1000_gives_the_second_tier_and_200_after_the_validity_the_first(club, book, person):
    clubs.ruled(club, book=book, window_months=12, months=12)
    earn(person, 1000, "2025-03-10")
    assert stands(person, on="2025-03-10T01:00").tier == "silver"
    assert review("2025-03-11") == 1
    here = stands(person, on="2025-03-11")
    assert (here.tier, here.tier_rank, here.ledger_growth, here.reason) == ("gold", 1, 1000, "reached")
    assert (here.since, here.until, here.next_tier, here.to_next) == (
        at("2025-03-10"), at("2026-03-11"), "black", 4000,
    )  # fmt: skip
    earn(person, 200, "2025-09-01")
    assert review("2026-03-10T23:59") == 0
    assert review("2026-03-11") == 1
    assert stands(person, on="2026-03-11").tier == "silver"
    assert told(person, club) == [("reached", "", "gold"), ("dropped", "gold", "silver")]
    changes = [
        (each.name, each.properties["from"], each.properties["to"])
        for each in Event.objects.filter(name__startswith="tier.").order_by("id")
    ]
    assert changes == [("tier.reached", "silver", "gold"), ("tier.dropped", "gold", "silver")]


class TestReached:
    def test_a_review_twice_changes_nothing(self, club, book, person):
        clubs.ruled(club, book=book)
        earn(person, 1000, "2025-03-10")
        assert (review("2025-03-11"), review("2025-03-11"), review("2025-04-01")) == (1, 0, 0)

    def test_two_thresholds_crossed_at_once_are_one_change(self, club, book, person):
        clubs.ruled(club, book=book)
        earn(person, 1000, "2025-03-10")
        earn(person, 4000, "2025-03-12")
        assert review("2025-03-13") == 1
        assert told(person, club) == [("reached", "", "black")]
        assert stands(person, on="2025-03-13").since == at("2025-03-12")

    def test_growth_told_late_counts_from_its_own_day_and_only_within_the_window(self, club, book, person):
        clubs.ruled(club, book=book, window_months=12, months=12)
        earn(person, 5000, "2024-02-01")
        assert review("2025-03-11") == 0
        earn(person, 1000, "2024-06-01")
        assert review("2025-03-11") == 1
        assert stands(person, on="2025-03-11").until == at("2025-06-02")

    def test_late_growth_of_before_the_grant_still_raises_it(self, club, book, person):
        clubs.ruled(club, book=book)
        earn(person, 1000, "2025-03-10")
        review("2025-03-11")
        earn(person, 4000, "2025-03-05")
        assert review("2025-03-12") == 1
        assert (stands(person, on="2025-03-12").tier, stands(person, on="2025-03-12").since) == (
            "black",
            at("2025-03-10"),
        )

    def test_who_joined_has_the_tier_that_needs_no_growth_and_no_row(self, club, book, person):
        clubs.ruled(club, book=book)
        assert standings.of(members=[person.member_id], at=at("2025-01-01")) == []
        person.memberships.update(joined_at=at("2025-01-01"))
        assert (stands(person, on="2025-01-01").tier, review("2025-01-02")) == ("silver", 0)

    def test_a_closed_programme_stays_as_it_stands(self, club, book, person):
        clubs.ruled(club, book=book)
        earn(person, 1000, "2025-03-10")
        type(club).objects.update(closed_at=at("2025-03-11"))
        assert review("2025-03-11") == 0

    def test_an_emptied_person_is_left_alone(self, club, book, person):
        clubs.ruled(club, book=book, months=12, window_months=12)
        earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        Account.objects.filter(pk=person.pk).update(emptied_at=at("2025-04-01"))
        assert review("2030-01-01") == 0


class TestEnds:
    def test_kept_with_enough_growth_from_the_last_day_on(self, club, book, person):
        clubs.ruled(club, book=book, window_months=12, months=12, rules={"gold": {"keep_from": 800}})
        earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        earn(person, 800, "2025-09-01")
        assert review("2026-03-11") == 1
        here = stands(person, on="2026-03-11")
        assert (here.tier, here.reason, here.since, here.until) == (
            "gold", "kept", at("2026-03-11"), at("2027-03-11"),
        )  # fmt: skip

    def test_a_validity_from_29_february_ends_with_the_28th(self, club, book, person):
        clubs.ruled(club, book=book, window_months=12, months=12)
        earn(person, 1000, "2024-02-29")
        review("2024-02-29")
        assert stands(person, on="2024-02-29").until == at("2025-03-01")

    def test_one_tier_down_and_again_a_period_later(self, club, book, person):
        clubs.ruled(club, book=book, window_months=12, months=12, downgrade="one")
        earn(person, 5000, "2025-03-10")
        review("2025-03-10")
        review("2026-03-11")
        assert (stands(person, on="2026-03-11").tier, stands(person, on="2026-03-11").until) == (
            "gold",
            at("2027-03-11"),
        )
        review("2027-03-11")
        assert (stands(person, on="2027-03-11").tier, stands(person, on="2027-03-11").until) == (
            "silver",
            None,
        )

    def test_grace_gives_days_to_earn_what_lacks(self, club, book, person):
        clubs.ruled(club, book=book, window_months=12, months=12, tier_grace_days=30)
        earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        assert review("2026-04-09T23:00") == 0
        earn(person, 1000, "2026-04-09")
        assert review("2026-04-10") == 1
        assert (stands(person, on="2026-04-10").reason, stands(person, on="2026-04-10").until) == (
            "kept",
            at("2027-03-11"),
        )

    @pytest.mark.parametrize(
        "days", [["2027-06-01"], ["2025-03-12", "2026-03-12", "2026-08-01", "2027-06-01"]]
    )
    def test_a_worker_that_was_down_for_years_decides_as_a_punctual_one(self, club, book, person, days):
        clubs.ruled(club, book=book, window_months=12, months=12)
        earn(person, 1000, "2024-03-10")
        review("2024-03-10")
        earn(person, 1200, "2024-12-01")
        for day in days:
            review(day)
        found = TierGrant.objects.order_by("id").values_list("reason", "tier__code", "from_at", "growth")
        assert list(found) == [
            ("reached", "gold", at("2024-03-10"), 1000),
            ("kept", "gold", at("2025-03-11"), 1200),
            ("dropped", "silver", at("2026-03-11"), 0),
        ]

    def test_dearer_thresholds_lower_nobody_before_his_validity_ends(self, club, book, person):
        clubs.ruled(club, book=book, window_months=12, months=12)
        earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        ladder = (("silver", 0), ("gold", 2000), ("black", 9000))
        dearer = clubs.ruled(
            club, book=book, window_months=12, months=12, ladder=ladder, starts_at=at("2025-06-01")
        )
        assert tier_changes.preview(plan=dearer, now=at("2025-06-01"), most=9).moves == []
        assert (review("2025-06-02"), stands(person, on="2025-06-02").tier) == (0, "gold")
        earn(person, 1000, "2025-07-01")
        assert (review("2025-07-02"), review("2026-03-11")) == (0, 1)
        assert stands(person, on="2026-03-11").tier == "silver"

    def test_a_tier_that_a_new_version_leaves_out_ends_with_its_validity(self, club, book, person):
        clubs.ruled(club, book=book, window_months=12, months=12)
        earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        ladder = (("silver", 0), ("black", 5000))
        clubs.ruled(club, book=book, window_months=12, months=12, ladder=ladder, starts_at=at("2025-06-01"))
        earn(person, 3000, "2025-07-01")
        assert (review("2025-07-02"), stands(person, on="2025-07-02").tier) == (0, "gold")
        review("2026-03-11")
        assert stands(person, on="2026-03-11").tier == "silver"


class TestReturned:
    def test_a_return_takes_back_what_its_purchase_reached(self, club, book, person):
        clubs.ruled(club, book=book, months=12)
        receipt = earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        reverse(receipt, 1, "2025-03-20")
        assert review("2025-03-20") == 1
        assert told(person, club) == [("reached", "", "gold"), ("returned", "gold", "silver")]
        assert (review("2025-03-21"), stands(person, on="2025-03-21").since) == (0, at("2025-03-20"))

    def test_but_not_where_a_later_purchase_reaches_it_as_well(self, club, book, person):
        clubs.ruled(club, book=book, months=12)
        receipt = earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        earn(person, 1000, "2025-03-15")
        reverse(receipt, 1000, "2025-03-20")
        assert (review("2025-03-20"), stands(person, on="2025-03-20").tier) == (0, "gold")

    def test_nor_where_the_plan_lets_it_be(self, club, book, person):
        clubs.ruled(club, book=book, months=12, falls_with_returns=False)
        receipt = earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        reverse(receipt, 1000, "2025-03-20")
        assert review("2025-03-20") == 0

    def test_growth_that_left_the_window_is_no_return(self, club, book, person):
        clubs.ruled(club, book=book, window_months=6, months=24)
        earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        assert (review("2026-03-10"), stands(person, on="2026-03-10").tier) == (0, "gold")

    def test_what_kept_a_tier_and_comes_back_loses_it(self, club, book, person):
        clubs.ruled(club, book=book, window_months=12, months=12)
        earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        receipt = earn(person, 1500, "2025-09-01")
        review("2026-03-11")
        reverse(receipt, 500, "2026-03-20")
        assert review("2026-03-20") == 0
        reverse(receipt, 1, "2026-03-21")
        assert (review("2026-03-21"), stands(person, on="2026-03-21").tier) == (1, "silver")

    def test_who_falls_does_not_fall_below_what_he_was_given_by_hand(self, club, book, person):
        clubs.ruled(club, book=book, months=12, window_months=12)
        give(person, club, "gold", "2025-01-10")
        earn(person, 5000, "2025-03-10")
        review("2025-03-10")
        assert stands(person, on="2025-03-10").tier == "black"
        review("2026-03-11")
        assert (stands(person, on="2026-03-11").tier, stands(person, on="2026-03-11").until) == ("gold", None)


def reverse(receipt, amount, day: str):
    posting = Posting.objects.get(pk=receipt.posting)
    return points.reverse(posting=posting, key=purses.key(), now=at(day), amount=amount)


def give(account, club, tier: str | None, day: str, **more) -> TierGrant:
    given = club.tiers.get(code=tier) if tier else None
    return tiers.grant(
        member=account.member, programme=club, tier=given, note="a friend of the house", by=factories.staff(),
        now=at(day), **{"key": purses.key()} | more,
    )  # fmt: skip


class TestByHand:
    def test_it_stands_with_who_gave_it_and_why(self, club, book, person):
        clubs.ruled(club, book=book)
        made = give(person, club, "black", "2025-01-10", valid_until=at("2025-06-01"))
        here = stands(person, on="2025-01-10")
        assert (here.tier, here.reason, here.until, made.basis) == (
            "black",
            "by_hand",
            at("2025-06-01"),
            [person.pk],
        )
        (change,) = standings.log(member=person.member, programme=club)
        assert (change.by, change.note, change.counts) == (made.by.username, "a friend of the house", True)
        assert Event.objects.get(name="tier.granted").properties["to"] == "black"
        review("2025-06-01")
        assert told(person, club)[-1] == ("dropped", "black", "silver")

    def test_a_lower_one_stands_until_there_is_new_growth(self, club, book, person):
        clubs.ruled(club, book=book)
        earn(person, 1000, "2025-03-10")
        review("2025-03-10")
        give(person, club, "silver", "2025-03-20")
        assert (review("2025-03-21"), stands(person, on="2025-03-21").tier) == (0, "silver")
        earn(person, 1, "2025-03-22")
        assert (review("2025-03-22"), stands(person, on="2025-03-22").tier) == (1, "gold")

    def test_none_takes_the_tier_away(self, club, book, person):
        clubs.ruled(club, book=book)
        give(person, club, None, "2025-01-10")
        assert (stands(person, on="2025-01-10").tier, stands(person, on="2025-01-10").next_tier) == (
            "",
            "silver",
        )

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"note": "  "}, "Say why"),
            ({"valid_until": at("2025-01-10")}, "still to come"),
            ({"tier": None, "valid_until": at("2026-01-10")}, "has no end"),
        ],
    )
    def test_it_is_refused_with_the_remedy(self, club, person, wrong, words):
        asked = {"tier": club.tiers.get(code="gold"), "note": "n", "now": at("2025-01-10")} | wrong
        with pytest.raises(tiers.Refused, match=words):
            tiers.grant(member=person.member, programme=club, by=factories.staff(), key="k", **asked)
        assert not TierGrant.objects.exists()

    def test_a_key_that_was_used_for_something_else_is_refused(self, club, person):
        asked = {
            "member": person.member,
            "programme": club,
            "note": "n",
            "by": factories.staff(),
            "now": at("2025-01-10"),
        }
        gold = club.tiers.get(code="gold")
        made = tiers.grant(**asked, tier=gold, key="k")
        assert tiers.grant(**asked | {"now": at("2025-01-11")}, tier=gold, key="k") == made
        for other in (
            {"tier": None},
            {"tier": gold, "note": "m"},
            {"tier": gold, "valid_until": at("2026-01-10")},
        ):
            with pytest.raises(tiers.KeyReused, match="Use a new key"):
                tiers.grant(**asked | other, key="k")
        assert TierGrant.objects.count() == 1

    def test_a_tier_of_another_programme_is_refused(self, club, person):
        other = clubs.club(organization=factories.organization())
        with pytest.raises(tiers.Refused, match="another programme"):
            tiers.grant(
                member=person.member, programme=club, tier=other.tiers.first(), note="n", by=factories.staff(), key=purses.key(),
                now=at("2025-01-10"),
            )  # fmt: skip


class TestDoors:
    def test_the_command_says_how_many_changed(self, club, book, group, capsys):
        clubs.ruled(club, book=book)
        for account in purses.accounts(3, organization=group):
            earn(account, 1000, "2025-03-10")
        call_command("review_tiers")
        assert capsys.readouterr().out == "3 tiers changed.\n"
        call_command("review_tiers")
        assert capsys.readouterr().out == "0 tiers changed.\n"

    def test_a_draft_shows_what_it_would_change(self, club, book, group):
        for account, growth in zip(
            purses.accounts(4, organization=group), (10, 1000, 2000, 9000), strict=True
        ):
            earn(account, growth, "2025-03-10")
        draft = plans.drafted(
            club, starts_at=at("2025-04-01"), growth_book=book,
            tiers=[{"tier": code, "growth_from": growth} for code, growth in clubs.LADDER],
        )  # fmt: skip
        assert tier_changes.preview(plan=draft, now=at("2025-03-20"), most=9).moves == [
            tier_changes.Move("silver", "black", "reached", 1),
            tier_changes.Move("silver", "gold", "reached", 2),
        ]
        assert not TierGrant.objects.exists()
