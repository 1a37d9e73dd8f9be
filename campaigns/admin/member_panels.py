"""What campaigns decided about a member, and why."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import Decision
from campaigns.queries import progress
from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Member
from members.queries import scopes

SHOWN = 20


def _messages(member: Member, request) -> dict | None:
    seen = scopes.at_organization(
        progress.of_member(member=member), reach=reach(request), field="campaign__organization"
    )
    decisions = list(seen[:SHOWN])
    return {"decisions": decisions, "reached": Decision.REACHED} if decisions else None


register(Panel(_("Messages"), "campaigns/panels/messages.html", _messages, position=40))
