"""The loop of the followers, without processes."""

import pytest

from config.worker import following
from config.worker.following import Follower


@pytest.fixture
def clock():
    return Clock()


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_failing_follower_rests_longer_each_time(clock):
    follower = Follower("tests.config.jobs.fail")
    rests = []
    for _ in range(9):
        follower.follow(clock)
        rests.append(follower.due - clock.now)
        clock.now = follower.due
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_it_is_not_called_while_it_rests(clock):
    follower = Follower("tests.config.jobs.fail")
    follower.follow(clock)
    follower.follow(clock)
    assert follower.failures == 1


def test_a_success_forgets_the_failures(clock, monkeypatch, tmp_path):
    monkeypatch.setenv("NINEFOLD_TEST_BOX", str(tmp_path))
    (tmp_path / "1.in").touch()
    follower = Follower("tests.config.jobs.follow", failures=3)
    assert follower.follow(clock) == 1
    assert follower.failures == 0


@pytest.mark.django_db
def test_batches_follow_each_other_without_a_pause_beside_one_that_fails(monkeypatch, tmp_path):
    monkeypatch.setenv("NINEFOLD_TEST_BOX", str(tmp_path))
    monkeypatch.setattr(following, "close_old_connections", lambda: None)
    pauses = []
    monkeypatch.setattr(following.time, "sleep", pauses.append)
    for number in range(20):
        (tmp_path / f"{number}.in").touch()
    following.run(["tests.config.jobs.fail", "tests.config.jobs.follow"], goes_on=lambda: not pauses)
    assert len(list(tmp_path.glob("*.out"))) == 20
    assert pauses == [following.PAUSE]
