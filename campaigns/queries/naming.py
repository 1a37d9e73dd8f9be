"""What conditions of offers call tiers, tags and audiences, the same for who writes them and for the till that meets them."""

from members.models import Tier
from tags.models import Audience, TagValue


def tier(found: Tier) -> str:
    """A programme is called like its organization."""
    return f"{found.programme.organization.code}:{found.code}"


def tag(found: TagValue) -> str:
    return f"{found.tag.code}:{found.code}"


def audience(found: Audience) -> str:
    return str(found.pk)
