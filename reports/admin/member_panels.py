"""A member's place among those who bring each other."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.panels import Panel, register
from members.models import Member
from reports.admin import kept, nodes
from reports.queries import people, referral_tree
from reports.queries.network import pattern_name


def _tree(member: Member, request: HttpRequest) -> dict | None:
    """The whole network is read and kept for some minutes: whose bringer somebody is depends on everybody."""
    node = nodes.chosen(request, nodes.offered(request))
    if node is None:
        return None
    read = kept.report(f"network-read-{node.pk}", lambda: referral_tree.read(node=node, as_of=timezone.now()))
    place = referral_tree.of(member=member, read=read, node=node)
    if place is None:
        return None
    most = max(place.generations, default=0)
    levels = [
        {"number": number, "people": count, "width": round(100 * count / most, 2)}
        for number, count in enumerate(place.generations, start=1)
    ]
    return {
        "place": place,
        "role": people.role_name(place.role),
        "pattern": pattern_name(place.pattern),
        "levels": levels[:12],
        "deeper": len(levels) - 12,
        "above": [{"person": each, "role": people.role_name(each.role)} for each in place.above],
    }


register(Panel(_("Referral tree"), "reports/panels/referral_tree.html", _tree, position=20, tab="network"))
