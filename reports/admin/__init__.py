from reports.admin import evidence_panel, member_panels  # noqa: F401
