"""The story in two acts: two years up to the campaign, then two weeks in which some answer it.

The second act is told after the campaign ran, since only then is it known who was reached. Both acts are a
function of (seed, now, size) and, for the second, of the accounts reached: the same arguments give the same
files to the byte.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random

from config.demo import (
    accounts,
    browsing,
    company,
    friends,
    mistakes,
    people,
    records,
    shopping,
    taking_part,
)
from config.demo.browsing import Timed

CAMPAIGN_DAYS = 14
LIFT = 0.16
REPEATED_SHARE = 0.01
LATE_SHARE = 0.03
LATE_BY = 4000
MALFORMED_SHARE = 0.0008
BROKEN_LINES = ('{"type": "order", "channel": ', "not a record at all", '["an", "array"]')


@dataclass(frozen=True)
class Size:
    people: int = 5_000
    accounts: int = 9_000
    orders: int = 40_000
    events: int = 200_000


def of(*, people: int) -> Size:
    """The usual company with so many people, all else in proportion."""
    usual = Size()
    return Size(
        people=people,
        accounts=usual.accounts * people // usual.people,
        orders=usual.orders * people // usual.people,
        events=usual.events * people // usual.people,
    )


@dataclass
class Story:
    """What is known of the company; `truth` (account to person) is for scoring and never ingested."""

    seed: int
    now: datetime
    accounts: list[accounts.Account]
    entries: list[Timed] = field(repr=False)

    @property
    def campaign_at(self) -> datetime:
        return self.now - timedelta(days=CAMPAIGN_DAYS)

    @cached_property
    def truth(self) -> dict[tuple[str, str], str]:
        return {account.key: account.person.key for account in self.accounts}


def tell(*, seed: int, now: datetime, size: Size = Size()) -> Story:
    """The company's people and everything they would do if nobody wrote to them."""

    def rng(part: str) -> Random:
        return Random(f"{seed}:{part}")

    everyone = people.draw(rng=rng("people"), count=size.people, now=now)
    known = accounts.draw(rng=rng("accounts"), people=everyone, count=size.accounts, now=now)
    sold = shopping.orders(rng=rng("orders"), accounts=known, count=size.orders, now=now)
    social = [
        *friends.events(rng=rng("friends"), accounts=known, now=now),
        *taking_part.events(rng=rng("taking part"), accounts=known, now=now),
    ]
    visits = browsing.events(
        rng=rng("events"), accounts=known, orders=sold, count=size.events - len(social), now=now
    )
    delivered = list(shopping.deliveries(rng=rng("deliveries"), orders=sold, now=now))
    entries = [
        *records.of_accounts(rng=rng("records"), accounts=known, now=now),
        *delivered,
        *shopping.returns(rng=rng("returns"), orders=sold, now=now),
        *shopping.reviews(rng=rng("reviews"), orders=sold, now=now),
        *social,
        *visits,
    ]
    entries.sort(key=lambda entry: entry[0])
    return Story(seed=seed, now=now, accounts=known, entries=entries)


def write_first_act(*, story: Story, folder: Path) -> list[Path]:
    """One file a channel with all that happened before the campaign, mistakes included."""
    past = [entry for entry in story.entries if entry[0] < story.campaign_at]
    rng = Random(f"{story.seed}:faults")
    return _write(rng=rng, entries=past, folder=folder, broken=BROKEN_LINES)


def write_second_act(*, story: Story, reached: Iterable[tuple[str, str]], folder: Path) -> list[Path]:
    """One file a channel with the two weeks since, and the answers of those whose accounts were `reached`."""
    since = [entry for entry in story.entries if entry[0] >= story.campaign_at]
    since += answers(story=story, reached=reached)
    since.sort(key=lambda entry: (entry[0], entry[1].get("external_id", "")))
    rng = Random(f"{story.seed}:faults-since")
    return _write(rng=rng, entries=since, folder=folder, broken=())


def answers(*, story: Story, reached: Iterable[tuple[str, str]]) -> Iterator[Timed]:
    """Orders placed because of the message: each person reached orders with chance LIFT, soon rather than late."""
    persons = {story.truth[key] for key in reached if key in story.truth}
    shops: dict[str, list[accounts.Account]] = {}
    for account in story.accounts:
        if account.channel in company.SELLING and account.opened_at < story.campaign_at:
            shops.setdefault(account.person.key, []).append(account)
    for key in sorted(persons & shops.keys()):
        rng = Random(f"{story.seed}:answer:{key}")
        if rng.random() < LIFT:
            after = timedelta(days=min(CAMPAIGN_DAYS - 1, rng.expovariate(1 / 4)), hours=2)
            moment = (story.campaign_at + after).replace(microsecond=0)
            account = rng.choice(shops[key])
            number = account.person.number
            bought = shopping.order(
                rng=rng, account=account, number=number, occurred_at=moment, prefix="SO-C"
            )
            yield moment, bought.record | {"attribution": {"campaign": "WIN-BACK"}}


def _write(*, rng: Random, entries: list[Timed], folder: Path, broken: tuple[str, ...]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    queues: dict[str, list[dict]] = {channel.code: [] for channel in company.CHANNELS}
    for _moment, record in entries:
        queues[record["channel"]].append(record)
    return [
        _write_queue(rng=rng, path=folder / f"{code}.jsonl", queue=queue, broken=broken)
        for code, queue in queues.items()
    ]


def _write_queue(*, rng: Random, path: Path, queue: list[dict], broken: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(_lines(rng=rng, records=queue))
        out.writelines(f"{line}\n" for line in broken)
    return path


def _lines(*, rng: Random, records: list[dict]) -> Iterator[str]:
    """The records in the order in which a channel's queue would send them: some late, some twice, a few spoilt."""
    queue = []
    for place, record in enumerate(records):
        late = rng.randrange(LATE_BY) if rng.random() < LATE_SHARE else 0
        queue.append((place + late, len(queue), record))
        if rng.random() < REPEATED_SHARE:
            queue.append((place + late + rng.randrange(LATE_BY), len(queue), record))
        if rng.random() < MALFORMED_SHARE:
            queue.append((place, len(queue), mistakes.malformed(rng=rng, record=record)))
    queue.sort(key=lambda entry: entry[:2])
    for _place, _number, record in queue:
        yield json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def write_truth(*, story: Story, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("channel", "external_id", "person"))
        rows.writerows((*key, person) for key, person in story.truth.items())
