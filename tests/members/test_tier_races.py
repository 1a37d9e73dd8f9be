"""Tiers over real connections: reviews beside reviews, beside a word given by hand and beside a merge; the follower."""

import pytest

from members.actions import tiers
from members.models import Event, Member, TierGrant
from members.queries import standings
from tests import factories
from tests.connections import at_once
from tests.members import clubs
from tests.members.clubs import at, earn, stands
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("2025-03-12")


@pytest.fixture
def club(group):
    made = clubs.club(organization=group)
    clubs.ruled(made, book=clubs.growth(organization=group))
    return made


def review() -> int:
    return tiers.review(now=NOW)


def test_three_reviews_at_once_give_each_tier_once(club, group):
    for account in purses.accounts(5, organization=group):
        earn(account, 1000, "2025-03-10")
    assert sorted(at_once(review, review, review)) == [0, 0, 5]
    assert TierGrant.objects.count() == 5


def test_a_review_beside_a_merge_gives_what_holds_or_harms_nobody(club, group):
    for _round in range(5):
        one, other = purses.accounts(2, organization=group)
        earn(one, 600, "2025-03-10")
        earn(other, 600, "2025-03-10")
        at_once(review, lambda one=one, other=other: purses.merge(one, other))
        review()
        assert stands(one, on="2025-03-12").tier == "gold"
        at_once(review, lambda one=one, other=other: purses.split(one, other))
        assert (stands(one, on="2025-03-12").tier, stands(other, on="2025-03-12").tier) == (
            "silver",
            "silver",
        )
        assert review() == 0


def test_a_word_given_by_hand_beside_a_review_is_followed_or_follows(club, group):
    (account,) = purses.accounts(1, organization=group)
    earn(account, 1000, "2025-03-10")
    word = lambda: tiers.grant(  # noqa: E731
        member=account.member, programme=club, tier=club.tiers.get(code="black"), note="n", by=factories.staff(), now=NOW,
        key=purses.key(),
    )  # fmt: skip
    at_once(review, word)
    review()
    assert stands(account, on="2025-03-12").tier == "black"
    assert [each.counts for each in standings.log(member=account.member, programme=club)].count(True) in (
        1,
        2,
    )


def test_the_follower_reviews_whom_the_log_tells_of(club, group):
    one, other = purses.accounts(2, organization=group)
    earn(one, 600, "2025-03-10")
    earn(other, 600, "2025-03-11")
    while tiers.follow(now=NOW):
        pass
    assert not TierGrant.objects.exists()
    purses.merge(one, other)
    assert tiers.follow(now=NOW) == 0
    factories.event(account=other, name="identity.merged", at=NOW)
    assert tiers.follow(now=NOW) == 1
    assert [each.basis for each in TierGrant.objects.all()] == [[one.pk, other.pk]]
    assert stands(one, on="2025-03-12").tier == "gold"
    assert (tiers.follow(now=NOW), tiers.follow(now=NOW), TierGrant.objects.count()) == (1, 0, 1)


def test_what_one_batch_leaves_off_the_next_goes_on_with(club, group, monkeypatch):
    monkeypatch.setattr(tiers, "PEOPLE", 2)
    for account in purses.accounts(5, organization=group):
        earn(account, 1000, "2025-03-10")
    batches = tiers.review_everybody(now=NOW)
    assert next(batches)[1] == 2
    batches.close()
    assert (TierGrant.objects.count(), review(), review()) == (2, 3, 0)
    assert Member.objects.count() == 5


def test_a_word_pressed_three_times_at_once_is_given_once(club, group):
    (account,) = purses.accounts(1, organization=group)
    by, black = factories.staff(), club.tiers.get(code="black")

    def press() -> int:
        return tiers.grant(
            member=account.member, programme=club, tier=black, note="n", key="desk:1:a", by=by, now=NOW
        ).pk

    assert len(set(at_once(press, press, press))) == 1
    assert TierGrant.objects.count() == 1
    assert Event.objects.filter(name="tier.granted").count() == 1
