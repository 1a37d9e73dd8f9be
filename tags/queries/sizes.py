"""The history of an audience's size."""

from tags.models import Audience, AudienceSize

MOST = 400


def history(*, audience: Audience) -> list[AudienceSize]:
    """The last four hundred counts, the oldest first."""
    return list(AudienceSize.objects.filter(audience=audience).order_by("-at")[:MOST])[::-1]
