"""The page of a member is made of panels on tabs. Upper floors bring theirs; the ground does not know them."""

import dataclasses
from collections.abc import Callable

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Member

OVERVIEW = "overview"
TABS: dict[str, Promise] = {
    OVERVIEW: _("Overview"),
    "value": _("Value"),
    "rights": _("Rights and goods"),
    "orders": _("Orders"),
    "timeline": _("Timeline"),
    "network": _("Network"),
    "identity": _("Identity"),
}


@dataclasses.dataclass(frozen=True)
class Panel:
    """One card. ``fill`` gives the template's context, or None where there is nothing to show. It is asked only when
    its tab is open; what stands in the head stands above every tab."""

    title: str | Promise
    template: str
    fill: Callable[[Member, HttpRequest], dict | None]
    place: str = "main"  # or "side", or "head"
    position: int = 50
    tab: str = OVERVIEW

    def __post_init__(self) -> None:
        if self.tab not in TABS:
            raise ValueError(f"{self.tab} is no tab of the member page: {', '.join(TABS)}")

    def render(self, *, member: Member, request: HttpRequest) -> str:
        filled = self.fill(member, request)
        if filled is None:
            return ""
        context = {"panel": self, "member": member, **filled}
        return render_to_string(self.template, context, request=request)


@dataclasses.dataclass(frozen=True)
class Tab:
    code: str
    name: str | Promise
    open: bool


_panels: list[Panel] = []


def register(panel: Panel) -> Panel:
    _panels.append(panel)
    return panel


def asked(request: HttpRequest) -> str:
    """The tab that an address names; the overview if it names none that there is."""
    code = request.GET.get("tab", OVERVIEW)
    return code if code in TABS else OVERVIEW


def tabs(*, opened: str) -> list[Tab]:
    """Those that have a panel, in their order."""
    filled = {panel.tab for panel in _panels if panel.place != "head"}
    return [Tab(code, name, code == opened) for code, name in TABS.items() if code in filled]


def rendered(*, member: Member, request: HttpRequest, place: str, tab: str = OVERVIEW) -> list[str]:
    """The cards of one place. Only those of the open tab are filled."""
    here = [panel for panel in _panels if panel.place == place and (place == "head" or panel.tab == tab)]
    chosen = sorted(here, key=lambda panel: panel.position)
    return [html for panel in chosen if (html := panel.render(member=member, request=request))]
