"""A wish becomes real once the signals that it asked for have arrived: a draft of a rule, or of a model."""

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from tags.actions import approvals, definitions
from tags.actions.approvals import Refused
from tags.models import Tag


def promote(
    *,
    tag: Tag,
    by: AbstractBaseUser | None,
    now: dt.datetime,
    values: Sequence[tuple[str, str, object]] = (),
    **found: object,
) -> Tag:
    """``found``: ``source`` (rule or model) and how it is found: ``model`` with ``parameters``, or ``measure``; else
    ``values`` with conditions. It is a draft then, to be approved; the wish stays as a version before it.

    Raises ``Refused`` with the signals that nobody delivers yet, ``Fault`` as ``definitions.change`` does.
    """
    with transaction.atomic():
        row = approvals.held(tag, allowed={Tag.Status.DRAFT})
        if row.source != Tag.Source.IDEAL:
            raise Refused(_("“%(name)s” is no wish any more.") % {"name": row.name})
        given = {"source": Tag.Source.MODEL if found.get("model") else Tag.Source.RULE, **found}
        said = _("Promoted: the signals %(names)s have arrived.") % {"names": ", ".join(row.wanted_signals)}
        definitions.change(tag=row, by=by, now=now, values=values, note=said[:300], **given)
        approvals.note(row, "promoted", by=by, now=now)
    return approvals.refreshed(tag)
