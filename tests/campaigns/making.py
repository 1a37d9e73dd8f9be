"""Plain functions that make rows of campaigns for tests."""

import datetime as dt

from django.contrib.auth.models import User

from campaigns.actions import campaigns, running
from campaigns.models import Campaign, Decision
from identity.models import Binding, Identifier, IdentifierKind
from members.models import Account, Consent, Member, MemberProfile, Organization
from tags.models import Audience, AudienceMember
from tests import factories

NOW = factories.NOW


def staff(name: str) -> User:
    return User.objects.get_or_create(username=name)[0]


def audience(*, organization: Organization, members: list[Member], name: str = "Everybody") -> Audience:
    """A frozen audience of these members."""
    made = Audience.objects.create(
        name=name, organization=organization, condition={}, frozen_at=NOW, created_at=NOW
    )
    AudienceMember.objects.bulk_create(AudienceMember(audience=made, member=member) for member in members)
    return made


def identifier(*, account: Account, kind: str, value: str, role: str = "holder", **fields) -> Identifier:
    """``account`` carries this identifier."""
    IdentifierKind.objects.get_or_create(code=kind, defaults={"name": kind, "strength": 50})
    made, _new = Identifier.objects.get_or_create(kind_id=kind, value=value, defaults=fields)
    Binding.objects.create(account=account, identifier=made, role=role, first_at=NOW, last_at=NOW)
    return made


def consent(
    *,
    account: Account,
    touchpoint: str = "*",
    granted: bool = True,
    at: dt.datetime = NOW,
    purpose="marketing",
) -> Consent:
    return Consent.objects.create(
        account=account, purpose=purpose, touchpoint=touchpoint, granted=granted, stated_at=at
    )


def reachable(
    *, channel, phone: str | None = None, email: str | None = None, name: str = "", **fields
) -> Account:
    """An account whose person consented to everything and can be reached at these addresses."""
    made = factories.account(channel=channel, **fields)
    consent(account=made)
    if phone:
        identifier(account=made, kind="phone", value=phone)
    if email:
        identifier(account=made, kind="email", value=email)
    if name:
        MemberProfile.objects.create(member=made.member, name=name)
    return made


def draft(*, organization: Organization, audience: Audience, **fields) -> Campaign:
    defaults = {
        "name": "Spring",
        "touchpoint": "sandbox",
        "subject": "Spring",
        "body": "Dear {name}, spring is here.",
        "starts_at": NOW,
    }
    return campaigns.draft(
        by=staff("anna"), now=NOW, organization=organization, audience=audience, **{**defaults, **fields}
    )


def approved(**fields) -> Campaign:
    """A draft that Anna submitted and Bo approved."""
    made = draft(**fields)
    campaigns.submit(campaign=made, by=staff("anna"), now=NOW)
    return campaigns.approve(campaign=made, by=staff("bo"), now=NOW)


def run(campaign: Campaign, *, now: dt.datetime = NOW, size: int | None = None) -> Campaign:
    """Start it if it waits, and run it to its end."""
    if campaign.state == "approved":
        running.start(campaign=campaign, now=now)
    running.run(campaign=campaign, clock=lambda: now, until=now + dt.timedelta(minutes=1), size=size)
    campaign.refresh_from_db()
    return campaign


def outcomes(campaign: Campaign) -> dict[int, str]:
    """Outcome by member."""
    return dict(campaign.decisions.values_list("member_id", "outcome"))


def merge(*, account: Account, into: Member) -> None:
    """What a merge does: the account's member retires and its account points at the survivor."""
    old = account.member
    Account.objects.filter(member=old).update(member=into)
    Member.objects.filter(pk=old.pk).update(retired_at=NOW)
    account.refresh_from_db()


def decision_of(campaign: Campaign, member: Member) -> Decision:
    return campaign.decisions.get(member=member)
