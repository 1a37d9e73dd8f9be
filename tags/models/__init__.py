from tags.models.audience import Audience, AudienceMember
from tags.models.tag import MemberTags, ModelRun, Tag, TagChange, TagRun, TagValue

__all__ = ["Audience", "AudienceMember", "MemberTags", "ModelRun", "Tag", "TagChange", "TagRun", "TagValue"]
