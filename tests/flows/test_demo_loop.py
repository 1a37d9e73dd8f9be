"""The closed loop on the sample company: records, people, tags, audience, campaign, effect, second campaign."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Q

from campaigns.actions import campaigns, running
from campaigns.models import Decision
from config.demo import found, founding, marketing, play, story
from identity.models import QuarantineItem
from members.models import Account, Conversion, EarningBasis, Event, Member, Order, Posting, TierGrant
from tags import library
from tags.models import MemberTags, Tag
from tests.members.ledger.purses import faults

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
SIZE = story.Size(people=250, accounts=450, orders=2_000, events=3_000)
SMALL = story.Size(people=120, accounts=210, orders=900, events=1_300)


@pytest.fixture
def stage(tmp_path):
    return play.Stage(folder=tmp_path, clock=lambda: NOW)


@pytest.fixture
def staff():
    founding.found()
    founding.hire()
    users = get_user_model().objects
    return {"marketer": users.get(username="marketer"), "approver": users.get(username="marketer-2")}


def _counts():
    return [model.objects.count() for model in (Account, Order, Event, QuarantineItem, Decision)]


def _tiers_live():
    """Some have risen, and what they bought after the campaign earned more than a point for each yuan."""
    reached = TierGrant.objects.filter(reason="reached").values_list("tier__code", flat=True)
    assert {"silver", "gold"} <= set(reached)
    earned_more = EarningBasis.objects.exclude(tier=None).exclude(tier__code="member")
    assert earned_more.filter(occurred_at__gt=NOW - dt.timedelta(days=story.CAMPAIGN_DAYS)).exists()
    assert faults() == []


def _actions_and_old_balances_count(outcome):
    assert outcome.faults == 0
    brought = set(Posting.objects.filter(key__startswith="event:").values_list("reason", "amount"))
    assert brought == {("sign_in", 2), ("review.posted", 20)}
    taken_over = Conversion.objects.exclude(opening=None).select_related("posting__account__channel")
    assert {each.posting.account.channel.code for each in taken_over} == {"mall"}
    assert all(each.asked == each.posting.amount * 10 + each.lost * 10 for each in taken_over)


def _standard_tags_carried():
    """Those of which somebody carries a value, or a number at the tag's slot."""
    rows = list(MemberTags.objects.values_list("values", "numbers"))
    values = {value for given, _numbers in rows for value in given}
    slots = {
        slot for _given, numbers in rows for slot, number in enumerate(numbers, start=1) if number is not None
    }
    carried = Tag.objects.live().filter(Q(values__in=values) | Q(slot__in=slots))
    return {each.code for each in library.DEFINITIONS} & set(carried.values_list("code", flat=True))


@pytest.mark.requirement("TAG-032")
@pytest.mark.requirement("PLT-013")
def test_each_step_feeds_the_next_up_to_a_second_campaign(stage, staff, monkeypatch):
    monkeypatch.setattr(marketing, "HOLDOUT", Decimal("0.3"))  # of so few people a fifth may be nobody
    outcome = play.play(seed=9, now=NOW, size=SIZE, stage=stage, **staff)

    assert outcome.verdicts["accepted"] > 5_000
    assert outcome.verdicts["duplicate"]
    assert outcome.verdicts["quarantined"] + outcome.verdicts["rejected"] == (
        QuarantineItem.objects.filter(scope=QuarantineItem.Scope.RECORD).count()
    )
    people = Member.objects.active().count()
    assert SIZE.people <= people < SIZE.accounts
    assert outcome.score.precision > 0.9
    assert outcome.score.recall > 0.5

    _tiers_live()
    _actions_and_old_balances_count(outcome)

    assert outcome.tags.error == ""
    assert MemberTags.objects.exclude(values=[]).count() == people
    assert len(_standard_tags_carried()) >= 40

    decided = outcome.decisions
    assert sum(decided.values()) == outcome.audience.count > 0
    assert decided["sent"] == outcome.effect.treated.members
    assert decided["held_out"] == outcome.effect.holdout.members > 0
    assert outcome.effect.treated.conversion > outcome.effect.holdout.conversion

    second = _run_second(outcome.second, staff)
    asked = set(second.decisions.values_list("member", flat=True))
    assert asked
    assert asked <= set(outcome.campaign.decisions.values_list("member", flat=True))
    since = Order.objects.bought().filter(occurred_at__gte=outcome.campaign.started_at)
    bought = set(since.filter(account__member__in=asked).values_list("account__member", flat=True))
    given_back = Order.objects.filter(account__member__in=bought, returns__isnull=False)
    assert bought <= set(given_back.values_list("account__member", flat=True))


def _run_second(campaign, staff):
    campaigns.approve(campaign=campaign, by=staff["approver"], now=NOW)
    start = campaign.starts_at
    running.start(campaign=campaign, now=start)
    running.run(campaign=campaign, clock=lambda: start, until=start + dt.timedelta(hours=1))
    campaign.refresh_from_db()
    assert campaign.state == "finished"
    return campaign


def test_going_on_after_an_interruption_doubles_nothing(stage, staff, monkeypatch):
    def die(**_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(marketing, "measure", die)
        with pytest.raises(KeyboardInterrupt):
            play.play(seed=9, now=NOW, size=SMALL, stage=stage, **staff)
    before = _counts()
    assert not marketing.is_told()

    outcome = play.play(seed=9, now=NOW, size=SMALL, stage=stage, **staff)
    assert _counts() == before
    assert marketing.is_told()
    assert sum(outcome.decisions.values()) == outcome.audience.count
    assert len(found.reached(campaign=outcome.campaign)) >= outcome.decisions["sent"]
