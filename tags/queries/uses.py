"""Where tags and audiences are used in conditions."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from tags.models import Audience, Tag, TagValue


def of_audience(*, audience: Audience) -> list[str]:
    """Names of the audiences and tags whose conditions contain it."""
    return [
        name for name, condition in conditions() if ("audience", "id", audience.pk) in set(leaves(condition))
    ]


def of_tag(*, tag: Tag) -> list[str]:
    return [name for name, condition in conditions() if ("tag", "tag", tag.code) in set(leaves(condition))]


def conditions() -> Iterator[tuple[str, object]]:
    """(what uses it, condition as written) of every audience and every value of a tag."""
    for name, condition in Audience.objects.values_list("name", "condition"):
        yield _("the audience “%(name)s”") % {"name": name}, condition
    for name, condition in TagValue.objects.exclude(condition=None).values_list("tag__name", "condition"):
        yield _("the tag “%(name)s”") % {"name": name}, condition


def leaves(document: object) -> Iterator[tuple[str, str, object]]:
    """(leaf, field, value) of every plain field in a condition as it was written; of a list, one for each item."""
    if isinstance(document, list):
        for part in document:
            yield from leaves(part)
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, dict):
                yield from ((name, key, item) for key, items in value.items() for item in _plain(items))
            yield from leaves(value)


def _plain(items: object) -> Iterator[object]:
    for item in items if isinstance(items, list) else [items]:
        if not isinstance(item, dict | list):
            yield item
