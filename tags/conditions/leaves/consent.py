"""``consent``: the latest statement for a purpose. ``{"purpose": "marketing", "touchpoint": "sms"}``.

A member has consented when at least one account did and no account's latest statement refuses. A statement for all
touchpoints (``*``) speaks for each. A revoked account can refuse, and grants nothing. ``"granted": false`` finds
those whose latest statement of some account refuses.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build

HAVING = {True: Sql("bool_and(c.granted)"), False: Sql("NOT bool_and(c.granted)")}


@dataclass(frozen=True)
class Consented:
    purpose: str
    touchpoint: str
    granted: bool

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT a.member_id FROM (SELECT DISTINCT ON (account_id) account_id, granted FROM members_consent"
            " WHERE purpose = {purpose} AND touchpoint = ANY({touchpoints}) AND stated_at <= {as_of}{accounts}"
            " ORDER BY account_id, stated_at DESC, granted) c JOIN members_account a ON a.id = c.account_id"
            " WHERE NOT c.granted OR a.revoked_at IS NULL"
            " GROUP BY a.member_id HAVING {having}",
            purpose=self.purpose,
            touchpoints=[self.touchpoint, "*"],
            as_of=setting.as_of,
            accounts=also([setting.only_accounts(Sql("account_id"))]),
            having=HAVING[self.granted],
        )

    def signals(self) -> set[str]:
        return {"consents"}

    def describe(self) -> str:
        said = _("consented to %(purpose)s by %(touchpoint)s")
        if not self.granted:
            said = _("refused %(purpose)s by %(touchpoint)s")
        return said % {"purpose": self.purpose, "touchpoint": self.touchpoint}


FORM = form.Form(
    gettext_noop("consent"),
    (
        form.pick("purpose", gettext_noop("purpose"), "purpose"),
        form.pick("touchpoint", gettext_noop("by"), "touchpoint"),
        form.flag("granted", gettext_noop("consented"), optional=True, default=True),
    ),
)


def parse(value: object, place: str, context: object) -> Consented:
    fields = reading.mapping(value, place, required=["purpose", "touchpoint"], optional=["granted"])
    return Consented(
        purpose=reading.text(fields["purpose"], reading.inside(place, "purpose")),
        touchpoint=reading.text(fields["touchpoint"], reading.inside(place, "touchpoint")),
        granted=reading.flag(fields.get("granted", True), reading.inside(place, "granted")),
    )
