"""Cards below an order. Upper floors bring theirs, as they do for the page of a member."""

import dataclasses
from collections.abc import Callable

from django.http import HttpRequest
from django.template.loader import render_to_string

from members.models import Order


@dataclasses.dataclass(frozen=True)
class OrderPanel:
    """``fill`` gives the template's context, or None where there is nothing to show."""

    title: str
    template: str
    fill: Callable[[Order, HttpRequest], dict | None]


_panels: list[OrderPanel] = []


def register(panel: OrderPanel) -> None:
    _panels.append(panel)


def rendered(*, order: Order, request: HttpRequest) -> list[str]:
    filled = [(panel, panel.fill(order, request)) for panel in _panels]
    return [
        render_to_string(panel.template, {"panel": panel, "order": order, **context}, request=request)
        for panel, context in filled
        if context is not None
    ]
