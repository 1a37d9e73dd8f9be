"""How often offers that have a cap were given: by this person, today, at this store, at all. One statement."""

import datetime as dt

from campaigns.offers import eligible
from campaigns.offers.basket import Uses
from campaigns.offers.offer import Offer
from campaigns.queries.live import Rules
from members import sets
from members.models import Member, Organization

USED = """
SELECT n.offer,
       coalesce((SELECT sum(u.times) FROM members_account a JOIN campaigns_offeruse u ON u.account_id = a.id
                 WHERE a.member_id = %(member)s AND u.offer = n.offer AND u.returned_at IS NULL), 0)::bigint,
       coalesce(max(c.used) FILTER (WHERE c.scope = 'day' AND c.place = %(day)s), 0),
       coalesce(max(c.used) FILTER (WHERE c.scope = 'store' AND c.place = %(store)s), 0),
       coalesce(max(c.used) FILTER (WHERE c.scope = 'campaign'), 0)
FROM unnest(%(offers)s::text[]) AS n (offer) LEFT JOIN campaigns_usecounter c ON c.offer = n.offer
    AND (c.scope, c.place) IN (('day', %(day)s), ('store', %(store)s), ('campaign', ''))
GROUP BY n.offer
"""


def capped(*, rules: Rules) -> dict[str, Offer]:
    """The offers that may be given so often only, by code."""
    compiled = rules.compiled
    return {compiled.rules[bit].code: compiled.rules[bit].offer for bit in eligible.bits(compiled.capped)}


def used(
    *, offers: dict[str, Offer], member: Member | None, store: Organization, day: dt.date
) -> dict[str, Uses]:
    """Of each of these offers; what an open sale holds counts."""
    if not offers:
        return {}
    told = {
        "offers": sets.array(sorted(offers)),
        "member": member and member.pk,
        "day": day.isoformat(),
        "store": str(store.pk),
    }
    rows = sets.named(USED, **told)
    return {
        code: Uses(member=of_member, day=of_day, store=of_store, campaign=of_all)
        for code, of_member, of_day, of_store, of_all in rows
    }
