"""What can be done with several members chosen in the list. Upper floors bring theirs; the ground does not know them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from members.models import Member


@dataclass(frozen=True)
class Action:
    """``allowed`` says who sees it; ``do`` gets the members chosen, within the reach, and answers, or None: the list again."""

    code: str
    name: str | Promise
    allowed: Callable[[HttpRequest], bool]
    do: Callable[[HttpRequest, QuerySet[Member]], HttpResponse | None]

    def __call__(self, _model_admin: object, request: HttpRequest, members: QuerySet[Member]):
        return self.do(request, members)


_actions: list[Action] = []


def register(action: Action) -> Action:
    _actions.append(action)
    return action


def offered(request: HttpRequest) -> dict[str, tuple]:
    """As the admin site takes actions: (function, code, name) by code."""
    return {each.code: (each, each.code, each.name) for each in _actions if each.allowed(request)}
