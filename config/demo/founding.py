"""Founds the sample company: its tree of organizations, its channels, one member of staff for each role."""

import secrets
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, Group
from django.db import transaction

from config import roles
from config.demo import company
from identity.actions import datamap
from members.actions import organizations
from members.models import Channel, Organization, StaffScope

STORE = "store-04"
STAFF = (
    ("admin", "administrator", company.GROUP),
    ("steward", "steward", company.GROUP),
    ("marketer", "marketer", company.GROUP),
    ("marketer-2", "marketer", company.GROUP),
    ("manager", "store manager", STORE),
    ("analyst", "analyst", company.GROUP),
    ("auditor", "auditor", company.GROUP),
)


class Occupied(Exception):
    """The database holds another company."""


@dataclass(frozen=True)
class Login:
    user: AbstractBaseUser
    role: str
    organization: str


def check() -> None:
    """Raises Occupied if the database holds organizations of somebody else."""
    if Organization.objects.exists() and not Organization.objects.filter(name=_group().name).exists():
        raise Occupied(
            "This database holds a company already, and the demo brings its own. "
            "Give it an empty database by DATABASE_URL."
        )


def found() -> None:
    """The tree and the channels, whatever of them is not there yet."""
    with transaction.atomic():
        nodes = {node.code: node for node in Organization.objects.all()}
        for each in company.ORGANIZATIONS:
            if each.code not in nodes:
                nodes[each.code] = organizations.create(
                    code=each.code, name=each.name, kind=each.kind, parent=nodes.get(each.parent)
                )
        for each in company.CHANNELS:
            Channel.objects.get_or_create(
                code=each.code,
                defaults={
                    "name": each.name,
                    "kind": each.kind,
                    "source_class": each.source_class,
                    "organization": nodes[each.organization],
                    "first_party": each.first_party,
                },
            )
        datamap.install()


def hire() -> tuple[list[Login], str]:
    """A login for each role, all with one new password: for a demo on one's own machine only."""
    roles.create()
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        return [_login(*each, password=password) for each in STAFF], password


def _login(username: str, role: str, organization: str, *, password: str) -> Login:
    user, _made = get_user_model().objects.get_or_create(username=username)
    user.is_staff = True
    user.is_superuser = role == "administrator"
    user.set_password(password)
    user.save()
    user.groups.set(Group.objects.filter(name__iexact=role))
    node = Organization.objects.get(code=organization)
    StaffScope.objects.update_or_create(user=user, defaults={"organization": node})
    return Login(user=user, role=role, organization=node.name)


def _group() -> company.Organization:
    return next(each for each in company.ORGANIZATIONS if each.code == company.GROUP)
