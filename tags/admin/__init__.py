from tags.admin import audiences, called, categories, giving, member_panels, runs, tags, why_panel  # noqa: F401
