"""The ways of contact, and whom each reaches with consent: the same rules as ``campaigns/sql/decide.sql``, for everybody.

A person agrees when his latest statement for the way (one for ``*`` speaks for each) agrees, a refusal going first among
those of one moment. A revoked account can have refused, but grants nothing and lends no address. Blocked and shared
identifiers, and those of which a steward says that they are not his, are no addresses.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tags.conditions.sql import Sql, build
from tags.queries import reach

CONSENTED = """
SELECT l.member_id FROM (
    SELECT DISTINCT ON (a.member_id) a.member_id, c.granted
    FROM members_consent c JOIN members_account a ON a.id = c.account_id
    WHERE c.purpose = {purpose} AND c.touchpoint = ANY({touchpoints}) AND c.stated_at <= {as_of}
      AND (NOT c.granted OR a.revoked_at IS NULL)
    ORDER BY a.member_id, c.stated_at DESC, c.granted
) l WHERE l.granted"""

ADDRESSED = """
SELECT a.member_id FROM members_account a
JOIN identity_carried b ON b.account_id = a.id AND b.role = 'holder'
JOIN identity_identifier i ON i.id = b.identifier_id AND i.kind_id = {kind} AND NOT i.blocked AND i.shared = ''
WHERE a.revoked_at IS NULL"""


@dataclass(frozen=True)
class Contact:
    """``kind``: of the identifier that is the address; ``consent``: the touchpoint of the statement."""

    code: str
    name: str | Promise
    kind: str

    def consented(self, purpose: str, as_of: dt.datetime) -> Sql:
        return build(CONSENTED, purpose=purpose, touchpoints=[self.code, "*"], as_of=as_of)

    def addressed(self) -> Sql:
        return build(ADDRESSED, kind=self.kind)

    def members(self, purpose: str, as_of: dt.datetime) -> Sql:
        return build(
            "SELECT DISTINCT w.member_id FROM ({addressed}) w JOIN ({consented}) c USING (member_id)",
            addressed=self.addressed(),
            consented=self.consented(purpose, as_of),
        )


WAYS = {
    way.code: way
    for way in (
        Contact("sms", _("SMS"), "phone"),
        Contact("email", _("e-mail"), "email"),
        Contact("push", _("push"), "push_token"),
        Contact("wecom", _("WeCom"), "external_userid"),
    )
}


def register() -> None:
    """Called once, when the application is ready."""
    for way in WAYS.values():
        reach.register(reach.Way(way.code, way.name, partial(Contact.members, way)))
