from campaigns.models.campaign import Campaign, Decision
from campaigns.models.outbox import OutboxMessage

__all__ = ["Campaign", "Decision", "OutboxMessage"]
