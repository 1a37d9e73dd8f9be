"""What forms about one member need: the member within the reader's reach, his accounts there, and his masked name."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from members import masking
from members.admin import finding
from members.admin.base import reach
from members.models import Account, Member, oneid
from members.queries import histories, scopes


def somebody(request: HttpRequest, key: str) -> Member:
    """The member of a OneID, retired or not, if the reader may see him."""
    found = finding.current(key=key)
    seen = scopes.members(reach=reach(request)).select_related("profile")
    member = seen.filter(pk=found.pk).first() if found else None
    if member is None:
        raise Http404
    return member


def accounts(request: HttpRequest, member: Member) -> QuerySet[Account]:
    """Those on which the reader may hang something, the first seen first."""
    known = histories.accounts(member=member, reach=reach(request)).filter(revoked_at=None)
    return known.select_related("channel").order_by("first_seen_at", "id")


def heading(member: Member) -> str:
    profile = getattr(member, "profile", None)
    return masking.name(profile.name) if profile and profile.name else oneid.grouped(member.oneid)
