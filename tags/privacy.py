"""The register of tags: what they say of a person stands in numbers of values, so no field of theirs holds words."""

from members.privacy.register import impersonal

PERSONAL = []
IMPERSONAL = [
    *impersonal("tags.Audience", "of an audience", "name condition"),
    *impersonal("tags.Tag", "of a tag", "code name model parameters purpose"),
    *impersonal("tags.TagValue", "of a tag", "code name condition"),
    *impersonal("tags.TagRun", "of a computation", "tags error"),
    *impersonal("tags.ModelRun", "numbers over everybody", "parameters bounds"),
]
PERIODS = []
