"""The four levels of a member, derived from what his accounts are to organization nodes."""

import dataclasses
import datetime as dt

from django.db import connection

from members.models import Member, Membership, Organization


@dataclasses.dataclass(frozen=True)
class Level:
    """One member at one node: the earliest joining below it counts, the number that was given first, and the tier that
    was stated last. ``join_place`` is the name of ``join_source``."""

    organization: str
    name: str
    kind: str
    joined_at: dt.datetime | None
    join_source: str | None
    join_place: str | None
    number: str
    tier: str
    first_visited_at: dt.datetime | None
    last_visited_at: dt.datetime | None

    @property
    def kind_name(self) -> str:
        return Organization.Kind(self.kind).label


LEVELS = """
SELECT DISTINCT ON (node.path) node.code, node.name, node.kind,
       first_value(m.joined_at) OVER joining,
       first_value(source.code) OVER joining,
       first_value(source.name) OVER joining,
       coalesce(first_value(CASE WHEN m.organization_id = node.id THEN m.number END) OVER numbered, ''),
       coalesce(first_value(CASE WHEN m.organization_id = node.id THEN m.tier END) OVER tiered, ''),
       min(m.first_visited_at) OVER (PARTITION BY node.path),
       max(m.last_visited_at) OVER (PARTITION BY node.path)
FROM members_account a
JOIN members_membership m ON m.account_id = a.id
JOIN members_organization at_node ON at_node.id = m.organization_id
JOIN members_organization node ON at_node.path LIKE node.path || '%%'
LEFT JOIN members_organization source ON source.id = m.join_source_id
WHERE a.member_id = %s
WINDOW joining AS (PARTITION BY node.path ORDER BY m.joined_at NULLS LAST, m.id),
       numbered AS (PARTITION BY node.path
                    ORDER BY (m.organization_id = node.id AND m.number <> '') DESC, m.joined_at NULLS LAST, m.id),
       tiered AS (PARTITION BY node.path
                  ORDER BY (m.organization_id = node.id AND m.tier <> '') DESC,
                           coalesce(m.tier_at, m.stated_at) DESC NULLS LAST, m.id)
ORDER BY node.path
"""


def levels(*, member: Member) -> list[Level]:
    """Every node that knows the member, from the group down: joined or only known, visited or not."""
    with connection.cursor() as cursor:
        cursor.execute(LEVELS, [member.pk])
        return [Level(*row) for row in cursor.fetchall()]


def joined(*, member: Member) -> list[Level]:
    """The member's memberships: one group membership, one for each brand, dealer and store joined."""
    return [level for level in levels(member=member) if level.joined_at]


def number(*, member: Member, node: Organization) -> str:
    """His member number at this very node, the one that was given first; empty if he has none."""
    stated = Membership.objects.filter(account__member=member, account__emptied_at=None, organization=node)
    return (
        stated.exclude(number="").order_by("joined_at", "pk").values_list("number", flat=True).first() or ""
    )


def seen_from(*, member: Member, node: Organization) -> list[Level]:
    """The levels at ``node``, below it and above it. Of a node above, not when it was visited: that was elsewhere."""
    below = set(Organization.objects.under(node).values_list("code", flat=True))
    above = set(
        Organization.objects.filter(id__in=node.path.strip("/").split("/")).values_list("code", flat=True)
    )
    hidden = {"join_source": None, "first_visited_at": None, "last_visited_at": None}
    found = levels(member=member)
    return [
        level if level.organization in below else dataclasses.replace(level, **hidden)
        for level in found
        if level.organization in below | above
    ]
