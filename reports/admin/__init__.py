from reports.admin import member_panels  # noqa: F401
