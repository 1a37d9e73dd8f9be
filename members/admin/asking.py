"""What a form of the desk asks of a verb that moves value, and what the verb says if it refuses."""

from collections.abc import Callable
from typing import TypeVar

from django.forms import Form
from django.utils.translation import gettext_lazy as _

from members.actions import points, postings, purses
from members.ledger import amounts

Answer = TypeVar("Answer")


def asked(form: Form, verb: Callable[..., Answer], **given: object) -> Answer | None:
    """The verb's answer; None if it refused: the form says why."""
    try:
        return verb(**given)
    except postings.KeyReused:
        form.add_error(None, _("This page was sent before. Look at the movements, then open it anew."))
    except (amounts.Unfit, points.NotEnough, points.Closed, purses.Elsewhere) as refused:
        form.add_error("amount", str(refused))
    return None
