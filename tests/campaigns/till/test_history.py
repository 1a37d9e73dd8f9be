"""The history of a random load: all that was acknowledged happened once, what was refused not at all, what was lost whole or not."""

import pytest

from tests.campaigns.till import history
from tests.campaigns.till.house import House
from tests.campaigns.till.test_proofs import prove

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_load_with_repetitions_lost_answers_and_killed_connections(monkeypatch, seed):
    house = House(monkeypatch, people=3, cap=6, budget=200)
    log, kills = history.load(house, tills=4, sales=9, seed=seed, every=0.1)
    assert history.faults(house, log) == []
    assert prove("--all")[0] == 0
    outcomes = {outcome: len(log.of(outcome)) for outcome in (history.DONE, history.REFUSED, history.LOST)}
    assert all(outcomes.values()), outcomes
    assert kills
