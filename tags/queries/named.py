"""Whom a list names, a customer a line: a OneID, or a channel and the account there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from members import sets
from members.models import Member, oneid
from members.queries import scopes
from members.queries.scopes import Reach

_between = re.compile(r"[,;\t，；]")

BY_ONEID = """
SELECT n.place, a.member_id FROM unnest(%s::int[], %s::text[]) AS n (place, oneid)
JOIN members_member m ON m.oneid = n.oneid JOIN members_account a ON a.minted_id = m.id
"""
BY_ACCOUNT = """
SELECT n.place, a.member_id FROM unnest(%s::int[], %s::text[], %s::text[]) AS n (place, channel, external_id)
JOIN members_channel c ON c.code = n.channel
JOIN members_account a ON a.channel_id = c.id AND a.external_id = n.external_id AND a.emptied_at IS NULL
"""


@dataclass(frozen=True)
class Named:
    """``members``: ids, each once; ``unknown``: (number of the line, the line) that named nobody within reach."""

    members: list[int]
    unknown: list[tuple[int, str]]


def members(*, lines: Iterable[str], reach: Reach) -> Named:
    """A retired OneID stands for whoever it leads to now. Empty lines are passed over."""
    told = [(place, line.strip()) for place, line in enumerate(lines, start=1) if line.strip()]
    oneids, accounts = [], []
    for place, line in told:
        parts = [part.strip() for part in _between.split(line, maxsplit=1)]
        if "\x00" in line:
            continue
        if len(parts) == 2 and parts[1]:
            accounts.append((place, *parts))
        elif oneid.is_valid(key := oneid.normalise(parts[0])):
            oneids.append((place, key))
    found = dict(sets.run(BY_ONEID, oneids, 2) if oneids else [])
    found |= dict(sets.run(BY_ACCOUNT, accounts, 3) if accounts else [])
    seen = scopes.of_member(Member.objects.active(), reach=reach, field="pk")
    within = set(seen.filter(pk__in=set(found.values())).values_list("pk", flat=True))
    return Named(sorted(within), [(place, line) for place, line in told if found.get(place) not in within])
