"""Callers of the API for tests: keys, clients that carry them, and people they may ask about."""

import datetime as dt

from rest_framework.test import APIClient

from identity.actions import seeds
from identity.models import Binding, Identifier, IdentifierKind
from members.actions import keys
from members.models import Account, Channel, Member, MemberProfile, Organization
from tests import factories


def client(*, channel: Channel, scopes: str, organization: Organization | None = None) -> APIClient:
    """A client with a new key of the channel: ``client(channel=pos, scopes="query browse")``."""
    return with_secret(secret(channel=channel, scopes=scopes, organization=organization))


def secret(*, channel: Channel, scopes: str, organization: Organization | None = None) -> str:
    return keys.issue(channel=channel, organization=organization, scopes=scopes.split(), name="test")[1]


def with_secret(secret: str) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Api-Key {secret}", raise_request_exception=False)


def identifier(*, kind: str, value: str, namespace: str = "") -> Identifier:
    seeds.kinds()
    IdentifierKind.objects.get_or_create(code=kind, defaults={"name": kind, "strength": 50})
    return Identifier.objects.get_or_create(kind_id=kind, value=value, namespace=namespace)[0]


def bind(account: Account, *, kind: str, value: str, role: str = "holder", namespace: str = "",
         at: dt.datetime = factories.NOW) -> Binding:  # fmt: skip
    return Binding.objects.create(
        account=account,
        identifier=identifier(kind=kind, value=value, namespace=namespace),
        role=role,
        first_at=at,
        last_at=at,
    )


def person(*, channel: Channel, phone: str = "", name: str = "", **fields) -> Member:
    """A member with one account of the channel, a profile and perhaps a telephone."""
    account = factories.account(channel=channel, **fields)
    MemberProfile.objects.create(member=account.member, name=name, account_count=1)
    if phone:
        bind(account, kind="phone", value=phone)
    return account.member
