"""``tag``: has a tag, or one of some of its values. ``{"tag": "rfm", "value": ["important_value"]}``."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build


@dataclass(frozen=True)
class HasTag:
    tag: str
    values: tuple[str, ...]
    said: str

    def sql(self, setting: Setting) -> Sql:
        known = setting.catalogue.tags[self.tag].values
        ids = [known[code] for code in self.values] if self.values else list(known.values())
        return build(
            'SELECT t.member_id FROM tags_membertags t WHERE t."values" && {ids}::int[]{only}',
            ids=ids,
            only=also([setting.only(Sql("t.member_id"))]),
        )

    def signals(self) -> set[str]:
        """None of its own: what the tag needs, this needs (``tags.queries.needs``)."""
        return set()

    def describe(self) -> str:
        return self.said


FORM = form.Form(
    gettext_noop("tag"),
    (
        form.pick("tag", gettext_noop("tag"), "tag"),
        form.pick("value", gettext_noop("value"), "tag_value", optional=True, many=True),
    ),
)


def parse(value: object, place: str, context: object) -> HasTag:
    fields = reading.mapping(value, place, required=["tag"], optional=["value"])
    tags = context.catalogue.tags_here()
    code = reading.choice(fields["tag"], reading.inside(place, "tag"), tags, what=_("the tag"))
    tag = tags[code]
    _refuse_dead(tag, reading.inside(place, "tag"))

    def known(item: object, at: str) -> str:
        return reading.choice(item, at, tag.values, what=_("the tag value"))

    values = reading.many(fields["value"], reading.inside(place, "value"), known) if "value" in fields else ()
    return HasTag(code, values, _said(tag, values))


def _refuse_dead(tag: object, place: str) -> None:
    """Nobody carries a draft, nor what was retired: a condition on it would silently find nobody."""
    said = {"name": tag.name, "day": tag.retired_on}
    if tag.status == "retired":
        raise Fault(
            place,
            _("the tag “%(name)s” was retired on %(day)s, and nobody carries it") % said,
            _("Choose another tag, or take this condition out."),
        )
    if tag.status != "approved":
        raise Fault(
            place,
            _("the tag “%(name)s” is a draft, and nobody carries it yet") % said,
            _("Have it approved first."),
        )


def _said(tag: object, values: tuple[str, ...]) -> str:
    if not values:
        return _("has the tag %(tag)s") % {"tag": tag.name}
    return _("%(tag)s is %(values)s") % {
        "tag": tag.name,
        "values": ", ".join(tag.names[value] for value in values),
    }
