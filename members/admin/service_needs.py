"""What a member needs next, on his page: the need, the service, and why."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.panels import Panel, register
from members.models import Member
from members.queries import service_needs

MOST = 5


def _needs(member: Member, request: HttpRequest) -> dict | None:
    found = service_needs.of(member=member, now=timezone.now())
    return {"needs": found[:MOST], "more": len(found) - MOST if len(found) > MOST else 0} if found else None


register(Panel(_("What is needed next"), "members/panels/needs.html", _needs, place="main", position=3))
