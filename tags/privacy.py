"""The register of tags: what they say of a person stands in numbers of values, so no field of theirs holds words."""

from members.privacy.register import impersonal

PERSONAL = []
IMPERSONAL = [
    *impersonal("tags.Audience", "of an audience", "name condition"),
    *impersonal("tags.AudienceSize", "of an audience", "reach"),
    *impersonal("tags.Category", "of the tree", "code name"),
    *impersonal("tags.Tag", "of a tag", "code name definition direction benefit purpose consumer expected_action owner model parameters measure unit levels_reason wanted_signals"),
    *impersonal("tags.TagVersion", "of a tag, and why staff changed it", "document note"),
    *impersonal("tags.Use", "of what uses a tag", "key name"),
    *impersonal("tags.SignalDelivery", "a word of the house", "signal"),
    *impersonal("tags.TagValue", "of a tag", "code name condition"),
    *impersonal("tags.TagRun", "of a computation", "tags error"),
    *impersonal("tags.ModelRun", "numbers over everybody", "version parameters fitted quality reason"),
]  # fmt: skip
PERIODS = []
