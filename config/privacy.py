"""The rooms that hold personal data, hung up: the upper floors erase first, because they look people up below.

And the register of all apps together: what is collected, what for, how long.
"""

import re

from django.core import checks
from django.db import connection
from django.utils import timezone
from django_q.models import Task

from campaigns import privacy as campaigns
from campaigns.actions import forgetting as campaigns_forgetting
from campaigns.queries import personal as campaigns_personal
from identity import privacy as identity
from identity.actions import forgetting as identity_forgetting
from identity.actions import leftovers
from identity.queries import personal as identity_personal
from identity.queries import unhashing
from members.actions import erasure, retention
from members.actions import forgetting as members_forgetting
from members.privacy import fields as members
from members.privacy.person import Person
from members.privacy.register import Impersonal, impersonal, undeclared
from members.privacy.rooms import Room, Sections, Work, hang_up
from members.queries import personal as members_personal
from tags import privacy as tags
from tags.actions import forgetting as tags_forgetting
from tags.queries import personal as tags_personal

APPS = ("members", "identity", "tags", "campaigns", "reports", "config")
REGISTERS = (members, identity, tags, campaigns)
OWN: list[Impersonal] = impersonal("config.Beat", "a process of the house", "name")

ADMIN_LOG = """
UPDATE django_admin_log SET object_repr = 'erased', change_message = ''
WHERE object_repr ~* %s OR change_message ~* %s
"""


def _nothing(_person: Person) -> Sections:
    return {}


def _erase_logs(work: Work) -> dict[str, int]:
    """The admin's log quotes what it changed, and a failed task says why."""
    pattern = work.person.pattern
    with connection.cursor() as cursor:
        cursor.execute(ADMIN_LOG, [pattern, pattern])
        logged = cursor.rowcount
    return {"admin log": logged, "tasks": _erase_tasks(re.compile(pattern, re.IGNORECASE))}


def _erase_tasks(pattern: re.Pattern) -> int:
    """What tasks were given and answered is stored packed, so it is read here; few are kept."""
    told = [
        task.pk
        for task in Task.objects.iterator()
        if pattern.search(f"{task.name} {task.args} {task.kwargs} {task.result}")
    ]
    return Task.objects.filter(pk__in=told).delete()[0]


def hang_up_all() -> None:
    hang_up(
        Room("campaigns", campaigns_personal.sections, campaigns_forgetting.erase),
        Room("tags", tags_personal.sections, tags_forgetting.erase),
        Room(
            "identity",
            identity_personal.sections,
            identity_forgetting.erase,
            traces=identity_personal.traces,
            hashes=identity_personal.hashes,
            look=identity_forgetting.look,
            hidden=unhashing.hidden,
        ),
        Room("house", _nothing, _erase_logs),
        Room(
            "members",
            members_personal.sections,
            members_forgetting.erase,
            traces=members_personal.traces,
            hashes=members_forgetting.hashes,
            look=members_forgetting.look,
        ),
    )


def declared() -> list:
    return [*OWN, *(each for register in REGISTERS for each in (*register.PERSONAL, *register.IMPERSONAL))]


def faults(**_options: object) -> list[checks.CheckMessage]:
    """``manage.py check``: a field that may be about a person and has no purpose is not collected."""
    return [checks.Error(fault, id="ninefold.E001") for fault in undeclared(APPS, declared())]


def carry_out_retention() -> dict[str, int]:
    """A job of the night: delete what is past its time. {model: rows}."""
    periods = [period for register in REGISTERS for period in register.PERIODS]
    periods.append(leftovers.Identifiers())
    return retention.carry_out(periods=periods, clock=timezone.now).counts


def carry_out_erasures() -> int:
    """A job of every minute: erase whom a second person agreed to erase; how many."""
    return erasure.carry_out_all(now=timezone.now())
