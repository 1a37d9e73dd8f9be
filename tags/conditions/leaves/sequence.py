"""``sequence``: events in this order, each later than the one before, the last within some time of the first.

``{"steps": [{"name": "product_view", "where": {"properties": {"sku": "S1"}}}, {"name": "order"}], "within": {"hours": 48}}``

Two to five steps; ``order`` means a purchase. All of them lie inside the ``window``.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading, window
from tags.conditions.faults import Fault
from tags.conditions.leaves import steps
from tags.conditions.setting import Setting
from tags.conditions.sources_of_events import Chain
from tags.conditions.sql import Sql, build
from tags.conditions.turning import Turn

FEWEST, MOST = 2, 5

FORM = form.Form(
    gettext_noop("one after the other"),
    (
        form.Field(
            "steps",
            gettext_noop("steps"),
            form.of_events("steps"),
            default=[{"name": ""}, {"name": steps.PURCHASE}],
        ),
        form.Field("within", gettext_noop("within"), form.Case("wait"), default={"hours": 24}),
        form.window(),
    ),
)


@dataclass(frozen=True)
class Sequence:
    chain: Chain

    def source(self) -> Chain:
        return self.chain

    def sql(self, setting: Setting) -> Sql:
        return build("SELECT s.member_id FROM {table} s", table=setting.table(self.chain))

    def test(self, columns: dict[str, Sql], _setting: Setting) -> Sql:
        return build("{begun_at} IS NOT NULL", **columns)

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        """The chain that began last is the last to leave the window."""
        return self.chain.window.turns(columns["begun_at"], setting.as_of)

    def signals(self) -> set[str]:
        return steps.signals(*self.chain.steps)

    def describe(self) -> str:
        chain = _(", then ").join(steps.said(step) for step in self.chain.steps)
        return f"{chain} {steps.waited(self.chain.within)} {self.chain.window.describe()}".strip()


def parse(value: object, place: str, context: object) -> Sequence:
    fields = reading.mapping(value, place, required=["steps", "within"], optional=["window"])
    at, told = reading.inside(place, "steps"), fields["steps"]
    if not isinstance(told, list) or not FEWEST <= len(told) <= MOST:
        raise Fault(at, _("these are not two to five steps"), _('Write [{"name": …}, {"name": …}].'))
    return Sequence(
        Chain(
            tuple(steps.step(each, f"{at}[{number}]", context) for number, each in enumerate(told)),
            steps.within(fields["within"], reading.inside(place, "within")),
            window.parse(fields.get("window"), reading.inside(place, "window")),
        )
    )
