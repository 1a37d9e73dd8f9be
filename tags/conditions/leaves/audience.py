"""``audience``: is in another audience. ``{"id": 12}``. An audience that contains itself is refused."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import catalogue, compile, form, reading
from tags.conditions.faults import Fault, unknown
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build


@dataclass(frozen=True)
class InAudience:
    audience: catalogue.Audience
    condition: object

    def sql(self, setting: Setting) -> Sql:
        if self.audience.frozen:
            return frozen(self.audience.id, setting)
        return compile.members(self.condition, setting.at(self.audience.node))

    def signals(self) -> set[str]:
        """None of its own: the leaves of the audience have theirs."""
        return set()

    def describe(self) -> str:
        return _("is in the audience “%(name)s”") % {"name": self.audience.name}


def frozen(audience: int, setting: Setting) -> Sql:
    """The members of a frozen audience; one merged into another since then counts as the other."""
    return build(
        "SELECT a.member_id FROM tags_audiencemember f JOIN members_account a ON a.minted_id = f.member_id"
        " WHERE f.audience_id = {audience}{only}",
        audience=audience,
        only=also([setting.only(Sql("a.member_id"))]),
    )


FORM = form.Form(gettext_noop("another audience"), (form.pick("id", gettext_noop("audience"), "audience"),))


def parse(value: object, place: str, context: object) -> InAudience:
    fields = reading.mapping(value, place, required=["id"])
    at_id = reading.inside(place, "id")
    pk = reading.integer(fields["id"], at_id, least=1, most=2**62)
    known = context.catalogue.audiences_here()
    if pk not in known:
        raise unknown(at_id, _("the audience"), pk, known)
    audience = known[pk]
    if pk in context.trail:
        names = [
            context.catalogue.audiences[step].name for step in (*context.trail[context.trail.index(pk) :], pk)
        ]
        raise Fault(
            at_id,
            _("this audience contains itself: %(path)s") % {"path": " → ".join(names)},
            _("Choose another."),
        )
    if audience.frozen:
        return InAudience(audience, None)
    return InAudience(audience, _condition(audience, at_id, context))


def _condition(audience: catalogue.Audience, place: str, context: object) -> object:
    try:
        return context.within(audience).parse(audience.condition)
    except Fault as fault:
        named = _("audience “%(name)s”") % {"name": audience.name}
        raise Fault(f"{place} → {named} → {fault.place}", fault.problem, fault.remedy) from None
