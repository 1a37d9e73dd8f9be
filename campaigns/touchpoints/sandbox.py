"""The sandbox: writes to an outbox that staff can read. By phone, else by e-mail; or by one way of contact only."""

import datetime as dt

from django.db import connection
from django.utils.translation import gettext_lazy as _

from campaigns import messages
from campaigns.models import Campaign
from campaigns.touchpoints.touchpoint import Route, Touchpoint

WRITE = """
INSERT INTO campaigns_outboxmessage (decision_id, address, subject, body, written_at)
SELECT d.id, d.address, left({subject}, 200), {body}, %(now)s
FROM campaigns_decision d
LEFT JOIN LATERAL (
    SELECT p.*
    FROM members_account a
    JOIN members_memberprofile p ON p.member_id = a.member_id
    WHERE a.id = d.account_id
    LIMIT 1
) p ON true
WHERE d.id = ANY (%(decisions)s::bigint[])
"""
WORDS = "coalesce(nullif(btrim(regexp_replace(p.{field}, '[[:space:][:cntrl:]]+', ' ', 'g')), ''), %({key})s)"


def write(campaign: Campaign, decision_ids: list[int], now: dt.datetime) -> None:
    """One outbox row for each decision, in the caller's transaction."""
    parameters = {"decisions": decision_ids, "now": now}
    statement = WRITE.format(
        subject=_expression(campaign.subject, "subject", parameters),
        body=_expression(campaign.body, "body", parameters),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _expression(text, label, parameters):
    """The text as an SQL expression over the profile ``p``; literals go into ``parameters``."""
    pieces = []
    for number, part in enumerate(messages.parse(text)):
        key = f"{label}_{number}"
        if isinstance(part, messages.Placeholder):
            pieces.append(WORDS.format(field=part.field, key=key))
            parameters[key] = part.polite
        else:
            pieces.append(f"%({key})s")
            parameters[key] = part
    return f"concat({', '.join(pieces)})" if pieces else "''"


TOUCHPOINT = Touchpoint(
    code="sandbox",
    name=_("Sandbox outbox"),
    routes=(Route(needs="phone", consent="sms"), Route(needs="email", consent="email")),
    batch=10_000,
    write=write,
)


def _by(way: str, name: object, needs: str) -> Touchpoint:
    """As if it were sent by this way: what a campaign by SMS, push or WeCom will do, without sending anything."""
    return Touchpoint(
        code=f"sandbox_{way}", name=name, routes=(Route(needs=needs, consent=way),), batch=10_000, write=write
    )


SMS = _by("sms", _("Sandbox: SMS"), "phone")
PUSH = _by("push", _("Sandbox: push"), "push_token")
WECOM = _by("wecom", _("Sandbox: WeCom"), "external_userid")
