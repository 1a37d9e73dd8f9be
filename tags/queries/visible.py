"""Tags as one organization node may see them: its own, those of the nodes above it, those below it."""

from django.db.models import Q, QuerySet

from members.models import Member, Organization
from tags.models import MemberTags, Tag, TagValue


def tags(*, node: Organization) -> QuerySet[Tag]:
    above = [int(number) for number in node.path.strip("/").split("/")]
    here = Q(organization__path__startswith=node.path) | Q(organization__in=above)
    return Tag.objects.filter(here, active=True)


def values_of(*, member: Member, node: Organization) -> tuple[list[TagValue], MemberTags | None]:
    """The member's tag values that the node may see, and the row that says when they were computed."""
    held = MemberTags.objects.filter(member=member).first()
    values = TagValue.objects.filter(pk__in=held.values if held else [], tag__in=tags(node=node))
    return list(values.select_related("tag").order_by("tag__code", "position", "id")), held


def having(members: QuerySet[Member], *, text: str, node: Organization) -> QuerySet[Member]:
    """Members with a tag value written ``tag:value`` by codes; nobody if the node may not see such a tag."""
    tag, _colon, value = text.partition(":")
    wanted = TagValue.objects.filter(tag__in=tags(node=node), tag__code=tag, code=value).values_list(
        "pk", flat=True
    )
    holders = MemberTags.objects.filter(values__overlap=list(wanted[:1]))
    return members.filter(pk__in=holders.values("member")) if wanted else members.none()
