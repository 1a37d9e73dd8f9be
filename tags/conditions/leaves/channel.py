"""``channel``: has an account in a channel. ``{"channel": ["tmall", "jd"]}``, ``{"source_class": "offline"}``,
``{"first_party": true}``; several of them must hold for the same channel.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from members.models import Channel
from tags.conditions import form, reading
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.where import ChannelFilter


@dataclass(frozen=True)
class HasAccount:
    where: ChannelFilter

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT a.member_id FROM members_account a"
            " WHERE {term} AND a.revoked_at IS NULL AND a.emptied_at IS NULL AND a.first_seen_at <= {as_of}{only}",
            term=self.where.sql(Sql("a.channel_id"), setting.catalogue),
            as_of=setting.as_of,
            only=also([setting.only(Sql("a.member_id"))]),
        )

    def signals(self) -> set[str]:
        return {"accounts"}

    def describe(self) -> str:
        return _("has an account in %(channels)s") % {"channels": self.where.describe()}


FORM = form.Form(gettext_noop("an account in a channel"), form.channels("", Channel.SourceClass.choices))


def parse(value: object, place: str, context: object) -> HasAccount:
    fields = reading.mapping(value, place, optional=ChannelFilter.FIELDS)
    if not fields:
        raise Fault(place, _("this names no channel"), _("Give channel, source_class or first_party."))
    return HasAccount(ChannelFilter.parse(fields, place, context.catalogue))
