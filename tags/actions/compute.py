"""Computes tags: for everybody, or for the members that changed. Running twice changes nothing (ADR 030)."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext as _

from members.models import Organization
from tags.actions import changed, everybody
from tags.conditions import catalogue as names
from tags.models import TagRun
from tags.queries import catalogue


class NoOrganization(LookupError):
    pass


def compute(
    *,
    now: dt.datetime,
    tags: Iterable[str] | None = None,
    members: Sequence[int] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> TagRun:
    """Give members the values of these tags (by code; all active ones by default) as of ``now``.

    ``progress(what, done, of)`` is called along the way. A tag that cannot be computed keeps its values; the run's
    ``error`` says why, and the other tags are computed.
    """
    codes = None if tags is None else list(tags)
    if members is not None:
        return changed.recompute(members=members, codes=codes, now=now, names=all_names())
    return everybody.recompute(codes=codes, now=now, names=all_names(), progress=progress)


def all_names() -> names.Catalogue:
    """All names; each tag is then read at its own node. Raises ``NoOrganization`` where nothing was set up yet."""
    group = Organization.objects.filter(kind=Organization.Kind.GROUP).order_by("id").first()
    if group is None:
        raise NoOrganization(_("There is no organization yet: make the group first."))
    return catalogue.at(node=group)
