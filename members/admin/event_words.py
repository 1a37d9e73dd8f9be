"""Names of events in words, for forms that ask for one. The ground knows its own; upper floors bring theirs."""

from collections.abc import Callable, Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.lifecycle.house import REVIEWED

Named = tuple[str, str | Promise]

_sources: list[Callable[[], Iterable[Named]]] = [lambda: [(REVIEWED, _("Review written"))]]


def register(source: Callable[[], Iterable[Named]]) -> None:
    """``source`` gives (event, its title) of what customers do."""
    _sources.append(source)


def choices() -> list[Named]:
    """All of them, by their titles."""
    found = dict(named for source in _sources for named in source())
    return sorted(found.items(), key=lambda named: str(named[1]).casefold())
