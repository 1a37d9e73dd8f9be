"""For which organization a report is read: the one chosen, else the top of the reader's reach."""

from django.http import HttpRequest

from members.admin.base import choices
from members.admin.filters import INDENT
from members.models import Organization


def offered(request: HttpRequest) -> list[Organization]:
    """The nodes within reach, each above its children; ``shown`` is its name, indented."""
    nodes = list(choices(Organization, request))
    top = min((node.path.count("/") for node in nodes), default=0)
    for node in nodes:
        node.shown = INDENT * (node.path.count("/") - top) + node.name
    return nodes


def chosen(request: HttpRequest, nodes: list[Organization]) -> Organization | None:
    """None: nothing is within reach, or what was asked for is not."""
    wanted = request.GET.get("organization", "")
    if not wanted:
        return nodes[0] if nodes else None
    return next((node for node in nodes if str(node.pk) == wanted), None)
