"""What is known of those who bought: tiers as of each order, tags and audiences as they are now. A statement a kind of fact,
whatever the number of orders."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from campaigns.offers.basket import Buyer, Held
from campaigns.offers.offer import Offer
from campaigns.queries.simulating.sales import Sale
from members import sets
from members.models import Organization, Programme, Tier
from members.queries import standings
from tags.models import Audience
from tags.queries import audiences

FACTS = """
SELECT m.id, p.birth_date,
       ARRAY(SELECT t.code || ':' || v.code
             FROM tags_membertags g JOIN tags_tagvalue v ON v.id = ANY(g.values)
                  JOIN tags_tag t ON t.id = v.tag_id AND t.status = 'approved'
             WHERE %(tags)s::bool AND g.member_id = m.id),
       (SELECT min(f.at) FROM members_account a CROSS JOIN LATERAL (
            SELECT min(o.occurred_at) AS at FROM members_order o
            WHERE o.account_id = a.id AND o.status IN ('paid', 'completed') AND NOT o.reward) f
        WHERE a.member_id = m.id)
FROM unnest(%(members)s::bigint[]) AS m (id) LEFT JOIN members_memberprofile p ON p.member_id = m.id
"""
COUPONS = """
SELECT c.code, t.code FROM campaigns_coupon c JOIN campaigns_coupontemplate t ON t.id = c.template_id
WHERE c.code = ANY(%(codes)s::text[])
"""


@dataclass(frozen=True)
class Asked:
    """What the rules ask of buyers: whether tags, which audiences, tiers of which programmes (codes of organizations)."""

    tags: bool
    audiences: frozenset[int]
    programmes: frozenset[str]

    @classmethod
    def by(cls, offers: Collection[Offer]) -> "Asked":
        triggers = [offer.trigger for offer in offers]
        return cls(
            tags=any(trigger.tags for trigger in triggers),
            audiences=frozenset(int(each) for trigger in triggers for each in trigger.audiences),
            programmes=frozenset(tier.partition(":")[0] for trigger in triggers for tier in trigger.tiers),
        )


@dataclass(frozen=True)
class Known:
    """Of some sales: who bought, of which tier of the shop's own programme, and the coupons that were shown."""

    facts: dict[int, tuple]
    audiences: dict[int, frozenset[str]]
    tiers: dict[int, tuple[frozenset[str], str]]
    coupons: dict[str, str]

    def is_new(self, sale: Sale) -> bool:
        """Whether the member had never bought before."""
        first = self.facts[sale.member][2]
        return first is None or sale.at <= first

    def buyer(self, sale: Sale) -> Buyer | None:
        if sale.member is None:
            return None
        birthday, tags, _first = self.facts[sale.member]
        return Buyer(
            tiers=self.tiers[sale.order][0], tags=tags, audiences=self.audiences.get(sale.member, frozenset()),
            birthday=birthday, new=self.is_new(sale),
        )  # fmt: skip

    def tier(self, sale: Sale) -> str:
        """Of the programme of the shop; "": none."""
        return self.tiers[sale.order][1]

    def held(self, sale: Sale) -> tuple[Held, ...]:
        found = [(code, self.coupons[code]) for code in dict.fromkeys(sale.coupons) if code in self.coupons]
        return tuple(Held(code=code, template=template) for code, template in found)


def of(*, sales: Collection[Sale], asked: Asked, places: dict[int, Organization], now: dt.datetime) -> Known:
    members = sorted({sale.member for sale in sales if sale.member is not None})
    return Known(
        facts=_facts(members, asked.tags),
        audiences=_audiences(members, asked.audiences, now),
        tiers=_tiers(sales, asked.programmes, places),
        coupons=_coupons(sales),
    )


def _facts(members: list[int], tags: bool) -> dict[int, tuple]:
    rows = sets.named(FACTS, members=sets.array(members), tags=tags) if members else []
    return {
        member: ((born.month, born.day) if born else None, frozenset(named), first)
        for member, born, named, first in rows
    }


def _audiences(members: list[int], asked: frozenset[int], now: dt.datetime) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for audience in Audience.objects.filter(pk__in=asked).select_related("organization").order_by("pk"):
        for member in audiences.among(audience=audience, members=members, as_of=now) if members else ():
            found.setdefault(member, set()).add(str(audience.pk))
    return {member: frozenset(names) for member, names in found.items()}


def _tiers(
    sales: Collection[Sale], asked: frozenset[str], places: dict[int, Organization]
) -> dict[int, tuple[frozenset[str], str]]:
    """Of each order the tiers that its buyer had then, as the engine names them, and the one that its shop's programme gave."""
    programmes = list(Programme.objects.select_related("organization"))
    named = [each for each in programmes if each.organization.code in asked]
    nearest = {place: _nearest(programmes, organization) for place, organization in places.items()}
    wanted = {}
    for sale in sales:
        own = nearest.get(sale.place)
        if sale.account is not None:
            wanted[sale.order] = (own, [*named, own] if own and own not in named else named)
    asks = {
        (sale.account, programme.pk, sale.at)
        for sale in sales
        for programme in wanted.get(sale.order, (None, ()))[1]
    }
    found = standings.tiers_at(asks) if asks else {}
    codes = dict(Tier.objects.values_list("pk", "code"))
    told = {}
    for sale in sales:
        own, all_of = wanted.get(sale.order, (None, ()))
        had = {each: codes.get(found.get((sale.account, each.pk, sale.at)), "") for each in all_of}
        names = frozenset(f"{each.organization.code}:{tier}" for each, tier in had.items() if tier)
        told[sale.order] = names, had.get(own, "") if own else ""
    return told


def _nearest(programmes: list[Programme], place: Organization) -> Programme | None:
    above = [each for each in programmes if place.path.startswith(each.organization.path)]
    return max(above, key=lambda each: len(each.organization.path), default=None)


def _coupons(sales: Collection[Sale]) -> dict[str, str]:
    codes = sorted({code for sale in sales for code in sale.coupons})
    return dict(sets.named(COUPONS, codes=sets.array(codes))) if codes else {}
