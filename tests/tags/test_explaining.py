"""Why one person is in an audience, or not."""

import pytest
from hypothesis import HealthCheck, given, settings

from members.models import Consent, Member
from tags.actions import audiences, compute
from tags.queries import explaining
from tests import factories
from tests.tags import crowd, test_compute, world
from tests.tags.conditions.test_behaviour import CONDITIONS
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
TWICE = {"orders": {"aggregate": "count", "window": {"days": 90}, "op": ">=", "value": 2}}
MEN = {"profile": {"field": "gender", "op": "=", "value": "male"}}
AGREED = {"consent": {"purpose": "marketing", "touchpoint": "sms"}}


def explain(town, member, document, node="g"):
    return explaining.of_condition(condition=document, node=town.nodes[node], member=member, as_of=NOW)


def test_what_was_found_is_told_beside_what_was_asked(town):
    man = world.person(town, gender="male", birth_date="1980-03-01")
    for _number in range(3):
        factories.order(account=man.account, at=world.days_ago(10))
    told = explain(town, man, {"all": [TWICE, {"profile": {"field": "age", "op": ">=", "value": 60}}]})
    orders, age = told.reason.parts
    assert (told.holds, orders.holds, orders.found, age.holds) == (False, True, "3", False)
    assert age.found == str(NOW.year - 1980 - ((NOW.month, NOW.day) < (3, 1)))
    assert told.sentence().startswith("Out, because: age is at least 60 (found: ")
    assert "number of orders" not in told.sentence()


def test_who_has_no_such_fact_has_none(town):
    nobody = world.person(town)
    told = explain(town, nobody, {"all": [TWICE, MEN, AGREED]})
    assert [part.found for part in told.reason.parts] == ["0", "not known", "never asked"]
    assert explain(town, nobody, {"not": TWICE}).sentence() == (
        "In, because: number of orders is at least 2 in the last 90 days (found: 0) ✗."
    )


def test_consents_and_tags_tell_what_is_known(town):
    test_compute.rule(town, "male", condition=MEN)
    man = world.person(town, gender="male")
    Consent.objects.create(
        account=man.account, purpose="marketing", touchpoint="*", granted=False, stated_at=world.days_ago(1)
    )
    compute.compute(now=NOW)
    told = explain(town, man, {"any": [AGREED, {"tag": {"tag": "male"}}]})
    assert told.holds
    assert told.reason.parts[0].found.startswith("refused on ")
    assert told.reason.parts[1].found == "yes"
    assert told.sentence().count("found") == 1


def test_who_is_not_known_at_the_node_is_out_whatever_the_condition_says(town):
    man = world.person(town, gender="male", organization=town.nodes["s4"])
    assert explain(town, man, MEN, "b1").sentence() == (
        f"Out, because the member is not known at {town.nodes['b1'].name}."
    )


def test_an_audience_inside_is_opened_and_a_frozen_one_is_history(town):
    man = world.person(town, gender="male")
    men = audiences.save(name="Men", organization=town.group, condition=MEN, by=None, now=NOW)
    told = explain(town, man, {"audience": {"id": men.pk}})
    assert told.reason.kind == "audience"
    assert told.sentence() == "In, because: gender is male (found: male) ✓."
    audiences.freeze(audience=men, by=None, now=NOW)
    woman = world.person(town, gender="female")
    frozen = [explaining.of_audience(audience=men, member=each, as_of=NOW) for each in (man, woman)]
    assert [each.holds for each in frozen] == [True, False]
    assert "was not chosen on" in frozen[1].sentence()


def test_an_explanation_never_disagrees_with_the_audience(town):
    people = crowd.gather(town, size=6)
    members = list(Member.objects.filter(pk__in=[person.id for person in people]))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=CONDITIONS)
    def agrees(document):
        chosen = world.chosen(town, document)
        for member in members:
            told = explain(town, member, document)
            assert told.holds is (member.pk in chosen)
            assert told.sentence()

    agrees()


def test_the_day_of_birth_is_told_to_nobody(town):
    man = world.person(town, birth_date="1980-03-01")
    near = {"profile": {"field": "birthday", "op": "within", "value": {"before": 100, "after": 0}}}
    told = explain(town, man, near)
    assert (told.holds, told.reason.found) == (True, "known")


def test_an_audience_of_a_node_above_is_not_opened_below_it(town):
    """What he bought elsewhere is no business of the brand; that he is in the group's audience is (ADR 031)."""
    man = world.person(town, organization=town.nodes["s1"])
    for _number in range(7):
        factories.order(account=man.account, organization=town.nodes["s4"])
    often = audiences.save(
        name="Often",
        organization=town.group,
        condition={"orders": {"aggregate": "count", "op": ">=", "value": 5}},
        by=None,
        now=NOW,
    )
    inside = {"audience": {"id": often.pk}}
    assert explain(town, man, inside, "b1").sentence() == "In, because: is in the audience “Often” ✓."
    assert "found: 7" in explain(town, man, inside).sentence()
