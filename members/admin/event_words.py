"""Names of events in words. The ground knows its own; upper floors bring theirs."""

from collections.abc import Callable, Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.lifecycle import house

Named = tuple[str, str | Promise]

_sources: list[Callable[[], Iterable[Named]]] = [lambda: [(house.REVIEWED, _("Review written"))]]


def register(source: Callable[[], Iterable[Named]]) -> None:
    """``source`` gives (event, its title) of what customers do."""
    _sources.append(source)


def choices() -> list[Named]:
    """All of them, by their titles."""
    found = dict(named for source in _sources for named in source())
    return sorted(found.items(), key=lambda named: str(named[1]).casefold())


class Naming:
    """Says names of events in words; the titles are read once."""

    def __init__(self) -> None:
        self.titles = dict(named for source in _sources for named in source())

    def get(self, name: str) -> str:
        return str(self.titles.get(name) or house.in_words(name))
