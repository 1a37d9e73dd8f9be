"""The register of campaigns."""

from members.privacy.register import DELETED, REPLACED, Period, impersonal, personal

MESSAGE_DAYS = 365
MESSAGE = {"address": "address it went to", "subject": "its heading", "body": "its text, with the name"}

PERSONAL = [
    *personal("campaigns.Decision", why="marketing", erased=REPLACED, address="address that was reached", reason="why it was decided so, with OneIDs"),
    *personal("campaigns.OutboxMessage", why="marketing", erased=DELETED, days=MESSAGE_DAYS, **MESSAGE),
]  # fmt: skip
IMPERSONAL = [
    *impersonal("campaigns.Campaign", "of a campaign", "name touchpoint purpose subject body stop_reason"),
]
PERIODS = [
    Period(
        "campaigns.OutboxMessage",
        MESSAGE_DAYS,
        "DELETE FROM campaigns_outboxmessage WHERE written_at < %(before)s",
    ),
]
