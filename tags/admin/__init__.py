from tags.admin import audiences, member_panels, runs, tags  # noqa: F401
