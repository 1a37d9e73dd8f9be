"""Members and their pages, in few words."""

from django.urls import reverse

from identity.models import Binding, Identifier, IdentifierKind
from members.models import MemberProfile
from tests import factories

PEOPLE = "members.view_member"
NOW = factories.NOW
LIST = "admin:members_member_changelist"


def page(member, tab=""):
    address = reverse("admin:members_member_change", args=[member.oneid])
    return f"{address}?tab={tab}" if tab else address


def known_at(node, *, channel, **fields):
    return factories.account(channel=channel, organization=node, **fields).member


def named(member, name):
    MemberProfile.objects.create(member=member, name=name, city="Qingdao", account_count=1)
    return member


def carries(account, kind, value):
    kind, _made = IdentifierKind.objects.get_or_create(code=kind, defaults={"name": kind, "strength": 50})
    identifier, _made = Identifier.objects.get_or_create(kind=kind, value=value)
    return Binding.objects.create(
        account=account, identifier=identifier, first_at=NOW, last_at=NOW
    ).identifier


def reveal(member, name):
    return reverse("admin:members_member_show", args=[member.oneid, name])
