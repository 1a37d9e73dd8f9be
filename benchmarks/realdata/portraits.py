"""Demographics of the best customers beside everybody's: our portrait, and the same counted in plain Python.

What the data tells of a household's age, income and size comes as the channel's own tags, three fact tags take them over,
the group are the households of RFM class ``important_value`` (better than the mean in all three), and the portrait compares
it with everybody by the index TGI. Beside it the classes and the counts are made from the data set's files alone.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks import house
from benchmarks.realdata.checks import Check
from members.models import Organization
from reports.queries import portrait
from tags.actions import audiences, compute
from tags.conditions import moments
from tags.models import Category, Tag
from tags.models.tag import SAID
from tags.models_of import rfm

FACETS = ("age", "income", "household_size")
BEST = "important_value"
KNOWN = date(2018, 1, 1)


def told(folder: Path) -> dict[str, list[str]]:
    """Household → what is known of it, as labels: ``age 45-54``. Of two in three households nothing is."""
    return {
        str(row["household_id"]): [f"{facet} {row[facet]}" for facet in FACETS if row[facet]]
        for row in _read(folder / "demographics.parquet")
    }


def checks(*, folder: Path, channel: str) -> Iterator[Check]:
    group, as_of = Organization.objects.get(code=house.GROUP), moments.moment(KNOWN)
    labels = told(folder)
    tags = [_fact(facet, labels, channel, group, as_of) for facet in FACETS]
    best = _tag(
        "rfm", group, as_of, shape="one", source="model", model="rfm", parameters={"frequency": "orders"}
    )
    for position, code in enumerate(rfm.CODES):
        best.values.create(code=code, name=code, position=position)
    run = compute.compute(now=as_of)
    yield Check("portrait: faults of the run", run.error, "")
    chosen = {"tag": {"tag": best.code, "value": BEST}}
    audience = audiences.save(name="Best", organization=group, condition=chosen, by=None, now=as_of)
    households, ours = _classes(folder)
    for facet, tag in zip(FACETS, tags, strict=True):
        report = portrait.report(audience=audience, tag=tag, node=group, as_of=as_of)
        yield Check(
            f"portrait by {facet}: group, everybody",
            (report.group, report.everyone),
            (len(ours), len(households)),
        )
        yield from _lines(report, labels, facet, households, ours)


def _lines(report, labels: dict, facet: str, households: set, best: set) -> Iterator[Check]:
    """One a value: how many of the group, of everybody, and the index where at least thirty carry it."""
    for line in report.lines:
        carrying = {each for each in households if f"{facet} {line.name}" in labels.get(each, ())}
        if line.name == "not known":
            carrying = {
                each
                for each in households
                if not any(said.startswith(f"{facet} ") for said in labels.get(each, ()))
            }
        mine, all_ = len(carrying & best), len(carrying)
        tgi = 100 * (mine / len(best)) / (all_ / len(households)) if all_ >= portrait.FEW else None
        theirs = f"{mine}, {all_}, {_index(tgi)}"
        yield Check(
            f"  {line.name}: of them, of all, TGI",
            f"{line.group}, {line.everyone}, {_index(line.tgi)}",
            theirs,
        )


def _index(tgi: float | None) -> str:
    return "too few" if tgi is None else f"{tgi:.1f}"


def _fact(facet: str, labels: dict, channel: str, group: Organization, as_of) -> Tag:
    tag = _tag(facet, group, as_of, shape="one", source="fact")
    found = sorted({said for each in labels.values() for said in each if said.startswith(f"{facet} ")})
    for position, said in enumerate(found):
        name = said.removeprefix(f"{facet} ")
        condition = {"label": {"source": channel, "name": said}}
        tag.values.create(code=f"v{position}", name=name, position=position, condition=condition)
    return tag


def _tag(code: str, group: Organization, as_of, **fields) -> Tag:
    place = Category.objects.get_or_create(code="crowd", defaults={"name": "Crowd", "organization": group})[0]
    said = {name: "of the comparison" for name in SAID}
    return Tag.objects.create(
        code=code,
        name=code,
        organization=group,
        category=place,
        status="approved",
        approved_at=as_of,
        **said,
        **fields,
    )


def _classes(folder: Path) -> tuple[set[str], set[str]]:
    """All households that bought, and those better than the mean in recency, baskets and sales (cents)."""
    last, baskets, sales = {}, defaultdict(set), defaultdict(int)
    for row in _read(folder / "transactions.parquet"):
        who, day = str(row["household_id"]), row["transaction_timestamp"].date()
        last[who] = max(day, last.get(who, day))
        baskets[who].add(row["basket_id"])
        sales[who] += round(row["sales_value"] * 100)
    names = list(last)
    figures = np.array(
        [[-(KNOWN - last[who]).days, len(baskets[who]), sales[who]] for who in names], dtype=float
    )
    better = (figures > figures.mean(axis=0)).all(axis=1)
    return set(names), {who for who, good in zip(names, better, strict=True) if good}


def _read(path: Path) -> list[dict]:
    from pyarrow import parquet

    wanted = {"household_id", "basket_id", "transaction_timestamp", "sales_value", *FACETS}
    columns = [name for name in parquet.read_schema(path).names if name in wanted]
    return parquet.read_table(path, columns=columns).to_pylist()
