from campaigns.models.campaign import Campaign
from campaigns.models.decision import Decision
from campaigns.models.outbox import OutboxMessage

__all__ = ["Campaign", "Decision", "OutboxMessage"]
