"""How well the people found agree with the people there are."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """Pairwise scores: of all pairs of accounts put together, and of all that belong together."""

    records: int
    entities: int
    predicted_entities: int
    true_pairs: int
    predicted_pairs: int
    true_positive_pairs: int

    @property
    def precision(self) -> float:
        return self.true_positive_pairs / self.predicted_pairs if self.predicted_pairs else 1.0

    @property
    def recall(self) -> float:
        return self.true_positive_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pairwise(*, found: Mapping[Hashable, Hashable], truth: Mapping[Hashable, Hashable]) -> Score:
    """Compare two partitions, each given as {account: block}, over the accounts that both know.

    Counts pairs without listing them: a block of n accounts holds n(n-1)/2 of them.
    """
    both = [key for key in truth if key in found]
    true_blocks = Counter(truth[key] for key in both)
    found_blocks = Counter(found[key] for key in both)
    return Score(
        records=len(both),
        entities=len(true_blocks),
        predicted_entities=len(found_blocks),
        true_pairs=_pairs(true_blocks),
        predicted_pairs=_pairs(found_blocks),
        true_positive_pairs=_pairs(Counter((truth[key], found[key]) for key in both)),
    )


def _pairs(blocks: Counter) -> int:
    return sum(size * (size - 1) // 2 for size in blocks.values())
