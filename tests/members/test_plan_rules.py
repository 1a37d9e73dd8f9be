"""Each rule of the database about plans and tiers is broken once, and holds."""

import uuid

import pytest

from members.models import Plan, Programme, SpendRule, Tier, TierGrant, TierRule
from tests import factories
from tests.members.breaking import deleted, refused
from tests.members.ledger.purses import DAY, NOW, accounts, book

pytestmark = pytest.mark.django_db


@pytest.fixture
def club(group):
    return Programme.objects.create(organization=group, name="Club")


def long(club, **fields) -> Plan:
    given = {"cycle": "long", "number": 1, "name": "Basic", "starts_at": NOW} | fields
    return Plan.objects.create(programme=club, **given)


def short(club, **fields) -> Plan:
    return long(club, **{"cycle": "short", "name": "618", "ends_at": NOW + DAY} | fields)


def publish(plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(state="published", published_at=NOW)


class TestPlans:
    @pytest.fixture
    def plan(self, club, group):
        made = long(club)
        tier = Tier.objects.create(programme=club, code="gold", name="Gold", rank=2)
        TierRule.objects.create(plan=made, tier=tier, growth_from=1000)
        SpendRule.objects.create(plan=made, book=book(organization=group), currency="CNY", unit_value="0.01")
        return made

    def test_a_draft_is_free(self, plan):
        Plan.objects.update(name="Other")
        TierRule.objects.update(growth_from=500)
        TierRule.objects.all().delete()
        plan.delete()
        assert not SpendRule.objects.exists()

    def test_but_it_stays_in_its_programme_and_cycle(self, plan, group):
        other = Programme.objects.create(organization=factories.organization(), name="Other")
        refused(lambda: Plan.objects.update(cycle="short"), "stays as it is")
        refused(lambda: Plan.objects.update(programme=other), "stays as it is")

    def test_what_was_published_stays(self, plan, club):
        publish(plan)
        refused(lambda: Plan.objects.update(name="Other"), "stays as it is")
        refused(lambda: Plan.objects.update(state="draft", published_at=None), "stays as it is")
        refused(lambda: deleted(Plan), "stays as it is")
        for rules in (TierRule, SpendRule):
            refused(lambda rules=rules: deleted(rules), "stay as they are")
        refused(lambda: TierRule.objects.update(growth_from=1), "stay as they are")
        again = Tier.objects.create(programme=club, code="black", name="Black", rank=3)
        refused(lambda: TierRule.objects.create(plan=plan, tier=again), "stay as they are")

    def test_no_rule_moves_to_another_plan(self, plan, club):
        refused(lambda: TierRule.objects.update(plan=long(club, number=2)), "stay as they are")

    def test_two_versions_begin_apart(self, plan, club):
        publish(plan)
        other = long(club, number=2)
        refused(lambda: publish(other), "long_starts_alone")
        refused(lambda: long(club), "plan_number_unique")

    def test_a_short_plan_is_stopped_for_a_reason_and_the_long_one_never(self, plan, club):
        publish(plan)
        stop = {"state": "stopped", "stopped_at": NOW}
        refused(lambda: Plan.objects.update(**stop, stop_reason="why"), "long_has_no_end")
        added = short(club)
        publish(added)
        mine = Plan.objects.filter(pk=added.pk)
        refused(lambda: mine.update(**stop), "plan_state_told")
        mine.update(**stop, stop_reason="competitor 618")
        refused(lambda: mine.update(state="published", stopped_at=None, stop_reason=""), "stays as it is")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"calendar": "season", "season_from": "06-01"},
            {"calendar": "season", "season_from": "13-01", "season_to": "08-31"},
            {"calendar": "holiday"},
            {"calendar": "always", "holiday": "qixi"},
            {"calendar": "moon"},
        ],
    )
    def test_calendars_are_given_whole(self, club, wrong):
        refused(lambda: short(club, **wrong), "calendar_given")

    @pytest.mark.parametrize(
        ("wrong", "rule"),
        [
            ({"ends_at": NOW}, "ends_after"),
            ({"number_digits": 17}, "number_digits"),
            ({"downgrade": "never"}, "downgrade_known"),
            ({"state": "asked"}, "plan_state_told"),
            ({"state": "published"}, "plan_state_told"),
            ({"cycle": "long"}, "long_has_no_end"),
            ({"cycle": "mid"}, "long_has_no_end"),
        ],
    )
    def test_a_plan_can_be_kept(self, club, wrong, rule):
        refused(lambda: short(club, **wrong), rule)

    def test_rules_of_a_plan_can_be_kept(self, plan):
        gold = Tier.objects.get()
        refused(lambda: TierRule.objects.create(plan=plan, tier=gold), "tier_rule_unique")
        refused(lambda: TierRule.objects.update(multiplier=-1), "tier_rule_multiplier")
        spend = SpendRule.objects.get()
        spend.pk = None
        refused(lambda: spend.save(force_insert=True), "spend_rule_unique")
        for wrong in ({"unit_value": 0}, {"most_share": "1.1"}, {"at_least": -1}, {"step": 0}):
            refused(lambda wrong=wrong: SpendRule.objects.update(**wrong), "spend_rule_bounds")


class TestTierGrants:
    @pytest.fixture
    def pair(self, group):
        return accounts(2, organization=group)

    def grant(self, club, account, **fields):
        given = {
            "key": str(uuid.uuid4()),
            "basis": [account.pk],
            "reason": "reached",
            "from_at": NOW,
        } | fields
        return TierGrant.objects.create(programme=club, account=account, recorded_at=NOW, **given)

    def test_a_grant_is_a_fact_of_its_accounts(self, club, pair):
        account, other = pair
        self.grant(club, account, key="k1")
        refused(lambda: TierGrant.objects.update(valid_until=NOW), "append-only")
        refused(lambda: TierGrant.objects.update(note="erased"), "append-only")
        refused(lambda: deleted(TierGrant), "append-only")
        refused(lambda: self.grant(club, account, key="k1"), "tier_grant_once")
        refused(lambda: self.grant(club, account, key=""), "key_given")
        refused(lambda: self.grant(club, account, reason="luck"), "reason_known")
        refused(lambda: self.grant(club, account, basis=[other.pk]), "account_in_basis")

    def test_a_basis_is_written_in_one_way(self, club, pair):
        first, second = sorted(each.pk for each in pair)
        refused(lambda: self.grant(club, pair[0], basis=[second, first]), "basis_sorted")
        refused(lambda: self.grant(club, pair[0], basis=[pair[0].pk] * 2), "basis_sorted")
        self.grant(club, pair[0], basis=[first, second])

    def test_who_gives_by_hand_signs_and_says_why(self, club, pair):
        staff = factories.staff()
        refused(lambda: self.grant(club, pair[0], reason="by_hand", note="a good customer"), "signed")
        refused(lambda: self.grant(club, pair[0], reason="by_hand", by=staff), "signed")
        self.grant(club, pair[0], reason="by_hand", by=staff, note="a good customer")

    def test_it_gives_a_tier_of_its_programme_and_both_stay(self, club, pair):
        tier = Tier.objects.create(programme=club, code="gold", name="Gold", rank=1)
        elsewhere = Programme.objects.create(organization=factories.organization(), name="Other")
        refused(lambda: self.grant(elsewhere, pair[0], tier=tier), "has no such tier")
        refused(lambda: self.grant(club, pair[0], tier_id=tier.pk + 1), "has no such tier")
        refused(lambda: self.grant(Programme(pk=elsewhere.pk + 1), pair[0]), "has no such tier")
        self.grant(club, pair[0], tier=tier)
        refused(lambda: Tier.objects.update(programme=elsewhere), "it stays")
        refused(lambda: deleted(Tier), "it stays")
        Tier.objects.update(name="Golden")
        refused(lambda: Programme.objects.filter(pk=club.pk)._raw_delete("default"))
