"""Tags as one organization node may see them: its own, those of the nodes above it, those below it."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from members import sets
from members.models import Member, Organization
from tags.models import MemberTags, Tag, TagValue

HELD = """
SELECT t.code, t.name, v.code, v.name
FROM tags_membertags m JOIN tags_tagvalue v ON v.id = ANY(m.values) JOIN tags_tag t ON t.id = v.tag_id AND t.status = 'approved'
JOIN members_organization o ON o.id = t.organization_id
WHERE m.member_id = %s AND (o.path LIKE %s OR o.id = ANY(%s::bigint[]))
ORDER BY t.code, v.position, v.id
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One tag value of a member, in words."""

    tag: str
    tag_name: str
    value: str
    value_name: str


def held(*, member: Member, node: Organization) -> list[Held]:
    """The member's tag values that the node may see. One statement."""
    rows = sets.prepared(HELD, member.pk, f"{node.path}%", _above(node))
    return [Held(*row) for row in rows]


def tags(*, node: Organization) -> QuerySet[Tag]:
    here = Q(organization__path__startswith=node.path) | Q(organization__in=_above(node))
    return Tag.objects.live().filter(here)


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


def _above(node: Organization) -> list[int]:
    return [int(number) for number in node.path.strip("/").split("/")]
