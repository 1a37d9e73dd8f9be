"""The page of a member is made of panels. Upper floors bring theirs; the ground does not know them."""

import dataclasses
from collections.abc import Callable

from django.http import HttpRequest
from django.template.loader import render_to_string

from members.models import Member


@dataclasses.dataclass(frozen=True)
class Panel:
    """One card. ``fill`` gives the template's context, or None where there is nothing to show."""

    title: str
    template: str
    fill: Callable[[Member, HttpRequest], dict | None]
    place: str = "main"  # or "side", or "head"
    position: int = 50

    def render(self, *, member: Member, request: HttpRequest) -> str:
        filled = self.fill(member, request)
        if filled is None:
            return ""
        context = {"panel": self, "member": member, **filled}
        return render_to_string(self.template, context, request=request)


_panels: list[Panel] = []


def register(panel: Panel) -> Panel:
    _panels.append(panel)
    return panel


def rendered(*, member: Member, request: HttpRequest, place: str) -> list[str]:
    chosen = sorted((panel for panel in _panels if panel.place == place), key=lambda panel: panel.position)
    return [html for panel in chosen if (html := panel.render(member=member, request=request))]
