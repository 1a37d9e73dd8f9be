"""Where tags and audiences are used in conditions."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from tags.models import Audience, Tag, TagValue


def of_audience(*, audience: Audience) -> list[str]:
    """Names of the audiences and tags whose conditions contain it."""
    return [
        name
        for name, condition in _conditions()
        if ("audience", "id", audience.pk) in set(_leaves(condition))
    ]


def of_tag(*, tag: Tag) -> list[str]:
    return [name for name, condition in _conditions() if ("tag", "tag", tag.code) in set(_leaves(condition))]


def _conditions() -> Iterator[tuple[str, object]]:
    for name, condition in Audience.objects.values_list("name", "condition"):
        yield _("the audience “%(name)s”") % {"name": name}, condition
    for name, condition in TagValue.objects.exclude(condition=None).values_list("tag__name", "condition"):
        yield _("the tag “%(name)s”") % {"name": name}, condition


def _leaves(document: object) -> Iterator[tuple[str, str, object]]:
    """(leaf, field, value) of every plain field in a condition as it was written."""
    if isinstance(document, list):
        for part in document:
            yield from _leaves(part)
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, dict):
                yield from (
                    (name, key, item) for key, item in value.items() if not isinstance(item, dict | list)
                )
            yield from _leaves(value)
