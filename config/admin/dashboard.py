"""The front page: cards that each fetch themselves, and the nine steps."""

from django.http import HttpRequest

from config.unfold import STEPS
from reports.admin import nodes
from reports.admin.pages import PERMISSION


def fill(request: HttpRequest, context: dict) -> dict:
    offered = nodes.offered(request)
    node = nodes.chosen(request, offered) or (offered[0] if offered else None)
    return {
        **context,
        "title": "",
        "nodes": offered,
        "node": node,
        "cards": node is not None and request.user.has_perm(PERMISSION),
        "steps": [step for step in (_open(step, request) for step in STEPS[:9]) if step["items"]],
    }


def _open(step, request):
    return {**step, "items": [item for item in step["items"] if item["permission"](request)]}
