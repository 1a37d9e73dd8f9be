"""A value given by hand is carried within the follower's next round, chosen by an audience, and ends with its day."""

import datetime as dt

import pytest

from tags.actions import audiences, compute, follow, giving, turning
from tags.models import MemberTurn, ModelRun
from tags.models_of import rfm
from tags.models_of.learning import TooLittle
from tags.queries import audiences as whom
from tags.queries import selection
from tests import factories
from tests.tags import world
from tests.tags.test_compute import held
from tests.tags.world import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_on_the_server")]
DAY = dt.timedelta(days=1)


@pytest.fixture
def town(transactional_db) -> world.World:
    return world.build()


def followed(now=NOW) -> None:
    while follow.follow(now=now):
        pass


def _by_model(town, model, values):
    return factories.tag(
        organization=town.group, code="apart", source="model", model=model, values=list(values)
    )


def members_of(audience, at=NOW) -> list[int]:
    return sorted(selection.ids(whom.members(audience=audience, as_of=at)))


@pytest.mark.requirement("TAG-017")
def test_an_operator_gives_a_strategy_tag_with_an_end_and_uses_it_as_an_audience(town):
    operator = factories.staff(superuser=True)
    target = factories.tag(
        organization=town.group, code="ac-618-target", name="618 AC target", source="strategy", values=["yes"]
    )
    first, second, other = (world.person(town) for _number in range(3))
    chosen = audiences.save(
        name="618 AC target",
        organization=town.group,
        condition={"tag": {"tag": "ac-618-target"}},
        by=operator,
        now=NOW,
    )
    compute.compute(now=NOW)
    followed()
    assert members_of(chosen) == []
    giving.give(
        tag=target, members=[first.pk, second.pk], values=["yes"], by=operator, reason="618 plan", now=NOW,
        expires_at=NOW + 30 * DAY,
    )  # fmt: skip
    followed()
    assert held() == {(first.pk, "ac-618-target", "yes"), (second.pk, "ac-618-target", "yes")}
    assert members_of(chosen) == sorted([first.pk, second.pk])
    compute.compute(now=NOW + 29 * DAY)
    assert members_of(chosen, NOW + 29 * DAY) == sorted([first.pk, second.pk])
    compute.compute(now=NOW + 30 * DAY)
    assert held() == set()
    assert members_of(chosen, NOW + 30 * DAY) == []
    assert other.pk not in {member for member, *_rest in held()}


def test_what_is_given_goes_before_the_rule_and_the_rule_comes_back(town):
    operator = factories.staff(superuser=True)
    band = factories.tag(
        organization=town.group,
        code="band",
        values=[("big", {"orders": {"aggregate": "count"}}), ("small", None)],
    )
    buyer = world.person(town)
    factories.order(account=buyer.account)
    compute.compute(now=NOW)
    assert held() == {(buyer.pk, "band", "big")}
    given = {"tag": band, "members": [buyer.pk], "by": operator, "reason": "asked to"}
    giving.give(**given, values=["small"], now=NOW)
    followed()
    assert held() == {(buyer.pk, "band", "small")}
    compute.compute(now=NOW + DAY)
    assert held() == {(buyer.pk, "band", "small")}
    giving.take_back(**given, now=NOW + DAY)
    followed(NOW + DAY)
    assert held() == {(buyer.pk, "band", "big")}


@pytest.mark.parametrize(("model", "value"), [("province", "Beijing"), ("self_propagation", "high")])
def test_one_value_is_carried_where_one_is_given_whatever_a_model_says_apart(town, model, value):
    tag = _by_model(town, model, [value, "Shandong", "low"])
    member, friend = world.person(town, province="Shandong"), world.person(town)
    brought = {"channel": friend.account.channel.code, "external_id": friend.account.external_id}
    factories.event(account=member.account, name="referral", at=NOW - DAY, invitee=brought)
    compute.compute(now=NOW)
    (_member, _tag, said), *_others = held()
    assert said != value
    world.give(tag, member, value, until=NOW + DAY)
    if model == "province":  # of a whole model the next computation of everybody tells
        followed()
        assert held() == {(member.pk, "apart", value)}
    compute.compute(now=NOW)
    assert held() == {(member.pk, "apart", value)}
    compute.compute(now=NOW + DAY)
    assert held() == {(member.pk, "apart", said)}


def test_a_model_that_fails_leaves_one_value_where_another_was_given(town, monkeypatch):
    tag = _by_model(town, "province", ["Beijing", "Shandong"])
    member = world.person(town, province="Shandong")
    compute.compute(now=NOW)
    world.give(tag, member, "Beijing")

    def fail(*_given, **_named):
        raise RuntimeError("out of order")

    with monkeypatch.context() as broken:
        broken.setattr("tags.actions.saying.values", fail)
        assert "out of order" in compute.compute(now=NOW).error
        assert held() == {(member.pk, "apart", "Shandong")}
    compute.compute(now=NOW)
    assert held() == {(member.pk, "apart", "Beijing")}


@pytest.mark.parametrize("nightly", [False, True])
def test_what_is_given_comes_and_ends_though_its_model_has_not_learned_yet(town, nightly):
    tag = _by_model(town, "clusters", ["group_1"])
    member, _other = world.person(town), world.person(town)
    compute.compute(now=NOW)
    assert ModelRun.objects.get().state == ModelRun.State.REFUSED
    world.give(tag, member, "group_1", until=NOW + DAY)
    followed() if not nightly else compute.compute(now=NOW)
    assert held() == {(member.pk, "apart", "group_1")}
    turning.turn(now=NOW + DAY) if not nightly else compute.compute(now=NOW + DAY)
    assert held() == set()


def test_what_is_given_ends_in_its_time_though_its_model_may_not_tag_tonight(town, monkeypatch):
    tag = _by_model(town, "rfm", rfm.CODES)
    member = world.person(town)
    factories.order(account=member.account, at=NOW - 2 * DAY)
    compute.compute(now=NOW)
    ((_member, _tag, said),) = held()
    given = next(code for code in rfm.CODES if code != said)
    world.give(tag, member, given, until=NOW + DAY)
    followed()

    def refuse(*_asked):
        raise TooLittle("one buyer is too few")

    with monkeypatch.context() as refusing:
        refusing.setattr("tags.actions.fitting._fitted", refuse)
        compute.compute(now=NOW)
    assert ModelRun.objects.latest("pk").state == ModelRun.State.REFUSED
    assert held() == {(member.pk, "apart", given)}
    assert MemberTurn.objects.get(member=member).due_at == NOW + DAY
    assert turning.turn(now=NOW + DAY) == 1
    assert held() == {(member.pk, "apart", said)}
