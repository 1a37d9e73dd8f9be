from campaigns.admin import activities, campaigns, decisions, member_panels, outbox  # noqa: F401
