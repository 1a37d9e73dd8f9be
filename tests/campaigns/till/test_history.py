"""The history of a random load: all that was acknowledged happened once, what was refused not at all, what was lost whole or not."""

import pytest

from campaigns.models import UseCounter
from tests.campaigns.till import agreement, history
from tests.campaigns.till.house import House
from tests.campaigns.till.test_proofs import prove

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_load_with_repetitions_lost_answers_and_killed_connections(monkeypatch, seed):
    house = House(monkeypatch, people=3, cap=6, budget=200)
    log = history.load(house, tills=4, sales=9, seed=seed, every=0.1)
    if faults := agreement.faults(house, log):
        pytest.fail("\n".join([*faults, agreement.told(log)]))
    status, said = prove("--all")
    assert status == 0, said
    outcomes = {outcome: len(log.of(outcome)) for outcome in (history.DONE, history.REFUSED, history.LOST)}
    assert all(outcomes.values()), outcomes
    assert log.kills


def test_what_disagrees_is_noticed_and_told(monkeypatch):
    house = House(monkeypatch, people=1)
    log = history.load(house, tills=1, sales=6, seed=1, every=1_000)
    assert (agreement.faults(house, log), log.kills) == ([], [])
    done = next(each for each in log.attempts if each.asked.verb == "commit" and each.outcome == history.DONE)
    key, sale = done.asked.key, done.asked.number
    nowhere = done.asked._replace(body=done.asked.body | {"key": "nowhere"})
    refused = done._replace(outcome=history.REFUSED, began=done.ended + 1, answer={"type": "ended"})
    for attempt, said in (
        (done._replace(answer={}), f"{key}: acknowledged, and not kept as it was answered"),
        (done._replace(asked=nowhere), "nowhere: acknowledged, and not kept as it was answered"),
        (refused, f"{key}: acknowledged, and refused when it was asked again"),
    ):
        log.attempts.append(attempt)
        assert agreement.faults(house, log) == [said]
        log.attempts.pop()
    without = [each for each in log.attempts if each.asked.key != key]
    log.attempts, all_of_it = [*without, refused], log.attempts
    assert f"{key}: refused each time, and happened" in agreement.faults(house, log)
    log.attempts = all_of_it
    UseCounter.objects.update(used=5)
    assert [fault.partition(":")[0] for fault in agreement.faults(house, log)] == ["counter"]
    assert f"commit {key}" in agreement.told(log)
    assert f"{sale} committed" in agreement.told(log)
