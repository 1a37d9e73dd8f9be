"""On a member's page: why he is in an audience, or not."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Member
from members.queries import scopes
from tags.models import Audience

MOST = 300


def _audiences(_member: Member, request: HttpRequest) -> dict | None:
    if not request.user.has_perm("tags.view_audience"):
        return None
    mine = scopes.at_organization(Audience.objects.order_by("name"), reach=reach(request))[:MOST]
    return {"audiences": mine} if mine else None


register(
    Panel(_("In which audience, and why"), "tags/panels/why.html", _audiences, place="side", position=27)
)
