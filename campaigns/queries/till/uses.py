"""How often offers that have a cap were given: by this person, today, at this store, at all. One statement."""

import datetime as dt
from collections import defaultdict

from campaigns.offers import eligible
from campaigns.offers.basket import Uses
from campaigns.offers.offer import Offer
from campaigns.queries.live import Rules
from members import sets
from members.models import Member, Organization

OF_PERSON = """
SELECT u.offer, 'member', sum(u.times)::bigint
FROM members_account a JOIN campaigns_offeruse u ON u.account_id = a.id
WHERE a.member_id = %(member)s AND u.offer = ANY(%(offers)s::text[]) AND u.returned_at IS NULL GROUP BY 1
UNION ALL"""
COUNTED = """
SELECT offer, scope, used FROM campaigns_usecounter
WHERE offer = ANY(%(offers)s::text[]) AND (scope, place) IN (('day', %(day)s), ('store', %(store)s), ('campaign', ''))
"""


def capped(*, rules: Rules) -> dict[str, Offer]:
    """The offers that may be given so often only, by code."""
    compiled = rules.compiled
    return {compiled.rules[bit].code: compiled.rules[bit].offer for bit in eligible.bits(compiled.capped)}


def used(
    *, offers: dict[str, Offer], member: Member | None, store: Organization, day: dt.date
) -> dict[str, Uses]:
    """Of those among these offers that were; what an open sale holds counts."""
    if not offers:
        return {}
    told = {"offers": sets.array(sorted(offers)), "day": day.isoformat(), "store": str(store.pk)}
    rows = (
        sets.named(OF_PERSON + COUNTED, member=member.pk, **told) if member else sets.named(COUNTED, **told)
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for code, scope, times in rows:
        found[code][scope] = times
    return {code: Uses(**times) for code, times in found.items()}
