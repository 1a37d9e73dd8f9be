"""Groups that share nobody: people of the same traits get the content and the way of contact of their group, and only that.

The groups are asked for in order, and the first that fits has a member. Each is frozen before the next is chosen, which
leaves out all those before it: facts that change between two groups put nobody into both.
"""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Organization
from tags.actions import audiences
from tags.conditions.faults import Fault
from tags.models import Audience

MOST = 26


@dataclass(frozen=True)
class Group:
    name: str
    condition: object


def split(
    *, groups: list[Group], organization: Organization, by: AbstractBaseUser | None, now: dt.datetime
) -> list[Audience]:
    """A frozen audience for each group, in their order; all of them or none.

    Raises ``tags.conditions.faults.Fault`` with the group's place, and ``audiences.Refused``.
    """
    if not 2 <= len(groups) <= MOST:
        raise audiences.Refused(_("Name two groups at least, and 26 at most."))
    if len({group.name for group in groups}) < len(groups):
        raise audiences.Refused(_("Give every group a name of its own."))
    if taken := Audience.objects.filter(
        organization=organization, name__in=[each.name for each in groups]
    ).first():
        raise audiences.Refused(_("There is an audience “%(name)s” already.") % {"name": taken.name})
    made: list[Audience] = []
    with transaction.atomic():
        for number, group in enumerate(groups):
            made.append(_one(number, group, made, organization, by, now))
    return made


def _one(number, group, before, organization, by, now) -> Audience:
    others = [{"not": {"audience": {"id": audience.pk}}} for audience in before]
    condition = {"all": [group.condition, *others]}
    try:
        audience = audiences.save(
            name=group.name, organization=organization, condition=condition, by=by, now=now
        )
    except Fault as fault:
        place = fault.place.removeprefix("all[0]").lstrip(".")
        raise Fault(f"groups[{number}].{place}".rstrip("."), fault.problem, fault.remedy) from None
    return audiences.freeze(audience=audience, by=by, now=now)
