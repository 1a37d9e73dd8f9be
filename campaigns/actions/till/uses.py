"""How often offers are given, counted where tills queue: no cap is exceeded by any race.

Locks: the person's (by offer), then the counters in the order of (offer, scope, place).
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from django.utils.translation import gettext as _

from campaigns.offers.offer import Offer
from campaigns.offers.quote import Use
from members import sets
from members.models import Member, Organization

OF_PERSON = """
SELECT count(pg_advisory_xact_lock(hashtextextended('use:' || n.offer || ':' || %s, 0)))
FROM (SELECT unnest(%s::text[]) AS offer ORDER BY 1) n
"""
COUNTED = """
SELECT u.offer, sum(u.times)::bigint FROM members_account a JOIN campaigns_offeruse u ON u.account_id = a.id
WHERE a.member_id = %s AND u.offer = ANY(%s::text[]) AND u.returned_at IS NULL GROUP BY 1
"""
TAKE = """
INSERT INTO campaigns_usecounter AS c (offer, scope, place, used, most)
SELECT n.* FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::int[]) AS n (offer, scope, place, used, most)
WHERE n.used <= n.most ORDER BY n.offer, n.scope, n.place
ON CONFLICT (offer, scope, place) DO UPDATE SET used = c.used + excluded.used, most = excluded.most
    WHERE c.used + excluded.used <= excluded.most
RETURNING c.offer, c.scope
"""
NOTE = """
INSERT INTO campaigns_offeruse (sale_id, offer, activity, version, account_id, times, discount, counted, day, at)
SELECT %s, n.offer, n.activity, n.version, %s, n.times, n.discount, n.counted, %s, %s
FROM unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::bigint[], %s::text[]) AS n (offer, activity, version, times, discount, counted)
"""
LOCK = """
SELECT c.id FROM campaigns_offeruse u CROSS JOIN unnest(string_to_array(u.counted, ' ')) AS n (scope)
JOIN campaigns_usecounter c ON c.offer = u.offer AND c.scope = n.scope
    AND c.place = CASE n.scope WHEN 'day' THEN u.day::text WHEN 'store' THEN %(store)s ELSE '' END
WHERE u.sale_id = %(sale)s AND u.returned_at IS NULL AND (%(offers)s::text[] IS NULL OR u.offer = ANY(%(offers)s))
ORDER BY c.offer, c.scope, c.place FOR UPDATE OF c
"""
BACK = """
WITH back AS (
    UPDATE campaigns_offeruse SET returned_at = %(now)s WHERE sale_id = %(sale)s AND returned_at IS NULL
        AND (%(offers)s::text[] IS NULL OR offer = ANY(%(offers)s))
    RETURNING offer, times, day, counted
), summed AS (
    SELECT b.offer, n.scope, CASE n.scope WHEN 'day' THEN b.day::text WHEN 'store' THEN %(store)s ELSE '' END AS place, sum(b.times) AS times
    FROM back b CROSS JOIN unnest(string_to_array(b.counted, ' ')) AS n (scope) GROUP BY 1, 2, 3
)
UPDATE campaigns_usecounter c SET used = greatest(c.used - b.times, 0) FROM summed b
WHERE (c.offer, c.scope, c.place) = (b.offer, b.scope, b.place)
"""


class UsedUp(ValueError):
    """Meanwhile an offer was given as often as it may be."""

    def __init__(self, offer: str, scope: str) -> None:
        super().__init__(_("“%s” was given as often as it may be meanwhile.") % offer)
        self.offer, self.scope = offer, scope


def take(
    *, sale: int, uses: Sequence[Use], offers: dict[str, Offer], member: Member | None, account: int | None,
    store: Organization, day: dt.date, now: dt.datetime,
) -> None:  # fmt: skip
    """Count these uses of a sale; ``offers``: those that have a cap. Raises UsedUp."""
    if not uses:
        return
    _check_person(uses, offers, member)
    rows = sorted(_counters(uses, offers, store, day))
    if rows:
        got = set(sets.prepared(TAKE, *sets.columns(rows, 5)))
        for offer, scope, *_more in rows:
            if (offer, scope) not in got:
                raise UsedUp(offer, scope)
    counted = {
        use.offer: " ".join(scope for offer, scope, *_more in rows if offer == use.offer) for use in uses
    }
    noted = [
        (use.offer, use.activity, use.version, use.times, use.discount, counted[use.offer]) for use in uses
    ]
    sets.prepared(NOTE, sale, account, day, now, *sets.columns(noted, 6))


def give_back(
    *, sale: int, store: Organization, now: dt.datetime, offers: Collection[str] | None = None
) -> None:
    """What a sale used that falls through, or the uses of these ``offers``, may be given again."""
    told = {"sale": sale, "store": str(store.pk), "offers": None if offers is None else sets.array(offers)}
    sets.named(LOCK, **told)
    sets.named(BACK, now=now, **told)


def _check_person(uses: Sequence[Use], offers: dict[str, Offer], member: Member | None) -> None:
    most = {code: offer.limits.per_member for code, offer in offers.items() if offer.limits.per_member}
    asked = {use.offer: use.times for use in uses if use.offer in most}
    if not asked or member is None:
        return
    codes = sets.array(sorted(asked))
    sets.prepared(OF_PERSON, str(member.pk), codes)
    used = dict(sets.prepared(COUNTED, member.pk, codes))
    for code, times in asked.items():
        if used.get(code, 0) + times > most[code]:
            raise UsedUp(code, "member")


def _counters(
    uses: Sequence[Use], offers: dict[str, Offer], store: Organization, day: dt.date
) -> Iterator[tuple]:
    places = {"day": day.isoformat(), "store": str(store.pk), "campaign": ""}
    for use in uses:
        limits = offers[use.offer].limits if use.offer in offers else None
        for scope, place in places.items():
            if limits and (most := getattr(limits, f"per_{scope}")):
                yield use.offer, scope, place, use.times, most
