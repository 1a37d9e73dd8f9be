"""Which members' accounts disagree about tier or points where the programme asks a steward."""

import datetime as dt
from collections.abc import Collection

from identity.queries import prepared
from members import sets
from members.queries import standings
from members.queries.standings import Standing

ASKING = """
SELECT EXISTS (SELECT FROM members_programme WHERE 'ask' IN (tier_policy, points_policy))
       OR EXISTS (SELECT FROM identity_reviewcase WHERE sort = 'conflict' AND state = 'open')
"""
SEVERAL = """
SELECT a.member_id FROM members_account a JOIN members_membership m ON m.account_id = a.id
WHERE m.stated_at IS NOT NULL GROUP BY a.member_id HAVING count(DISTINCT a.id) > 1
"""
SEVERAL_OF = SEVERAL.replace("WHERE", "WHERE a.member_id = ANY(%s::bigint[]) AND")
KEYS = """
SELECT a.id, c.code, a.external_id FROM members_account a JOIN members_channel c ON c.id = a.channel_id
WHERE a.id = ANY(%s::bigint[])
"""


def asking() -> bool:
    """Whether any programme asks, or a conflict is open: else nobody's statements need to be looked at."""
    return prepared.fetch(ASKING)[0][0]


def open_questions(*, at: dt.datetime, members: Collection[int] | None = None) -> list[Standing]:
    """The standings of these members, or of everybody, about which a steward is asked; by the plans of ``at``.

    Only who states something from several accounts can contradict himself, and few do: the others are not looked at."""
    rows = prepared.fetch(SEVERAL) if members is None else prepared.fetch(SEVERAL_OF, sorted(members))
    found = standings.of(members=[row[0] for row in rows], at=at)
    return [standing for standing in found if standing.asked]


def natural_keys(*, accounts: Collection[int]) -> dict[int, tuple[str, str]]:
    """{account id: (channel code, external id)}."""
    rows = sets.run(KEYS, [(id,) for id in sorted(accounts)], 1) if accounts else []
    return {id: (code, external_id) for id, code, external_id in rows}
