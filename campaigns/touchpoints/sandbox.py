"""The sandbox: writes to an outbox that staff can read. By phone, else by e-mail; or by one way of contact only."""

import datetime as dt

from django.db import connection
from django.utils.translation import gettext_lazy as _

from campaigns import messages
from campaigns.models import Campaign
from campaigns.touchpoints.touchpoint import Route, Touchpoint
from tags.conditions.sql import Sql, build, join
from tags.models_of import zodiac

WRITE = """
INSERT INTO campaigns_outboxmessage (decision_id, address, subject, body, written_at)
SELECT d.id, d.address, left({subject}, 200), {body}, {now}
FROM campaigns_decision d
LEFT JOIN LATERAL (
    SELECT p.*
    FROM members_account a
    JOIN members_memberprofile p ON p.member_id = a.member_id
    WHERE a.id = d.account_id
    LIMIT 1
) p ON true
WHERE d.id = ANY ({decisions}::bigint[])
"""
WORDS = "coalesce(nullif(btrim(regexp_replace({known}, '[[:space:][:cntrl:]]+', ' ', 'g')), ''), {polite})"
KNOWN = {"name": Sql("p.name"), "nickname": Sql("p.nickname"), "zodiac": zodiac.called(Sql("p.birth_date"))}


def write(campaign: Campaign, decision_ids: list[int], now: dt.datetime) -> None:
    """One outbox row for each decision, in the caller's transaction."""
    subject, body = (_expression(messages.parse(text)) for text in (campaign.subject, campaign.body))
    statement = build(WRITE, subject=subject, body=body, decisions=decision_ids, now=now)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)


def _expression(parts: list[str | messages.Placeholder]) -> Sql:
    """The text as an SQL expression over the profile ``p``."""
    pieces = [
        build(WORDS, known=KNOWN[part.field], polite=part.polite)
        if isinstance(part, messages.Placeholder)
        else build("{part}", part=part)
        for part in parts
    ]
    return build("concat({pieces})", pieces=join(pieces, ", ")) if pieces else Sql("''")


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
