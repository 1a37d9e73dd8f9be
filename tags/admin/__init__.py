from tags.admin import audiences, called, giving, member_panels, runs, tags  # noqa: F401
