"""Accounts: recorded from claims, merged commutatively, each minting a OneID at its first intake."""

import datetime as dt

import msgspec
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _
from msgspec import Struct

from members import sets
from members.actions import access, events
from members.actions.versions import Raced
from members.models import Account, oneid


class ReasonMissing(ValueError):
    """A child ID is revoked and restored only by somebody who says why."""


class Claim(Struct):
    """What records say of one account: when first and last, where first, traits as {name: (at, value)}.

    `at` of traits is ISO text in UTC, so that texts compare as times do. `origin` is (first time, organization).
    """

    channel: int
    external_id: str
    is_contact: bool
    organization: int
    first_at: object
    last_at: object
    traits: dict


class Found(Struct):
    """An account after recording: `changed` if this call made or altered it, `revived` if it was empty until now."""

    id: int
    channel: int
    external_id: str
    created: bool = False
    changed: bool = False
    revived: bool = False


LOOK_UP = """
SELECT a.id, a.channel_id, a.external_id
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_account a USING (channel_id, external_id)
WHERE a.emptied_at IS NULL
"""

LOCK = """
SELECT a.id, a.channel_id, a.external_id, a.organization_id, a.first_seen_at, a.last_seen_at, a.traits::text,
       a.emptied_at IS NOT NULL
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_account a USING (channel_id, external_id)
ORDER BY a.channel_id, a.external_id
FOR NO KEY UPDATE OF a
"""

CREATE = """
WITH new AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bool[], %s::bigint[], %s::timestamptz[],
                         %s::timestamptz[], %s::jsonb[], %s::text[])
           AS n (channel_id, external_id, is_contact, organization_id, first_at, last_at, traits, oneid)
), minted AS (
    INSERT INTO members_member (oneid) SELECT oneid FROM new RETURNING id, oneid
)
INSERT INTO members_account (channel_id, external_id, is_contact, organization_id, first_seen_at, last_seen_at,
                             traits, minted_id, member_id)
SELECT channel_id, external_id, is_contact, organization_id, first_at, last_at, traits, m.id, m.id
FROM new JOIN minted m USING (oneid)
ORDER BY channel_id, external_id
ON CONFLICT (channel_id, external_id) DO NOTHING
RETURNING id, channel_id, external_id
"""

MERGE = """
UPDATE members_account a
SET organization_id = n.organization_id, first_seen_at = n.first_at, last_seen_at = n.last_at, traits = n.traits,
    emptied_at = NULL
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[])
     AS n (id, organization_id, first_at, last_at, traits)
WHERE a.id = n.id
"""


# The OneID that an account minted is its own again; one that stayed with other accounts is theirs.
REVIVE = """
UPDATE members_member m SET retired_at = NULL
FROM unnest(%s::bigint[]) AS n (id) JOIN members_account a USING (id)
WHERE m.id = a.minted_id AND a.member_id = a.minted_id AND m.retired_at IS NOT NULL
"""


def claimed(claims, claim: Claim) -> None:
    """Merge `claim` into the dict `claims` by account, whatever the order of calls."""
    key = (claim.channel, claim.external_id)
    known = claims.get(key)
    if known is None:
        claims[key] = claim
        return
    if (claim.first_at, claim.organization) < (known.first_at, known.organization):
        known.first_at, known.organization = claim.first_at, claim.organization
    known.last_at = max(known.last_at, claim.last_at)
    known.is_contact = known.is_contact and claim.is_contact
    for name, said in claim.traits.items():
        if name not in known.traits or said > known.traits[name]:
            known.traits[name] = said


def look_up(*, keys) -> dict:
    """{(channel id, external id): Found} of those `keys` that are known."""
    rows = sets.run(LOOK_UP, sorted(keys), 2) if keys else []
    return {row[1:]: Found(*row) for row in rows}


def record(*, claims) -> dict:
    """Make or merge the accounts of `claims` ({(channel id, external id): Claim}); {key: Found}. Raises Raced.

    An account that says nothing new is left alone: its row is not written again.
    """
    if not claims:
        return {}
    found, changed = {}, []
    for row in sets.run(LOCK, sorted(claims), 2):
        known = Found(*row[:3])
        found[row[1:3]] = known
        known.created = known.revived = row[7]
        merged = _said(claims[row[1:3]]) if known.revived else _merged(claims[row[1:3]], row[:7])
        if merged:
            known.changed = True
            changed.append((known.id, *merged))
    if changed:
        sets.run(MERGE, changed, 5)
    if revived := [(each.id,) for each in found.values() if each.revived]:
        sets.run(REVIVE, revived, 1)
    new = [claims[key] for key in sorted(claims.keys() - found.keys())]
    if new:
        found.update(_created(new))
    return found


def _said(claim):
    return claim.organization, claim.first_at, claim.last_at, _traits(claim)


def _merged(claim, row):
    """The row's columns with the claim merged in, or None if nothing changes."""
    _id, channel, external_id, organization, first_at, last_at, traits = row
    traits = {name: (said["at"], said["value"]) for name, said in msgspec.json.decode(traits).items()}
    known = Claim(channel, external_id, claim.is_contact, organization, first_at, last_at, dict(traits))
    claimed({(channel, external_id): known}, claim)
    if (known.organization, known.first_at, known.last_at, known.traits) == (
        organization,
        first_at,
        last_at,
        traits,
    ):
        return None
    return known.organization, known.first_at, known.last_at, _traits(known)


def _created(claims):
    rows = [
        (
            c.channel,
            c.external_id,
            c.is_contact,
            c.organization,
            c.first_at,
            c.last_at,
            _traits(c),
            minted,
        )
        for c, minted in zip(claims, oneid.mint_many(len(claims)), strict=True)
    ]
    made = sets.run(CREATE, rows, 8)
    if len(made) < len(rows):
        raise Raced
    return {row[1:]: Found(*row, created=True, changed=True) for row in made}


def _traits(claim):
    said = {name: {"at": at, "value": value} for name, (at, value) in claim.traits.items()}
    return msgspec.json.encode(said).decode()


@transaction.atomic
def revoke(*, account: Account, reason: str, by: AbstractBaseUser | None, now: dt.datetime) -> bool:
    """Put a child ID aside, with its facts; whether it was active until now. Who links must be told: see
    ``identity.actions.children``."""
    reason = _given(reason)
    changed = Account.objects.filter(pk=account.pk, revoked_at=None).update(
        revoked_at=now, revoked_by=by, revoke_reason=reason
    )
    if changed:
        _tell("revoke", "account.revoked", account, reason=reason, by=by, now=now)
    return bool(changed)


@transaction.atomic
def restore(*, account: Account, reason: str, by: AbstractBaseUser | None, now: dt.datetime) -> bool:
    """Take the revoking of a child ID back, as if it had never been; whether it was revoked until now."""
    reason = _given(reason)
    revoked = Account.objects.filter(pk=account.pk, revoked_at__isnull=False)
    changed = revoked.update(revoked_at=None, revoked_by=None, revoke_reason="")
    if changed:
        _tell("restore", "account.restored", account, reason=reason, by=by, now=now)
    return bool(changed)


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(_("Say why: the reason is kept with your name."))
    return reason.strip()[:300]


def _tell(action: str, name: str, account: Account, *, reason: str, by, now) -> None:
    account.refresh_from_db()
    access.changed_account(action=action, account=account, reason=reason, by=by, now=now)
    events.record(
        happenings=[
            events.Happening(
                name=name,
                occurred_at=now,
                channel=account.channel_id,
                account=account.pk,
                organization=account.organization_id,
            )
        ]
    )
