from campaigns.admin import campaigns, decisions, member_panels, outbox  # noqa: F401
