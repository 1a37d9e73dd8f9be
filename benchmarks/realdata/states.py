"""States of customers on a day in the past, held against what they bought in the ninety days after it.

Each customer's state by fixed windows is compared with a few lines of plain Python. How well states tell who buys again is
the area under the ROC curve (Hanley & McNeil 1982; ties count half), beside two plain guesses: everybody alike (0.5), and
the days since the last purchase alone.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from django.db import connection

from benchmarks import house
from benchmarks.realdata.checks import Check
from members.models import Order, Organization
from reports.queries import rfm
from tags.conditions import moments
from tags.conditions.setting import Setting
from tags.models_of import cycles, states
from tags.models_of.rfm import Rfm
from tags.queries import catalogue, columns

AHEAD = timedelta(days=90)
NEAREST = ("active", "returned", "new", "low_active", "silent", "dormant", "lost")


def checks(*, as_of: str, earlier: str) -> Iterator[Check]:
    """States on ``as_of`` against the 90 days after it; RFM movement from ``earlier`` to ``as_of``."""
    day = date.fromisoformat(as_of)
    node = Organization.objects.get(code=house.GROUP)
    setting = Setting(catalogue.at(node=node), moments.moment(day))
    bought = _days()
    known = {member: [each for each in days if each <= day] for member, days in bought.items()}
    known = {member: days for member, days in known.items() if days}
    later = {member for member, days in bought.items() if any(day < each <= day + AHEAD for each in days)}
    fixed, cyclic = _said(states.States(), setting), _said(cycles.Cycles(), setting)
    yield Check(
        f"customers whose state on {as_of} is that of plain Python",
        sum(fixed[member] == _state(days, day) for member, days in known.items()),
        len(known),
    )
    yield Check("members without exactly one state by cycle", len(bought.keys() ^ cyclic.keys()), 0)
    yield Check(
        f"customers by {as_of}, and of them buying in 90 days",
        f"{len(known):,}, {len(known.keys() & later):,}",
        None,
    )
    for state in NEAREST:
        people = [member for member in known if cyclic[member] == state]
        share = np.mean([member in later for member in people]) if people else 0.0
        yield Check(f"  {state} by cycle: buy again, of {len(people):,}", f"{100 * share:.1f} %", None)
    yield from _areas(known, later, fixed, cyclic, day)
    yield from _moved(node, day, date.fromisoformat(earlier))


def _areas(known, later, fixed, cyclic, day) -> Iterator[Check]:
    members = list(known)
    truth = np.array([member in later for member in members])
    rank = {state: -place for place, state in enumerate(NEAREST)}
    recency = np.array([-(day - known[member][-1]).days for member in members])
    yield Check("AUC of everybody alike", 0.5, None)
    yield Check("AUC of the days since the last purchase alone", round(_auc(recency, truth), 3), None)
    for name, said in (("fixed windows", fixed), ("cycles", cyclic)):
        area = _auc(np.array([rank[said[member]] for member in members]), truth)
        yield Check(f"AUC of states by {name}", round(area, 3), 0.5, at_least=True)


def _moved(node, day: date, earlier: date) -> Iterator[Check]:
    moments_of = [moments.moment(each) for each in (earlier, day)]
    moved = rfm.movement(node=node, earlier=moments_of[0], later=moments_of[1], model=Rfm())
    for name, at, sums in (("rows", moments_of[0], moved.row), ("columns", moments_of[1], moved.column)):
        found = rfm.report(node=node, as_of=at, model=Rfm())
        agreeing = sum(sums(one.code) == one.buyers for one in found.classes)
        yield Check(f"RFM movement: {name} that sum to their class", agreeing, len(found.classes))
    stayed = sum(moved.cells.get((code, code), 0) for code in moved.codes)
    yield Check(
        "RFM movement: stayed in their class, moved or came",
        f"{stayed:,}, {sum(moved.cells.values()) - stayed:,}",
        None,
    )


def _days() -> dict[int, list[date]]:
    """Member → his days with a purchase, in order."""
    found: dict[int, set[date]] = {}
    for member, at in Order.objects.bought().values_list("account__member", "occurred_at").iterator():
        found.setdefault(member, set()).add(moments.day_of(at))
    return {member: sorted(days) for member, days in found.items()}


def _said(model, setting: Setting) -> dict[int, str]:
    fitted = {}
    if hasattr(model, "learns"):
        names = ("category", "intervals", "cycle")
        fitted = model.fitted(columns.columns(model.learns(setting), names), as_of=setting.as_of).parameters
    query = model.rows(setting, fitted)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return dict(cursor.fetchall())


def _state(days: list[date], today: date) -> str:
    age = (today - days[-1]).days
    if age > 30:
        return "low_active" if age <= 90 else "dormant" if age <= 180 else "lost"
    if len(days) == 1:
        return "new"
    return "returned" if (days[-1] - days[-2]).days > 90 else "active"


def _auc(score: np.ndarray, truth: np.ndarray) -> float:
    _values, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    good, bad = truth.sum(), (~truth).sum()
    return float((ranks[truth].sum() - good * (good + 1) / 2) / (good * bad)) if good and bad else 0.5
