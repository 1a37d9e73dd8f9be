"""Who may see whom: staff and API keys stand at a node of the tree and see what is known there or below."""

import dataclasses

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from members.models import Account, Member, Membership, Organization, StaffScope


@dataclasses.dataclass(frozen=True)
class Reach:
    """What somebody may see: everything, or the subtree of ``node``, or (without a node) nothing.

    ``everybody``: the node is the only group, below which every member is known; nothing has to be looked up.
    """

    node: Organization | None = None
    everything: bool = False
    everybody: bool = False

    def __bool__(self) -> bool:
        return self.everything or self.node is not None


EVERYTHING = Reach(everything=True)
NOTHING = Reach()


def reach_of(*, user: AbstractBaseUser) -> Reach:
    """A superuser reaches everything, staff their node's subtree, anyone else nothing."""
    if not user.is_active:
        return NOTHING
    if user.is_superuser:
        return EVERYTHING
    scope = StaffScope.objects.select_related("organization").filter(user=user).first()
    return of_node(scope.organization) if scope else NOTHING


def of_node(node: Organization) -> Reach:
    return Reach(node=node, everybody=_is_only_group(node))


def members(*, reach: Reach) -> QuerySet[Member]:
    """Current members that are known within reach."""
    return of_member(Member.objects.active(), reach=reach, field="pk")


def at_organization(queryset: QuerySet, *, reach: Reach, field: str = "organization") -> QuerySet:
    """Rows whose organization is the node or below it. ``field`` is "pk" for organizations themselves."""
    return _narrow(queryset, reach, lambda node: Q(**{f"{_of(field)}path__startswith": node.path}))


def around_organization(queryset: QuerySet, *, reach: Reach, field: str = "organization") -> QuerySet:
    """Rows below the node, and those above it that hold for it too: the tree itself, channels, tags."""
    prefix = "" if field == "pk" else f"{field}__"
    return _narrow(
        queryset,
        reach,
        lambda node: (
            Q(**{f"{prefix}path__startswith": node.path}) | Q(**{f"{prefix}id__in": above(node=node)})
        ),
    )


def above(*, node: Organization) -> list[int]:
    """The ids of a node's ancestors, from the group down, without its own."""
    return [int(part) for part in node.path.strip("/").split("/")][:-1]


def place(*, reach: Reach) -> tuple[bool, str, list[int]]:
    """A reach as statements ask for it: whether everything; how the paths below begin, as a LIKE; the ids above."""
    node = reach.node
    return reach.everything, f"{node.path}%" if node else "", above(node=node) if node else []


def of_account(queryset: QuerySet, *, reach: Reach, field: str = "account") -> QuerySet:
    """Rows of accounts that are known within reach."""
    if reach.everybody:
        return queryset
    return _narrow(queryset, reach, lambda node: Exists(_known(node).filter(account=OuterRef(_id(field)))))


def of_member(queryset: QuerySet, *, reach: Reach, field: str = "member") -> QuerySet:
    """Rows of members who are known within reach."""
    if reach.everybody:
        return queryset
    return _narrow(
        queryset, reach, lambda node: Exists(_known(node).filter(account__member=OuterRef(_id(field))))
    )


def knows(accounts: QuerySet[Account], *, reach: Reach) -> bool:
    """Whether every one of these accounts is known within reach."""
    if reach.everything or reach.everybody or reach.node is None:
        return bool(reach)
    return not accounts.exclude(Exists(_known(reach.node).filter(account=OuterRef("pk")))).exists()


def _is_only_group(node):
    groups = Organization.objects.filter(kind=Organization.Kind.GROUP)
    return node.kind == Organization.Kind.GROUP and not groups.exclude(pk=node.pk).exists()


def _known(node):
    return Membership.objects.filter(organization__path__startswith=node.path)


def _of(field):
    return "" if field == "pk" else f"{field}__"


def _id(field):
    return field if field == "pk" else f"{field}_id"


def _narrow(queryset, reach, condition):
    if reach.everything:
        return queryset
    return queryset.filter(condition(reach.node)) if reach.node else queryset.none()
