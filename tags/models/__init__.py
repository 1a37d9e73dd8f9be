from tags.models.audience import Audience, AudienceMember, AudienceSize
from tags.models.category import Category
from tags.models.holding import MemberTags, MemberTurn, TagChange
from tags.models.run import ModelRun, TagRun
from tags.models.signal import SignalDelivery
from tags.models.tag import Tag, TagValue, TagVersion
from tags.models.use import Use

__all__ = [
    "Audience",
    "AudienceMember",
    "AudienceSize",
    "Category",
    "MemberTags",
    "MemberTurn",
    "ModelRun",
    "SignalDelivery",
    "Tag",
    "TagChange",
    "TagRun",
    "TagValue",
    "TagVersion",
    "Use",
]
