from tags.models.audience import Audience, AudienceMember
from tags.models.tag import MemberTags, Tag, TagChange, TagRun, TagValue

__all__ = ["Audience", "AudienceMember", "MemberTags", "Tag", "TagChange", "TagRun", "TagValue"]
