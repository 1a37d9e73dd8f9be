"""What is wrong with a condition: where, what, and what to do."""

import difflib
from collections.abc import Iterable

from django.utils.translation import gettext as _


class Fault(ValueError):
    """``place`` is a path such as ``all[1].not.orders.window.days``; empty for the whole condition."""

    def __init__(self, place: str, problem: str, remedy: str):
        self.place, self.problem, self.remedy = place, problem, remedy
        super().__init__(f"{place or _('condition')}: {problem}. {remedy}")


def unknown(place: str, what: str, given: object, known: Iterable[str]) -> Fault:
    """A name that nobody knows, with the names that come near it."""
    names = sorted(str(name) for name in known)
    shown = _shown(given)
    near = difflib.get_close_matches(shown, names, n=3, cutoff=0.6)
    return Fault(
        place, _("%(what)s “%(given)s” is not known") % {"what": what, "given": shown}, _remedy(near, names)
    )


def _shown(given: object) -> str:
    """What was written, if it is a text or a plain number: anything may have come."""
    if isinstance(given, str):
        return given[:60]
    if given is None or isinstance(given, bool | float) or (isinstance(given, int) and abs(given) < 2**63):
        return str(given)
    return "…"


def _remedy(near: list[str], names: list[str]) -> str:
    if near:
        return _("Did you mean %(names)s?") % {"names": _(" or ").join(near)}
    if not names:
        return _("There is none yet.")
    if len(names) <= 12:
        return _("Choose one of %(names)s.") % {"names": _listed(names)}
    return _("Choose one of %(names)s, … (%(count)d in all).") % {
        "names": _listed(names[:8]),
        "count": len(names),
    }


def _listed(names: list[str]) -> str:
    return ", ".join(names)
