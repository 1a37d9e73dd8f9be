import datetime as dt

import pytest
from django.utils import timezone

from tags import tasks
from tags.actions import compute, everybody, merging
from tags.models import TagRun
from tests import factories
from tests.tags import world
from tests.tags.test_compute import held, rule

pytestmark = pytest.mark.django_db


def test_the_daily_task_computes_everybody_and_forgets_old_runs(town):
    rule(town)
    buyer = world.person(town)
    factories.order(account=buyer.account)
    old = timezone.now() - dt.timedelta(days=15)
    TagRun.objects.create(scope="changed", tags=[], started_at=old)
    TagRun.objects.create(scope="all", tags=[], started_at=old)
    tasks.compute_all()
    assert held() == {(buyer.pk, "buyer", "yes")}
    assert sorted(TagRun.objects.values_list("scope", flat=True)) == ["all", "all"]


def test_one_tag_after_its_definition_was_changed(town):
    rule(town, "one"), rule(town, "two")
    buyer = world.person(town)
    factories.order(account=buyer.account)
    tasks.compute_tag("two")
    assert held() == {(buyer.pk, "two", "yes")}


def test_a_run_that_ends_before_its_time_says_why_and_the_next_completes_it(town, monkeypatch):
    rule(town)
    buyers = [world.person(town) for _number in range(4)]
    for buyer in buyers:
        factories.order(account=buyer.account)
    merge, done = merging.merge, []

    def fails_at_the_third(**given):
        if len(done) == 2:
            raise RuntimeError("no more")
        done.append(merge(**given))
        return done[-1]

    monkeypatch.setattr(everybody, "WIDTH", 1)
    with monkeypatch.context() as broken:
        broken.setattr(merging, "merge", fails_at_the_third)
        with pytest.raises(RuntimeError):
            compute.compute(now=world.NOW)
    assert TagRun.objects.get().error == "RuntimeError: no more"
    assert TagRun.objects.get().ended_at is None
    compute.compute(now=world.NOW)
    assert held() == {(buyer.pk, "buyer", "yes") for buyer in buyers}
