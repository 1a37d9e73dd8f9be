"""Plays the story once through the whole house: records, people, tags, audience, campaign, answers, tags again."""

import datetime as dt
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth.models import AbstractBaseUser

from campaigns.models import Campaign
from campaigns.queries import progress
from config.demo import found, founding, loyalty, marketing, reading, scores, story
from reports.queries.effect import Effect
from tags.models import Audience, TagRun

Told = Callable[[str, int, int], None]


@dataclass
class Outcome:
    """What came of it; `steps` are (name, seconds)."""

    steps: list[tuple[str, float]] = field(default_factory=list)
    verdicts: Counter = field(default_factory=Counter)
    score: scores.Score | None = None
    tags: TagRun | None = None
    audience: Audience | None = None
    campaign: Campaign | None = None
    effect: Effect | None = None
    second: Campaign | None = None
    faults: int | None = None

    @property
    def decisions(self) -> dict[str, int]:
        return {name: count for name, count in progress.of(campaign=self.campaign).outcomes.items() if count}


@dataclass(frozen=True)
class Stage:
    """Where and when it is played. `clock` is the time of the machine; `told(step, done, of)` hears how it goes."""

    folder: Path
    clock: Callable[[], dt.datetime]
    told: Told = lambda _step, _done, _of: None


def play(
    *,
    seed: int,
    now: dt.datetime,
    size: story.Size,
    stage: Stage,
    marketer: AbstractBaseUser,
    approver: AbstractBaseUser,
) -> Outcome:
    """`now` is where the story ends. What stands already from an interrupted run is not done again."""
    outcome = Outcome()
    step = _Steps(outcome=outcome, told=stage.told)
    with step("write the story down"), _uncollected():
        company = story.tell(seed=seed, now=now, size=size)
        files = story.write_first_act(story=company, folder=stage.folder / "history")
        story.write_truth(story=company, path=stage.folder / "truth.csv")
    founding.found()
    loyalty.found(now=now)
    with step("read the records of two years"):
        outcome.verdicts += _ingest(files, stage, "read the records of two years")
    at = company.campaign_at
    with step("give orders and actions their points, people their tiers"):
        loyalty.earn(now=at, looked_back=loyalty.QUARTERS)
    with step("give tags as of the campaign"):
        marketing.tag_everybody(now=at)
    with step("choose the audience"):
        outcome.audience = marketing.choose(by=marketer, now=at)
    with step("run the campaign"):
        outcome.campaign = marketing.win_back(
            audience=outcome.audience, by=marketer, approver=approver, now=at
        )
    with step("read what happened since"):
        reached = found.reached(campaign=outcome.campaign)
        files = story.write_second_act(story=company, reached=reached, folder=stage.folder / "since")
        outcome.verdicts += _ingest(files, stage, "read what happened since")
    with step("give the orders since their points, by tier"):
        loyalty.earn(now=now)
        loyalty.expire(now=now)
    with step("give tags as of today"):
        outcome.tags = marketing.tag_everybody(now=now)
    with step("measure the campaign and plan the next"):
        outcome.effect = marketing.measure(campaign=outcome.campaign, now=now)
        outcome.second = marketing.call_again(campaign=outcome.campaign, by=marketer, now=now)
    with step("check that the ledger adds up"):
        outcome.faults = loyalty.faults()
    with step("compare with the truth"):
        outcome.score = scores.pairwise(found=found.people(), truth=company.truth)
    return outcome


@contextmanager
def _uncollected() -> Iterator[None]:
    """The story is half a million small objects without cycles: looking for garbage among them takes seconds."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Steps:
    def __init__(self, *, outcome: Outcome, told: Told) -> None:
        self.outcome = outcome
        self.told = told

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.told(name, 0, 1)
        begun = time.perf_counter()
        yield
        self.outcome.steps.append((name, time.perf_counter() - begun))
        self.told(name, 1, 1)


def _ingest(files: list[Path], stage: Stage, name: str) -> Counter:
    total, done = sum(path.stat().st_size for path in files), 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        stage.told(name, done, total)

    return reading.ingest(paths=files, clock=stage.clock, told=told)
