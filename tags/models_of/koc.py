"""Key opinion consumers: customers whose own measured spreading is large, recruited ones apart.

Spread is counted in people: those he brought count 1, each step further down in his tree times ``decay``; different people
who opened what he shared count ``opened`` each. A key opinion consumer has a spread of at least ``least`` and is among the
``top`` share of all customers who spread, counted among those who were not recruited; recruited ones (the tag
``recruited_koc``, given by staff) have a ranking of their own. Guides and others who bring by profession are in neither.
"""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql
from tags.models_of import referrals, shares
from tags.models_of.learning import Columns, Scored
from tags.models_of.network import spreaders, standing

CODE = "koc"
VERSION = "1"
SHAPE = "one"
SORT = "group"
VALUES = (
    (spreaders.HIDDEN, gettext_noop("Key opinion consumer, not recruited"), "隐藏的关键意见消费者"),
    (spreaders.RECRUITED, gettext_noop("Key opinion consumer, recruited"), "已签约的关键意见消费者"),
)
FORMULA = gettext_noop(
    "People brought, each step further down times the decay, and a part of those who opened what he shared; the top share of"
    " customers who spread, at least the least number. Recruited ones are ranked among themselves."
)


@dataclass(frozen=True)
class Koc:
    rule: spreaders.Koc

    whole = True

    def signals(self) -> set[str]:
        return {"event.referral", "event.share_opened", "labels"}

    def sources(self) -> tuple:
        return (referrals.REFERRALS,)

    def asks(self, setting: Setting) -> Sql:
        kinds = (standing.OPENED, standing.RECRUITED, standing.IN_ROLE)
        return referrals.facts(setting, *kinds)

    def scored(self, columns: Columns, _fitted: dict) -> Scored:
        network = standing.read(columns)
        codes = self.rule.chosen(network)
        return Scored(network.nodes[codes != ""], codes[codes != ""].tolist())


def parse(parameters: object, place: str = "parameters") -> Koc:
    """``{"least": 5, "top": 0.01, "decay": 0.5, "opened": 0.1}``; all may be left out."""
    fields = asdict(spreaders.Koc()) | reading.mapping(parameters, place, optional=asdict(spreaders.Koc()))
    least = float(reading.decimal(fields.pop("least"), reading.inside(place, "least")))
    if least <= 0:
        raise Fault(
            reading.inside(place, "least"), _("this number is out of range"), _("Choose one above 0.")
        )
    read = {name: shares.parse(value, reading.inside(place, name)) for name, value in fields.items()}
    return Koc(spreaders.Koc(least=least, **read))
