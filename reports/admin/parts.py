"""The parts of a long report: one is shown at a time, each has an address of its own."""

import dataclasses
from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.functional import Promise


@dataclasses.dataclass(frozen=True)
class Part:
    """``template`` shows it, if it is more than ``tables``: the numbers of the report's tables that stand in it."""

    name: str
    title: str | Promise
    template: str = ""
    tables: tuple[int, ...] = ()


def chosen(request: HttpRequest, parts: Sequence[Part]) -> Part | None:
    """The part asked for, else the first; None of a report that has none."""
    wanted = request.GET.get("part", "")
    return next((part for part in parts if part.name == wanted), parts[0] if parts else None)
