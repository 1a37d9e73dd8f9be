"""``reach``: can be reached: has an account in a channel of a kind, and consented to it.

``{"kind": ["wecom", "service_account"], "purpose": "marketing", "touchpoint": "wecom"}``

An account that was revoked reaches nobody. Consent is the member's (see ``consent``). Whether somebody has a phone number or
an e-mail address is known to identity alone, above tags: it cannot be asked here.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from members.models import Channel
from tags.conditions import form, reading
from tags.conditions.leaves.consent import Consented
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build

REACHED = """
SELECT a.member_id FROM members_account a JOIN members_channel c ON c.id = a.channel_id
WHERE c.kind = ANY({kinds}) AND a.revoked_at IS NULL AND a.emptied_at IS NULL AND a.first_seen_at <= {as_of}
  AND a.member_id IN ({consented}){only}"""

FORM = form.Form(
    gettext_noop("can be reached"),
    (
        form.choice("kind", gettext_noop("by a channel of the kind"), Channel.Kind.choices, many=True),
        form.pick("purpose", gettext_noop("consented to"), "purpose", optional=True, default="marketing"),
        form.pick("touchpoint", gettext_noop("by"), "touchpoint"),
    ),
)


@dataclass(frozen=True)
class Reached:
    kinds: tuple[str, ...]
    consent: Consented

    def sql(self, setting: Setting) -> Sql:
        return build(
            REACHED,
            kinds=list(self.kinds),
            as_of=setting.as_of,
            consented=self.consent.sql(setting),
            only=also([setting.only(Sql("a.member_id"))]),
        )

    def signals(self) -> set[str]:
        return {"accounts", "consents"}

    def describe(self) -> str:
        kinds = ", ".join(str(Channel.Kind(kind).label) for kind in self.kinds)
        return _("has an account in %(kinds)s and %(consent)s") % {
            "kinds": kinds,
            "consent": self.consent.describe(),
        }


def parse(value: object, place: str, context: object) -> Reached:
    fields = reading.mapping(value, place, required=["kind", "touchpoint"], optional=["purpose"])

    def kind(item: object, at: str) -> str:
        return reading.choice(item, at, Channel.Kind.values, what=_("the kind of channel"))

    kinds = reading.many(fields["kind"], reading.inside(place, "kind"), kind)
    purpose = reading.text(fields.get("purpose", "marketing"), reading.inside(place, "purpose"))
    touchpoint = reading.text(fields["touchpoint"], reading.inside(place, "touchpoint"))
    return Reached(kinds, Consented(purpose, touchpoint, granted=True))
