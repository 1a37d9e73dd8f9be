"""``unfollowed``: did one thing, and not another within some hours of it.

``{"did": {"name": "live.watched"}, "without": {"name": "order"}, "within": {"hours": 24}, "window": {"days": 7}}``

Did it inside the window at a time since when the hours have passed; and none of these times was followed by the other at the
same moment or within the hours. While they run, nobody knows yet.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading, turning, window
from tags.conditions.leaves import steps
from tags.conditions.setting import Setting
from tags.conditions.sources_of_events import Unfollowed
from tags.conditions.sql import Sql, build
from tags.conditions.turning import Turn

FORM = form.Form(
    gettext_noop("did one thing and not another"),
    (
        form.Field("did", gettext_noop("did"), form.of_events("step"), default={"name": ""}),
        form.Field(
            "without", gettext_noop("and not"), form.of_events("step"), default={"name": steps.PURCHASE}
        ),
        form.Field("within", gettext_noop("within"), form.Case("wait"), default={"hours": 24}),
        form.window(),
    ),
)


@dataclass(frozen=True)
class DidNot:
    unfollowed: Unfollowed

    def source(self) -> Unfollowed:
        return self.unfollowed

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT s.member_id FROM {table} s WHERE {test}",
            table=setting.table(self.unfollowed),
            test=self.test(self.unfollowed.columns(Sql("s.")), setting),
        )

    def test(self, columns: dict[str, Sql], _setting: Setting) -> Sql:
        return build("({over_at} IS NOT NULL AND NOT {followed})", **columns)

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        over = turning.after(columns["waiting_at"], self.unfollowed.within, setting.as_of)
        return [*over, *self.unfollowed.window.turns(columns["first_at"], setting.as_of)]

    def signals(self) -> set[str]:
        return steps.signals(self.unfollowed.step, self.unfollowed.by)

    def describe(self) -> str:
        said = _("%(did)s, and not %(without)s %(within)s") % {
            "did": steps.said(self.unfollowed.step),
            "without": steps.said(self.unfollowed.by),
            "within": steps.waited(self.unfollowed.within),
        }
        return f"{said} {self.unfollowed.window.describe()}".strip()


def parse(value: object, place: str, context: object) -> DidNot:
    fields = reading.mapping(value, place, required=["did", "without", "within"], optional=["window"])
    return DidNot(
        Unfollowed(
            steps.step(fields["did"], reading.inside(place, "did"), context),
            steps.step(fields["without"], reading.inside(place, "without"), context),
            steps.within(fields["within"], reading.inside(place, "within")),
            window.parse(fields.get("window"), reading.inside(place, "window")),
        )
    )
