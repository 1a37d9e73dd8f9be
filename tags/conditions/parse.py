"""From JSON to a condition: ``all``, ``any``, ``not`` over leaves, or a ``Fault`` that names the place."""

import dataclasses
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tags.conditions import reading
from tags.conditions.catalogue import Audience, Catalogue
from tags.conditions.faults import Fault, unknown
from tags.conditions.leaves.registry import LEAVES
from tags.conditions.nodes import All, Any, Not

DEEPEST = 12
DEEPEST_IN_ALL = 24  # the levels of audiences in audiences added up; PostgreSQL plans deeper ones for minutes
MOST_LEAVES = 200


def condition(document: object, *, catalogue: Catalogue, audience: int | None = None) -> object:
    """A condition ready to compile. ``audience`` is the id of the audience it belongs to, if it is saved already.

    Raises ``tags.conditions.faults.Fault`` with the place, what is wrong there, and the remedy.
    """
    return Context(catalogue, trail=(audience,) if audience else ()).parse(document)


def measure(document: object, *, catalogue: Catalogue) -> object:
    """A leaf without a comparison, whose ``measured`` is a number of each member.

    Raises ``tags.conditions.faults.Fault`` also for a leaf that counts nothing.
    """
    name, value = _single(document, "")
    leaf = None
    if isinstance(value, dict) and not {"op", "value"} & value.keys():
        leaf = condition({name: {**value, "op": ">=", "value": 0}}, catalogue=catalogue)
    if not hasattr(leaf, "measured"):
        raise Fault(
            name, _("this leaf measures nothing"), _("Use an aggregate of orders or events, without op.")
        )
    return leaf


@dataclass
class Budget:
    """How many leaves one condition may have, those of the audiences in it included."""

    left: int = MOST_LEAVES

    def spend(self, place: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise Fault(
                place, _("this condition has too many leaves"), _("Keep it below 200: save parts as tags.")
            )


@dataclass(frozen=True)
class Context:
    """What leaves need to know: the names they may use, and the audiences that are being read."""

    catalogue: Catalogue
    trail: tuple[int, ...] = ()
    budget: Budget = field(default_factory=Budget)
    level: int = 0

    def within(self, audience: Audience) -> "Context":
        return dataclasses.replace(
            self,
            catalogue=self.catalogue.at(audience.node),
            trail=(*self.trail, audience.id),
            level=self.level + 1,
        )

    def parse(self, document: object, place: str = "", depth: int = 0) -> object:
        if depth > DEEPEST:
            raise Fault(
                place, _("this is nested too deeply"), _("At most 12 levels: save the inner part as a tag.")
            )
        if self.level + depth > DEEPEST_IN_ALL:
            raise Fault(
                place,
                _("this is nested too deeply with the audiences in it"),
                _("At most 24 levels: freeze an audience, or save a part as a tag."),
            )
        name, value = _single(document, place)
        at = reading.inside(place, name)
        if name in LEAVES:
            self.budget.spend(at)
            return LEAVES[name](value, at, dataclasses.replace(self, level=self.level + depth))
        if name == "not":
            return Not(self.parse(value, at, depth + 1))
        return self._joined(name, value, at, depth)

    def _joined(self, name: str, value: object, place: str, depth: int) -> object:
        if not isinstance(value, list):
            raise Fault(place, _("this must be a list of conditions"), _("Write [ … ] around them."))
        if name == "any" and not value:
            raise Fault(
                place, _("nobody fits an empty list"), _('Add a condition, or use "all" for everybody.')
            )
        parts = tuple(self.parse(part, f"{place}[{number}]", depth + 1) for number, part in enumerate(value))
        return All(parts) if name == "all" else Any(parts)


def _single(document: object, place: str) -> tuple[str, object]:
    names = ["all", "any", "not", *LEAVES]
    if not isinstance(document, dict):
        raise Fault(place, _("a condition is an object"), _('Write {"all": [ … ]} or one leaf.'))
    if len(document) != 1:
        remedy = _('Write one of %(names)s; join several with "all" or "any".') % {"names": ", ".join(names)}
        raise Fault(
            place, _("a condition has exactly one key, this has %(n)d") % {"n": len(document)}, remedy
        )
    name, value = next(iter(document.items()))
    if name not in names:
        raise unknown(reading.inside(place, str(name)[:60]), _("the condition"), name, names)
    return name, value
