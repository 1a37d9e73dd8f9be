"""A parameter that is a share: from 0 to 1."""

from django.utils.translation import gettext as _

from tags.conditions import reading
from tags.conditions.faults import Fault


def parse(value: object, place: str) -> float:
    share = float(reading.decimal(value, place))
    if not 0 <= share <= 1:
        raise Fault(place, _("this number is out of range"), _("Choose one from 0 to 1."))
    return share
