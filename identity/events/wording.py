"""The properties of an event as staff write them, a line each: ``sku  text  required``."""

import re
from collections.abc import Mapping

from identity.events.checking import TYPES

FLAGS = ("required", "personal")
_name = re.compile(r"[A-Za-z_$][\w$.-]{0,63}").fullmatch


class Unreadable(ValueError):
    """A line that is no property; the message names the line, the fault and the remedy."""


def read(text: str) -> dict[str, dict]:
    """{property: {"type", "required", "personal"}} of lines ``name type [required] [personal]``. Raises Unreadable."""
    found: dict[str, dict] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if words := line.split():
            name, definition = _property(words, number)
            if name in found:
                raise Unreadable(f"Line {number}: {name} stands there twice. Remove one of the lines.")
            found[name] = definition
    return found


def _property(words, number):
    name, *rest = words
    kind, *flags = rest if rest and rest[0] not in FLAGS else ["text", *rest]
    if not _name(name):
        raise Unreadable(f"Line {number}: {name[:64]} is no name of a property. Use letters, digits and _.")
    if kind not in TYPES:
        raise Unreadable(f"Line {number}: the type {kind[:40]} is not known. Use one of {', '.join(TYPES)}.")
    if unknown := [flag for flag in flags if flag not in FLAGS]:
        raise Unreadable(
            f"Line {number}: {unknown[0][:40]} is not known. After the type come {' or '.join(FLAGS)}."
        )
    return name, {"type": kind, **{flag: flag in flags for flag in FLAGS}}


def write(properties: Mapping[str, Mapping]) -> str:
    """The lines that ``read`` reads."""
    return "\n".join(
        " ".join([name, each["type"], *(flag for flag in FLAGS if each.get(flag))])
        for name, each in properties.items()
    )


def guess(samples: list[Mapping]) -> dict[str, dict]:
    """A definition that fits the properties of these events: what all of them carry is required."""
    names = dict.fromkeys(name for sample in samples for name in sample if _name(name))
    return {
        name: {
            "type": _type([sample[name] for sample in samples if name in sample]),
            "required": all(name in sample for sample in samples),
            "personal": False,
        }
        for name in names
    }


def _type(values):
    for kind in ("boolean", "whole", "number", "list", "object"):
        if all(TYPES[kind](value) and not isinstance(value, str) for value in values):
            return kind
    return "text"
