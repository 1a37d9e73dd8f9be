"""Says a condition in words, for the people who read it."""

from django.utils.translation import gettext as _

from tags.conditions.nodes import All, Any, Not


def sentence(condition: object) -> str:
    said = _said(condition)
    return said[:1].upper() + said[1:] + "."


def _said(condition: object) -> str:
    match condition:
        case All(()):
            return _("everybody")
        case All(parts):
            return _(" and ").join(_inner(part) for part in parts)
        case Any(parts):
            return _(" or ").join(_inner(part) for part in parts)
        case Not(part):
            return _("not %(part)s") % {"part": _inner(part)}
    return condition.describe()


def _inner(condition: object) -> str:
    joined = isinstance(condition, All | Any) and len(condition.parts) > 1
    return f"({_said(condition)})" if joined else _said(condition)
