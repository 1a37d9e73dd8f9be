from tags.admin import audiences, called, categories, giving, member_panels, runs, tags  # noqa: F401
