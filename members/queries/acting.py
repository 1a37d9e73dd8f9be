"""For whom, and in which book, somebody acts who knows only a member and his own place."""

from django.db.models import QuerySet

from members import rows
from members.models import Account, Book, Channel, Member, Organization
from members.queries import scopes

BOOK = f"""
SELECT {rows.columns(Book, "b")} FROM members_book b JOIN members_organization o ON o.id = b.organization_id
WHERE b.code = %s AND (o.path LIKE %s OR %s LIKE o.path || '%%')
"""  # noqa: S608


class UnknownBook(LookupError):
    """No such book where the caller stands."""


def account(*, member: Member, channel: Channel) -> Account:
    """The account on which a new fact of this member hangs: the channel's own, else the one that was seen first."""
    own = member.accounts.filter(revoked_at=None).order_by("first_seen_at", "id")
    return (
        own.filter(channel=channel).first() or own.first() or member.accounts.earliest("first_seen_at", "id")
    )


def books(*, node: Organization) -> QuerySet[Book]:
    """The books of the node, of those above it and of those below."""
    return scopes.around_organization(Book.objects.select_related("organization"), reach=scopes.of_node(node))


def book(*, code: str, node: Organization) -> Book:
    """Raises UnknownBook."""
    found = rows.prepared(Book, BOOK, code, f"{node.path}%", node.path)
    if not found:
        raise UnknownBook(code)
    return found[0]
