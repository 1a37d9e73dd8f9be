"""Staff give names to the groups that a model found; a new fit keeps a group's code, and so its name."""

import datetime as dt
from collections.abc import Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from tags.actions import definitions
from tags.conditions import reading
from tags.conditions.faults import Fault
from tags.models import Tag, TagValue

LONGEST = 100


@transaction.atomic
def name_values(*, tag: Tag, names: Mapping[str, str], by: AbstractBaseUser | None, now: dt.datetime) -> int:
    """Names by the codes of values; gives how many changed. Two values of a tag are not called the same."""
    tag = Tag.objects.select_for_update().get(pk=tag.pk)
    values = {value.code: value for value in TagValue.objects.filter(tag=tag, dropped=False)}
    changed = []
    for code, name in names.items():
        value = values.get(reading.choice(code, "names", values, what=_("the value")))
        said = reading.text(name, f"names.{code}").strip()
        if len(said) > LONGEST:
            raise Fault(f"names.{code}", _("this name is too long"), _("At most %d characters.") % LONGEST)
        if said != value.name:
            value.name = said
            changed.append(value)
    told = [value.name.casefold() for value in values.values()]
    if twice := next((name for name in told if told.count(name) > 1), None):
        raise Fault(
            "names", _("two groups are called “%(name)s”") % {"name": twice}, _("Give each its own name.")
        )
    TagValue.objects.bulk_update(changed, ["name"])
    if changed:
        definitions.note_version(tag=tag, by=by, now=now, note=_("names of values"))
    return len(changed)
