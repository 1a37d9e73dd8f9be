"""Groceries: 9,835 baskets of a shop; the rules of at least .006 support and .25 confidence."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks import house
from benchmarks.realdata import rows
from benchmarks.realdata.checks import Check, reference
from members.models import Organization
from reports.queries import baskets

FOLDER = "groceries"
DAY = dt.datetime(2026, 1, 1, 4, tzinfo=dt.UTC)
RULES = "apriori_s0.006_c0.25_minlen2"


def prepare() -> None:
    house.build(channels=["shop"])


def records(*, folder: Path) -> Iterator[dict]:
    found = rows.read(folder / "groceries.csv.gz")
    for basket, lines in itertools.groupby(found, key=lambda row: row["basket_id"]):
        items = [
            {"line": number, "sku": row["item"], "quantity": "1", "amount": "1.00"}
            for number, row in enumerate(lines, start=1)
        ]
        yield {
            "type": "order", "channel": "shop", "external_id": f"B-{basket}", "occurred_at": DAY.isoformat(),
            "status": "completed", "currency": "EUR", "lines": items,
        }  # fmt: skip


def checks(*, folder: Path) -> Iterator[Check]:
    known = reference(folder)
    ours = baskets.report(
        node=Organization.objects.get(code=house.GROUP), start=DAY - dt.timedelta(days=1), as_of=DAY + dt.timedelta(days=1),
        support=0.006, confidence=0.25,
    )  # fmt: skip
    yield Check("baskets", ours.baskets, known["baskets"])
    yield Check("articles", ours.articles, known["items"])
    yield Check("rules", len(ours.rules), known[RULES]["rules"])
    sizes = Counter(str(len(rule.first) + 1) for rule in ours.rules)
    yield Check("rules by length", dict(sorted(sizes.items())), known[RULES]["by_length"])
    mine = [(sorted(rule.first), rule.then, rule.count, round(rule.lift, 6)) for rule in ours.rules[:10]]
    theirs = [
        (each["if"], each["then"], each["count"], round(each["lift"], 6))
        for each in known[RULES]["top10_lift"]
    ]
    yield Check("of the ten of highest lift the same", sum(map(mine.__contains__, theirs)), len(theirs))
