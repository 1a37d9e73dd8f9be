"""Messages that leave the house: send what was claimed, note what became of it, tell the event log."""

import datetime as dt
import logging
import re
from collections import Counter

from django.db import connection, transaction

from campaigns import messages, touchpoints
from campaigns.models import Campaign, Decision
from campaigns.touchpoints.touchpoint import Delivery, Message

log = logging.getLogger(__name__)
KEY = re.compile(r"ninefold\.(\d{1,18})\.(\d{1,18})")
LEASE = dt.timedelta(minutes=15)

TELL = """
INSERT INTO members_event (account_id, organization_id, name, occurred_at, touchpoint, properties)
SELECT d.account_id, %s, %s, %s, %s, jsonb_build_object('campaign', d.campaign_id, 'decision', d.id)
FROM campaigns_decision d
WHERE d.id = ANY (%s)
"""

NOTE = """
UPDATE campaigns_decision d
SET outcome = r.outcome,
    reason = r.reason,
    address = CASE WHEN r.outcome = 'pending' THEN '' ELSE d.address END,
    account_id = CASE WHEN r.outcome <> 'pending' THEN d.account_id END,
    decided_at = CASE WHEN r.outcome <> 'pending' THEN d.decided_at END,
    claimed_at = CASE WHEN r.outcome <> 'pending' THEN d.claimed_at END
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS r (id, outcome, reason)
WHERE d.id = r.id AND (d.outcome = 'sending' OR (d.outcome = 'unknown' AND r.outcome <> 'pending'))
RETURNING d.id, d.outcome
"""

EXPIRE = """
UPDATE campaigns_decision d
SET outcome = 'unknown', reason = 'the worker ended while sending; not sent again'
FROM campaigns_campaign c
WHERE c.state IN ('running', 'paused', 'stopped') AND d.campaign_id = c.id
  AND d.outcome = 'sending' AND d.claimed_at < %s
"""


def send(*, campaign: Campaign, decision_ids: list[int], now: dt.datetime) -> Counter:
    """Send the claimed decisions, whose claim is committed, and note each result; how many of which outcome."""
    results: list[Delivery] = []
    try:
        results.extend(touchpoints.ALL[campaign.touchpoint].send(_messages(campaign, decision_ids)))
    finally:
        noted = note(campaign=campaign, results=results, now=now)
    return noted


def note(*, campaign: Campaign, results: list[Delivery], now: dt.datetime) -> Counter:
    """Write the results on their decisions and tell the event log of what was sent."""
    columns = [
        [result.decision_id for result in results],
        [result.outcome for result in results],
        [result.reason if result.outcome != "pending" else "" for result in results],
    ]
    if away := next((result for result in results if result.outcome == "pending"), None):
        log.warning("Campaign %s goes on later: %s", campaign.pk, away.reason)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NOTE, columns)
        noted = cursor.fetchall()
        tell(cursor, campaign, [id for id, outcome in noted if outcome == "sent"], now)
    return Counter(outcome for _id, outcome in noted)


def tell(cursor, campaign: Campaign, decision_ids: list[int], now: dt.datetime, name="message.sent") -> None:
    """One event for each decision, in the caller's transaction."""
    cursor.execute(TELL, [campaign.organization_id, name, now, campaign.touchpoint, decision_ids])


def expire(*, now: dt.datetime) -> int:
    """What was being sent when its worker died may have gone out or not: say so, and never send it again."""
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [now - LEASE])
        return cursor.rowcount


def bounced(*, key: str, reason: str, now: dt.datetime) -> bool:
    """The other side gave a sent message back. ``key`` is the local part of its Message-ID; False if unknown."""
    if not (known := KEY.fullmatch(key)):
        return False
    campaign_id, decision_id = (int(number) for number in known.groups())
    sent = Decision.objects.filter(
        pk=decision_id, campaign=campaign_id, outcome__in=[Decision.Outcome.SENT, Decision.Outcome.UNKNOWN]
    )
    with transaction.atomic(), connection.cursor() as cursor:
        if not sent.update(outcome=Decision.Outcome.FAILED, reason=f"bounced: {reason}"[:200]):
            return False
        tell(cursor, Campaign.objects.get(pk=campaign_id), [decision_id], now, name="message.bounced")
    return True


def key(decision: Decision) -> str:
    """What a message is known by outside: the same however often it is made."""
    return f"ninefold.{decision.campaign_id}.{decision.pk}"


def _messages(campaign, decision_ids):
    subject, body = messages.parse(campaign.subject), messages.parse(campaign.body)
    decisions = Decision.objects.filter(pk__in=decision_ids).select_related("account__member__profile")
    return [
        Message(
            decision_id=decision.pk,
            address=decision.address,
            subject=messages.render(subject, known),
            body=messages.render(body, known),
            key=key(decision),
        )
        for decision in decisions.order_by("pk")
        for known in [messages.known(getattr(decision.account.member, "profile", None))]
    ]
