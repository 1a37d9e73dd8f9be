"""Many reachable accounts at once, and commands in processes of their own."""

import os
import subprocess
import sys
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from identity.models import Binding, Identifier, IdentifierKind
from members.models import Account, Channel, Consent, Member, Membership
from tests.factories import NOW


def crowd(*, channel: Channel, count: int, silent_every: int = 10, kind: str = "phone") -> list[Member]:
    """Members with a phone or e-mail each; every tenth never gave consent."""
    members = Member.objects.bulk_create(Member() for _ in range(count))
    accounts = Account.objects.bulk_create(
        Account(
            channel=channel, external_id=f"crowd-{n}", minted=member, member=member,
            organization=channel.organization, first_seen_at=NOW, last_seen_at=NOW,
        )
        for n, member in enumerate(members)
    )  # fmt: skip
    place = channel.organization
    Membership.objects.bulk_create(Membership(account=a, organization=place, known_at=NOW) for a in accounts)
    Consent.objects.bulk_create(
        Consent(account=account, purpose="marketing", touchpoint="*", granted=True, stated_at=NOW)
        for n, account in enumerate(accounts)
        if n % silent_every
    )
    IdentifierKind.objects.get_or_create(code=kind, defaults={"name": kind, "strength": 50})
    form = {"phone": "+86137{:08}", "email": "m{}@example.com"}[kind]
    addresses = Identifier.objects.bulk_create(
        Identifier(kind_id=kind, value=form.format(n)) for n in range(count)
    )
    Binding.objects.bulk_create(
        Binding(account=account, identifier=address, first_at=NOW, last_at=NOW)
        for account, address in zip(accounts, addresses, strict=True)
    )
    return members


def command(*words: str, **environment: str) -> subprocess.Popen:
    """``manage.py`` in a process of its own, on the database of this test."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": _database_url(),
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "tests.settings"),
            **environment,
        },
        stdout=subprocess.DEVNULL,
    )


def _database_url():
    database = connection.settings_dict
    login = quote(database["USER"]) + (":" + quote(database["PASSWORD"]) if database["PASSWORD"] else "")
    place = f"host={database['HOST']}&port={database['PORT'] or 5432}"
    return f"postgres://{login}@/{database['NAME']}?{place}"
