"""What a definition must be before it is written: it says why it is wanted, and its rules can be read."""

import datetime as dt
from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from tags.actions import layers
from tags.actions.approvals import Refused, Unsaid
from tags.conditions import parse, reading
from tags.conditions.faults import Fault, unknown
from tags.models import Tag
from tags.models_of import MODELS
from tags.queries import catalogue, needs

WHY = ("purpose", "consumer", "expected_action")
MOST_VALUES = 1_000
DEEPEST = 40


def said(*, tag: Tag, everything: bool = False) -> None:
    """Raises ``Unsaid``: nobody drafts a tag without saying why, for whom, and what is done with it."""
    missing = [name for name in tag.unsaid if everything or name in WHY]
    missing += [name for name in WHY if not str(getattr(tag, name)).strip() and name not in missing]
    if missing:
        raise Unsaid(missing)


def arrived(*, tag: Tag, now: dt.datetime) -> None:
    """Raises ``Refused`` with the signals of a wish that nobody delivers yet."""
    if lacking := needs.missing(tag=tag, now=now):
        told = {"name": tag.name, "signals": ", ".join(lacking)}
        raise Refused(_("“%(name)s” still waits for %(signals)s: no channel around it delivers them.") % told)


def fields(*, tag: Tag, values: Sequence[tuple]) -> None:
    """Raises ``Fault`` at the field, or at the place in a condition, that is wrong."""
    for name in ("parameters", "measure", "wanted_signals"):
        storable(getattr(tag, name), name)
    storable([condition for _code, _name, condition in values], "values")
    _source(tag)
    _values(values)
    layers.check(tag=tag, values=len(values))
    if tag.category and not tag.organization.path.startswith(tag.category.organization.path):
        raise Fault(
            "category",
            _("“%(name)s” is a category of another organization") % {"name": tag.category.name},
            _("Choose one of the tag's organization, or of one that it is part of."),
        )
    if tag.model:
        if tag.model not in MODELS:
            raise unknown("model", _("the model"), tag.model, MODELS)
        MODELS[tag.model].parse(tag.parameters)
        _shape(tag, MODELS[tag.model].SHAPE)
        return
    names = catalogue.at(node=tag.organization)
    if tag.measure is not None:
        _at("measure", lambda: parse.measure(tag.measure, catalogue=names))
        _shape(tag, Tag.Shape.NUMBER)
    for value, _label, condition in values:
        if condition is not None:
            _at(value, lambda condition=condition: parse.condition(condition, catalogue=names))


def _shape(tag: Tag, given: str) -> None:
    """A number is kept as a number and a value as a value: one is never read as the other."""
    if tag.shape != given:
        said = Tag.Shape(given).label
        raise Fault(
            "shape",
            _("what is found is %(shape)s") % {"shape": said},
            _("Choose “%(shape)s”.") % {"shape": said},
        )


def storable(document: object, place: str) -> None:
    """Raises ``Fault`` for JSON that is nested without end, and for texts that no database keeps."""
    waiting = [(document, 0)]
    while waiting:
        part, depth = waiting.pop()
        if depth > DEEPEST:
            raise Fault(
                place, _("this is nested too deeply"), _("At most 12 levels: save the inner part as a tag.")
            )
        if isinstance(part, dict):
            waiting += [(each, depth + 1) for pair in part.items() for each in pair]
        elif isinstance(part, list):
            waiting += [(each, depth + 1) for each in part]
        elif isinstance(part, str) and part:
            _kept(part, place)


def _kept(text: str, place: str) -> None:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Fault(place, _("this text is broken (half a character)"), _("Type it again."))


def _source(tag: Tag) -> None:
    source, found = Tag.Source(tag.source), tag.model or tag.measure is not None
    if source == Tag.Source.MODEL and not tag.model:
        raise Fault("model", _("a model tag names its model"), _("Choose one of %s.") % ", ".join(MODELS))
    if tag.model and source != Tag.Source.MODEL:
        raise Fault(
            "model", _("only a model tag has a model"), _("Leave it empty, or choose the source “model”.")
        )
    if found and source in (Tag.Source.IDEAL, Tag.Source.STRATEGY):
        raise Fault(
            "measure", _("a wish, or a tag given by hand, is not measured"), _("Leave the measure empty.")
        )
    if source == Tag.Source.IDEAL and not tag.wanted_signals:
        raise Fault("wanted_signals", _("a wish lists the signals that it lacks"), _("Name at least one."))
    if tag.model and tag.measure is not None:
        raise Fault("measure", _("a tag is found by a model or by a measure"), _("Leave one of them empty."))
    for number, signal in enumerate(tag.wanted_signals):
        reading.text(signal, f"wanted_signals[{number}]")


def _values(values: Sequence[tuple]) -> None:
    if len(values) > MOST_VALUES:
        raise Fault("values", _("these are too many values"), _("At most 1,000."))
    seen: set[str] = set()
    for number, (code, name, _condition) in enumerate(values):
        place = f"values[{number}]"
        for field, text, most in (("code", code, 100), ("name", name, 100)):
            if len(reading.text(text, f"{place}.{field}")) > most:
                raise Fault(f"{place}.{field}", _("this is too long"), _("At most 100 characters."))
        if code in seen:
            raise Fault(f"{place}.code", _("two values have the code “%s”") % code, _("Give each its own."))
        seen.add(code)


def _at(place: str, read: Callable[[], object]) -> None:
    try:
        read()
    except Fault as fault:
        raise Fault(f"{place}: {fault.place}", fault.problem, fault.remedy) from None
