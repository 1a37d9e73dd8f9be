"""Whether what a quote promises can be given: books that are open, coupons and packets that are left.

Asked only where something is promised. What lacks is told to the engine as what is left of its offer, so that no till promises it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from campaigns.offers import forms
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote, Reward
from members import sets
from members.models import Member, Organization

VALUE = ("points", "multiplier")
RED_PACKETS = ("cash", "packet")
BOOKS = """
SELECT code FROM members_book WHERE code = ANY(%s::text[]) AND (closed_at IS NULL OR closed_at > %s)
"""
# The book of red packets that stands nearest above a store and counts what the currency does.
PURSE = """
SELECT b.code FROM members_book b JOIN members_organization o ON o.id = b.organization_id
WHERE b.kind = 'red_packet' AND b.unit = %s AND b.scale = %s AND %s LIKE o.path || '%%' AND (b.closed_at IS NULL OR b.closed_at > %s)
ORDER BY length(o.path) DESC, b.id LIMIT 1
"""
# Coupons that a person was promised and has not got yet count as his.
COUPONS = """
SELECT t.code, CASE WHEN t.state <> 'open' OR t.valid_until <= %(now)s THEN 0 ELSE
           least(c.quota - c.issued, t.per_person - (
               SELECT count(*) FROM members_account mate JOIN campaigns_coupon o ON o.account_id = mate.id
               WHERE mate.member_id = %(member)s AND o.template_id = t.id AND o.state <> 'withdrawn'
           ) - (
               SELECT coalesce(sum(r.amount), 0) FROM members_account mate JOIN campaigns_reward r ON r.account_id = mate.id
               WHERE mate.member_id = %(member)s AND r.kind = 'voucher' AND r.what = t.code AND r.state IN ('held', 'due')
           )) END
FROM campaigns_coupontemplate t JOIN campaigns_couponcounter c ON c.template_id = t.id WHERE t.code = ANY(%(templates)s::text[])
"""
PACKETS = """
SELECT p.offer, count(*) FROM campaigns_packet p JOIN unnest(%s::text[], %s::int[]) AS n (offer, version) USING (offer, version)
WHERE p.reward_id IS NULL GROUP BY 1
"""


class Giveable(NamedTuple):
    """``purse``: the book that red packets go into, "" if there is none. ``left``: minor units of what offers may still give,
    of those that promise more."""

    purse: str
    left: dict[str, int]


def of(
    *, quote: Quote, offers: dict[str, Offer], member: Member | None, store: Organization, currency: str, digits: int,
    now: dt.datetime,
) -> Giveable:  # fmt: skip
    rewards = quote.rewards
    purse = _purse(rewards, store, currency, digits, now)
    rest = {**_of_books(rewards, now), **_of_coupons(rewards, member, now), **_of_packets(rewards, offers)}
    rest |= {each.offer: 0 for each in rewards if each.kind in RED_PACKETS and not purse}
    return Giveable(purse, dict(_worths(rewards, rest)))


def coupons(*, templates: Iterable[str], member: Member | None, now: dt.datetime) -> dict[str, int | None]:
    """How many of each template the person may still be promised; None: as many as wanted. One that nobody knows is left out."""
    told = {"templates": sets.array(sorted(templates)), "member": member and member.pk, "now": now}
    return dict(sets.named(COUPONS, **told))


def pool(offer: Offer) -> bool:
    """Whether its packets were divided beforehand."""
    return isinstance(offer.form, forms.Packet) and offer.form.count is not None


def _worths(rewards: Iterable[Reward], rest: dict[str, int]) -> Iterator[tuple[str, int]]:
    """What is left, counted as the engine counts: whole times, by their worth."""
    for each in rewards:
        amount = each.times if each.kind in RED_PACKETS else each.amount
        if each.offer in rest and (left := rest[each.offer]) < amount:
            yield each.offer, max(0, left) // (amount // each.times) * (each.worth // each.times)


def _purse(rewards, store: Organization, currency: str, digits: int, now: dt.datetime) -> str:
    if not any(each.kind in RED_PACKETS for each in rewards):
        return ""
    rows = sets.prepared(PURSE, currency, digits, store.path, now)
    return rows[0][0] if rows else ""


def _of_books(rewards, now: dt.datetime) -> dict[str, int]:
    asked = {each.offer: each.what for each in rewards if each.kind in VALUE}
    if not asked:
        return {}
    there = {code for (code,) in sets.prepared(BOOKS, sets.array(sorted(set(asked.values()))), now)}
    return {offer: 0 for offer, book in asked.items() if book not in there}


def _of_coupons(rewards, member: Member | None, now: dt.datetime) -> dict[str, int]:
    asked = {each.offer: each.what for each in rewards if each.kind == "voucher"}
    if not asked:
        return {}
    found = coupons(templates=set(asked.values()), member=member, now=now)
    left = {offer: found.get(template, 0) for offer, template in asked.items()}
    return {offer: count for offer, count in left.items() if count is not None}


def _of_packets(rewards, offers: dict[str, Offer]) -> dict[str, int]:
    asked = [(each.offer, offers[each.offer].version) for each in rewards if pool(offers[each.offer])]
    if not asked:
        return {}
    found = dict(sets.prepared(PACKETS, *sets.columns(asked, 2)))
    return {offer: found.get(offer, 0) for offer, _version in asked}
