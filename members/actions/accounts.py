"""Accounts: recorded from claims, merged commutatively, each minting a OneID at its first intake."""

import msgspec
from msgspec import Struct

from members import sets
from members.actions.versions import Raced
from members.models import oneid


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
    """An account after recording: `changed` if this call made or altered it."""

    id: int
    channel: int
    external_id: str
    created: bool = False
    changed: bool = False


LOOK_UP = """
SELECT a.id, a.channel_id, a.external_id
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_account a USING (channel_id, external_id)
"""

LOCK = """
SELECT a.id, a.channel_id, a.external_id, a.organization_id, a.first_seen_at, a.last_seen_at, a.traits::text
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
SET organization_id = n.organization_id, first_seen_at = n.first_at, last_seen_at = n.last_at, traits = n.traits
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[])
     AS n (id, organization_id, first_at, last_at, traits)
WHERE a.id = n.id
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
        merged = _merged(claims[row[1:3]], row)
        if merged:
            known.changed = True
            changed.append((known.id, *merged))
    if changed:
        sets.run(MERGE, changed, 5)
    new = [claims[key] for key in sorted(claims.keys() - found.keys())]
    if new:
        found.update(_created(new))
    return found


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
