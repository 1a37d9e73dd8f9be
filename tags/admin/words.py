"""Conditions said in words, for those who read and do not write them."""

from django.utils.translation import gettext as _

from members.models import Organization
from tags.conditions import describe, parse
from tags.conditions.faults import Fault
from tags.queries import catalogue


def said(condition: object, *, node: Organization) -> str:
    """One sentence; of a condition that can no longer be read, why."""
    if condition is None:
        return _("Everybody else.")
    try:
        return describe.sentence(parse.condition(condition, catalogue=catalogue.at(node=node)))
    except Fault as fault:
        return str(fault)
