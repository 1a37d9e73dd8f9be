"""What links alone reach, and what a steward's decisions add: measured against the truth.

The steward answers every case rightly: one person, if most accounts of either side are the same true person's.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.realdata.checks import Check
from config.demo import found, scores

STEPS = (100, 500, None)


@dataclass(frozen=True)
class Case:
    left: tuple[Hashable, ...]
    right: tuple[Hashable, ...]


def measure(*, truth: Mapping[Hashable, str]) -> Iterator[Check]:
    """Search for candidates in this process's database, then let the steward work. Accounts are (channel, id)."""
    people = {key: person for key, person in found.people().items() if key in truth}
    yield from _links(people, truth)
    run = _search()
    yield Check("seconds of the search", round(run.duration.total_seconds(), 1), None)
    known = run.blocking.get("known", {})
    yield Check("known pairs that blocking brings together", known.get("recall"), None)
    right = _right(run, truth)
    yield Check("candidates", len(right), None)
    yield Check("candidates that are right", round(sum(right) / max(len(right), 1), 4), None)
    for order, by in ORDERS.items():
        for count, score in after(people=people, truth=truth, cases=_cases(by)):
            yield Check(f"recall after {count} cases {order}", round(score.recall, 4), None)
            yield Check(f"precision after {count} cases {order}", round(score.precision, 4), None)


def _links(people: Mapping, truth: Mapping) -> Iterator[Check]:
    score = scores.pairwise(found=people, truth=truth)
    for name in ("precision", "recall", "f1"):
        yield Check(f"links alone: {name}", round(getattr(score, name), 4), None)
    precision, recall = b_cubed(found=people, truth=truth)
    yield Check("links alone: B-cubed precision", round(precision, 4), None)
    yield Check("links alone: B-cubed recall", round(recall, 4), None)
    yield Check("links alone: merges to undo", round(undone(found=people, truth=truth), 4), None)


def _search():
    from django.utils import timezone

    from identity.actions import candidates

    return candidates.find(now=timezone.now(), clock=timezone.now)


# Candidates alone first, by either order; and as the review queue shows its cases, refused links before all.
ORDERS = {
    "by probability × pairs": ("sort", "-value", "id"),
    "by probability": ("sort", "-probability", "id"),
    "as queued": ("-value", "id"),
}


def _cases(order: Iterable[str]) -> list[Case]:
    from identity.models import ReviewCase

    names = _names()
    rows = ReviewCase.objects.filter(state="open", sort__in=["refused", "candidate"]).order_by(*order)
    return [
        Case(tuple(names[id] for id in left), tuple(names[id] for id in right))
        for left, right in rows.values_list("left", "right")
    ]


def _names() -> dict[int, tuple[str, str]]:
    from members.models import Account

    rows = Account.objects.values_list("id", "channel__code", "external_id")
    return {id: (channel, external_id) for id, channel, external_id in rows}


def _right(run, truth: Mapping) -> list[bool]:
    names = _names()
    sides = run.cases.values_list("left", "right")
    return [
        _main([names[id] for id in left], truth) == _main([names[id] for id in right], truth)
        for left, right in sides
    ]


def after(
    *, people: Mapping[Hashable, Hashable], truth: Mapping[Hashable, str], cases: list[Case]
) -> Iterator[tuple[int, scores.Score]]:
    """(cases decided, pairwise score) after the first 100, 500 and all cases."""
    block = dict(people)
    held = defaultdict(list)
    for account, person in people.items():
        held[person].append(account)
    steps = [step if step and step < len(cases) else len(cases) for step in STEPS]
    for place, case in enumerate(cases, start=1):
        left, right = block.get(case.left[0]), block.get(case.right[0])
        if left != right and None not in (left, right) and _same(held[left], held[right], truth):
            block.update(dict.fromkeys(held[right], left))
            held[left] += held.pop(right)
        if place in steps:
            yield place, scores.pairwise(found=block, truth=truth)


def _same(left: list, right: list, truth: Mapping) -> bool:
    return _main(left, truth) == _main(right, truth)


def _main(accounts: Iterable, truth: Mapping) -> str | None:
    counts = Counter(truth[account] for account in accounts if account in truth)
    return max(counts, key=lambda person: (counts[person], person), default=None)


def b_cubed(*, found: Mapping, truth: Mapping) -> tuple[float, float]:
    """Precision and recall averaged over accounts (Bagga & Baldwin 1998)."""
    both = Counter((found[key], truth[key]) for key in found)
    blocks, persons = Counter(found.values()), Counter(truth[key] for key in found)
    total = max(len(found), 1)
    precision = sum(count * count / blocks[block] for (block, _), count in both.items()) / total
    recall = sum(count * count / persons[person] for (_, person), count in both.items()) / total
    return precision, recall


def undone(*, found: Mapping, truth: Mapping) -> float:
    """Share of merges that a steward would take back: of n accounts in one block that are m persons', n - 1 merges
    were made and m - 1 of them are wrong."""
    blocks = defaultdict(list)
    for key, block in found.items():
        blocks[block].append(truth[key])
    made = sum(len(persons) - 1 for persons in blocks.values())
    wrong = sum(len(set(persons)) - 1 for persons in blocks.values())
    return wrong / made if made else 0.0
