"""Fixed habits: the share of buyers whose purchases come at regular intervals, and how long those are.

By ``tags.models_of.habits``: a coefficient of variation below 0.5 from four purchases on. The share is of all buyers.
"""

import dataclasses
import datetime as dt

from django.db import connection
from django.utils.translation import gettext as _

from members.models import Organization
from reports.queries import selecting
from reports.table import Column, Table
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models_of import everyone, habits
from tags.models_of.rhythm import Rhythm
from tags.queries import catalogue, visible

STEPS = (8, 15, 32, 92)

COUNTS = """
SELECT h.code, width_bucket(s.cycle, {steps}::float8[]), count(*), avg(s.cycle) FROM {rhythm} s
LEFT JOIN ({habits}) h ON h.member_id = s.member_id WHERE TRUE{here} GROUP BY 1, 2"""


@dataclasses.dataclass(frozen=True)
class Habits:
    """``regular``: by the length of the interval (up to 7, 14, 31, 91 days, longer), (people, mean days). ``tag``: code of a
    live tag of this model, if there is one."""

    as_of: dt.datetime
    buyers: int
    judged: int
    regular: dict[int, tuple[int, float]]
    tag: str = ""

    @property
    def habit(self) -> int:
        return sum(people for people, _mean in self.regular.values())

    @property
    def share(self) -> float | None:
        return self.habit / self.buyers if self.buyers else None

    def groups(self) -> dict[str, selecting.Group]:
        if not self.tag or not self.habit:
            return {}
        condition = selecting.of_tag(tag=self.tag, value="habit")
        return {"habit": selecting.Group(_("Fixed habit"), self.habit, condition)}

    def tables(self) -> list[Table]:
        columns = [Column(_("Buyers")), Column(_("People"), "count"), Column(_("Share"), "share")]
        rows = [
            (_("Fixed habit"), self.habit, self.share),
            (_("Irregular"), self.judged - self.habit, _share(self.judged - self.habit, self.buyers)),
            (_("Fewer than four purchases"), self.buyers - self.judged, _share(self.buyers - self.judged, self.buyers)),
        ]  # fmt: skip
        note = _(
            "Habit: the intervals' standard deviation is below half of their mean, from four purchases on."
        )
        total = (_("All buyers"), self.buyers, None)
        return [
            Table(_("Users with fixed habits"), columns, rows, self.as_of, total=total, notes=[note]),
            self._intervals(),
        ]

    def _intervals(self) -> Table:
        labels = [
            _("up to a week"),
            _("up to two weeks"),
            _("up to a month"),
            _("up to a quarter"),
            _("longer"),
        ]
        columns = [
            Column(_("They buy every")),
            Column(_("People"), "count"),
            Column(_("Days on average"), "number"),
        ]
        rows = [(label, *self.regular.get(step, (0, None))) for step, label in enumerate(labels)]
        return Table(_("How long their intervals are"), columns, rows, self.as_of)


def report(*, node: Organization, as_of: dt.datetime) -> Habits:
    setting = Setting(catalogue.at(node=node), as_of)
    query = build(
        COUNTS,
        steps=[float(step) for step in STEPS],
        rhythm=setting.table(Rhythm()),
        habits=habits.Habits().rows(setting),
        here=everyone.here(setting, Sql("s.member_id")),
    )
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        found = cursor.fetchall()
    tag = visible.tags(node=node).filter(model=habits.CODE, parameters={}).order_by("pk").first()
    return Habits(
        as_of,
        buyers=sum(people for _code, _step, people, _mean in found),
        judged=sum(people for code, _step, people, _mean in found if code),
        regular={step: (people, mean) for code, step, people, mean in found if code == "habit"},
        tag=tag.code if tag else "",
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
