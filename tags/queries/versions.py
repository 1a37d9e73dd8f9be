"""The history of a tag's rules, and what each version changed, for people."""

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tags.conditions import catalogue as names_of
from tags.conditions import describe, parse
from tags.conditions.faults import Fault
from tags.models import Tag, TagVersion
from tags.queries import catalogue

FIELDS = ("shape", "model", "parameters", "measure")


@dataclass(frozen=True)
class Difference:
    """``what`` was ``before`` and is ``after``; empty where it was not, or is no more."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    version: TagVersion
    differences: list[Difference]


def history(*, tag: Tag) -> list[Entry]:
    """The newest first; the first version has nothing to differ from."""
    names = catalogue.at(node=tag.organization)
    versions = list(tag.versions.select_related("created_by").order_by("number"))
    befores = [None, *versions]
    entries = [
        Entry(each, differences(before.document, each.document, names) if before else [])
        for before, each in zip(befores, versions, strict=False)
    ]
    return entries[::-1]


def differences(before: dict, after: dict, names: names_of.Catalogue) -> list[Difference]:
    found = [
        Difference(
            str(Tag._meta.get_field(name).verbose_name), _plain(before.get(name)), _plain(after.get(name))
        )
        for name in FIELDS
        if before.get(name) != after.get(name)
    ]
    olds, news = ({value["code"]: value for value in each.get("values", ())} for each in (before, after))
    for code in [*news, *(code for code in olds if code not in news)]:
        old, new = olds.get(code), news.get(code)
        name = _("value “%(name)s”") % {"name": (new or old)["name"]}
        if _rule(old) != _rule(new):
            found.append(Difference(name, _said(old, names), _said(new, names)))
        elif old["name"] != new["name"]:
            found.append(Difference(name, old["name"], new["name"]))
    if not found:
        found.append(Difference(_("order of the values"), _order(before), _order(after)))
    return found


def _rule(value: dict | None) -> tuple | None:
    return value and (value["condition"], value.get("dropped", False))


def _said(value: dict | None, names: names_of.Catalogue) -> str:
    if value is None or value.get("dropped"):
        return ""
    if value["condition"] is None:
        return _("without a condition")
    try:
        return describe.sentence(parse.condition(value["condition"], catalogue=names))
    except Fault:
        return _plain(value["condition"])


def _order(document: dict) -> str:
    return ", ".join(value["name"] for value in document.get("values", ()))


def _plain(value: object) -> str:
    if value in (None, "", {}, []):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
