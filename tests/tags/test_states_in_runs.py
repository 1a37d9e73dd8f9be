"""States, stages and layers as runs of tags write them: one value each, with its day, and a history."""

import datetime as dt

import pytest

from tags.actions import compute
from tags.models import MemberTags, ModelRun, TagChange, TagValue
from tags.models_of import MODELS
from tags.queries import histories
from tests import factories
from tests.tags import world
from tests.tags.test_compute import held

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def tag(town, model, **parameters):
    """A live tag of the model with its values, lowest first."""
    module = MODELS[model]
    return factories.tag(
        organization=town.group, code=model, source="model", model=model, shape=module.SHAPE, parameters=parameters,
        values=[code for code, _english, _chinese in module.VALUES],
    )  # fmt: skip


def carried(member, code) -> str | None:
    return next((value for pk, tag, value in held() if (pk, tag) == (member.pk, code)), None)


def run(day, **fields):
    done = compute.compute(now=day, **fields)
    assert done.error == ""
    return done


@pytest.mark.requirement("TAG-013")
def test_the_daily_job_moves_a_mature_member_to_dormant_from_that_day_on(town):
    tag(town, "lifecycle_stage")
    member = world.person(town)
    for ago in (600, 400, 200, 100):
        factories.order(account=member.account, at=world.days_ago(ago))
    before, turn = world.NOW + 79 * DAY, world.NOW + 80 * DAY
    run(before)
    assert carried(member, "lifecycle_stage") == "mature"
    run(turn)
    assert carried(member, "lifecycle_stage") == "dormant"
    values = dict(TagValue.objects.values_list("pk", "code"))
    since = {values[pk]: at for pk, at in histories.since(member=member.pk).items()}
    assert since == {"mature": before, "dormant": turn}
    run(turn + DAY)
    assert {values[pk]: at for pk, at in histories.since(member=member.pk).items()} == since


@pytest.mark.requirement("TAG-044")
@pytest.mark.parametrize("model", ["states", "state_by_cycle"])
def test_a_run_gives_each_member_exactly_one_state(town, model):
    tag(town, model)
    people = [world.person(town) for _number in range(6)]
    for member, days in zip(people, [(), (5,), (5, 40), (100,), (300,), (5, 200)], strict=True):
        for ago in days:
            factories.order(account=member.account, at=world.days_ago(ago))
    run(world.NOW)
    assert sorted(pk for pk, _tag, _value in held()) == sorted(member.pk for member in people)
    found = {pk: value for pk, _tag, value in held()}
    assert [found[member.pk] for member in people[:2]] == ["prospect", "new"]
    run(world.NOW, members=[member.pk for member in people])
    assert {pk: value for pk, _tag, value in held()} == found


@pytest.mark.requirement("TAG-065")
@pytest.mark.requirement("TAG-066")
def test_a_return_moves_to_medium_at_the_next_run_and_history_keeps_the_day_of_entry(town):
    layers = tag(town, "pyramid")
    member, best = world.person(town), world.person(town)
    order = factories.order(account=member.account, amount="1000", at=world.days_ago(9))
    factories.order(account=best.account, amount="10000", at=world.days_ago(9))
    entered, later = world.days_ago(8), world.NOW
    run(entered)
    assert (carried(member, "pyramid"), carried(best, "pyramid")) == ("high", "vip")
    factories.returned(order=order, amount="100", at=world.days_ago(1))
    assert carried(member, "pyramid") == "high"
    run(later)
    assert (carried(member, "pyramid"), carried(best, "pyramid")) == ("medium", "vip")
    vip = layers.values.get(code="vip").pk
    assert histories.since(member=best.pk) == {vip: entered}
    high = layers.values.get(code="high").pk
    assert histories.holders(value=high, at=world.days_ago(5)) == {member.pk}
    assert histories.holders(value=high, at=later) == set()
    assert TagChange.objects.filter(member=best).count() == 1


def test_a_pyramid_over_another_number_is_computed_after_it(town):
    factories.tag(
        organization=town.group, code="worth", source="model", model="transactional", shape="number", slot=1
    )
    factories.tag(
        organization=town.group, code="by_worth", source="model", model="pyramid",
        parameters={"measure": {"tag": "worth"}}, values=["low", "medium", "high", "vip"],
    )  # fmt: skip
    member = world.person(town)
    factories.order(account=member.account, amount="1000")
    run(world.NOW)
    assert carried(member, "by_worth") == "high"
    assert MemberTags.objects.get(member=member).numbers == [1000.0]


def test_a_scale_of_too_few_buyers_tags_nobody_and_the_run_says_why(town):
    tag(town, "percentiles")
    member = world.person(town)
    factories.order(account=member.account)
    run(world.NOW)
    assert carried(member, "percentiles") is None
    refused = ModelRun.objects.get()
    assert (refused.state, refused.reason) == ("refused", "A scale needs at least 20 buyers; found: 1.")
    for number in range(30):
        factories.order(account=world.person(town).account, amount=str(10 + number))
    run(world.NOW)
    assert carried(member, "percentiles") == "high"
    bounds = ModelRun.objects.latest("pk").fitted
    assert 30 < bounds["upper"] < 40
    new = world.person(town)
    factories.order(account=new.account, amount="11")
    run(world.NOW, members=[new.pk])
    assert carried(new, "percentiles") == "low"
