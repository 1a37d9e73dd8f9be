"""By which source a model says what it says of one member: "province = Shandong, source = address of an order".

It is asked of this one member by the statement that says it of everybody. It is told only while it says what the member
carries: what was given by hand, or will change with the next run, has another reason.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from members.models import Member
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.models import Tag, TagValue
from tags.models_of import MODELS
from tags.queries import catalogue, selection


@dataclass(frozen=True)
class Because:
    """``source`` is the model's own code of it, ``words`` what staff read."""

    code: str
    source: str
    words: str


def of(*, member: Member, values: Iterable[TagValue], as_of: dt.datetime) -> dict[int, Because]:
    """By value id, of those that a model tells a source of; one statement each."""
    found = {value.pk: of_tag(member=member, tag=value.tag, as_of=as_of) for value in values}
    return {
        value.pk: found[value.pk]
        for value in values
        if found[value.pk] is not None and found[value.pk].code == value.code
    }


def of_tag(*, member: Member, tag: Tag, as_of: dt.datetime) -> Because | None:
    """What the tag's model says of the member now, and by which source; None where it tells none."""
    model = _model(tag)
    if not hasattr(model, "because"):
        return None
    setting = Setting(catalogue.at(node=tag.organization), as_of, (member.pk,))
    rows = selection.rows(model.because(setting))
    if not rows:
        return None
    _member, code, source = rows[0]
    return Because(code, source, model.source_in_words(source))


def _model(tag: Tag) -> object | None:
    """The tag's model with its parameters; None of a tag without one, or with one that cannot be read."""
    if tag.model not in MODELS:
        return None
    try:
        return MODELS[tag.model].parse(tag.parameters)
    except Fault:
        return None
