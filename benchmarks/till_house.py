"""A retailer for the till's benchmark: 20 stores, 200 live offers and coupons, members with tiers, points and coupons."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import connection

from benchmarks import fixtures, house, ledger_fill, offers_made
from campaigns.actions import activities, coupon_templates
from campaigns.models import CouponTemplate
from campaigns.offers import reading
from campaigns.offers.offer import Offer
from members import sets
from members.actions import keys, plans
from members.models import (
    Channel,
    EarningRule,
    Organization,
    Programme,
    SpendRule,
    Tier,
    oneid,
)

OFFERS = 200
OFFERS_OF_ACTIVITY = 20
CUSTOMERS = 20_000  # of the members, who come to the tills
COUPONS = 20  # of each customer
MOST = 1_000_000  # a cap that is never reached

ONEIDS = """
UPDATE members_member m SET oneid = n.oneid FROM unnest(%s::bigint[], %s::text[]) AS n (id, oneid) WHERE m.id = n.id
"""
TIERS = """
UPDATE members_membership SET tier = (ARRAY['silver', 'gold', 'platinum'])[1 + account_id %% 3], tier_at = %(at)s, stated_at = %(at)s
WHERE account_id %% 2 = 0
"""
COUPONS_OF_ALL = """
INSERT INTO campaigns_coupon (template_id, code, account_id, state, made_at, claimed_at, claim_channel_id, valid_from, valid_until)
SELECT (%(templates)s::bigint[])[1 + a.id %% cardinality(%(templates)s::bigint[])], 'B' || lpad((a.id * %(each)s + n)::text, 11, '0'),
       a.id, 'claimed', %(at)s, %(at)s, a.channel_id, %(at)s, %(at)s + interval '5 years'
FROM members_account a, generate_series(0, %(each)s - 1) n WHERE a.id <= %(customers)s
"""


class House(NamedTuple):
    """``secret`` of a key of the tills; ``oneids`` of its customers, the first of the members, in the order of their ids
    from 1."""

    secret: str
    channel: int
    oneids: list[str]


def build(*, members: int, now: dt.datetime) -> House:
    begin = now - dt.timedelta(days=60)
    house.build(channels=["pos"], stores=offers_made.STORES)
    channel = Channel.objects.get()
    fixtures.people(count=members)
    customers = min(members, CUSTOMERS)
    oneids = _oneids(customers)
    _programme(begin, now, customers)
    _offers(Organization.objects.get(code=house.GROUP), begin)
    _coupons(customers, begin)
    _key, secret = keys.issue(channel=channel, scopes=["value"], name="benchmark")
    fixtures.settle()
    return House(secret, channel.pk, oneids)


def _oneids(customers: int) -> list[str]:
    """With their check symbols, as tills send them."""
    minted = oneid.mint_many(customers)
    with fixtures.filling():
        sets.run(ONEIDS, list(enumerate(minted, start=1)), 2)
    return minted


def _programme(begin: dt.datetime, now: dt.datetime, customers: int) -> None:
    """Half of the members have a tier; all customers have points, which pay a fen each."""
    group = Organization.objects.get(code=house.GROUP)
    book = ledger_fill.book(code="points", members=customers, earned=3, begin=begin)
    programme = Programme.objects.create(organization=group, name="Club")
    for rank, code in enumerate(("silver", "gold", "platinum")):
        Tier.objects.create(programme=programme, code=code, name=code, rank=rank)
    plan = plans.draft(programme=programme, cycle="long", name="Points", starts_at=begin, by=None, now=begin)
    EarningRule.objects.create(plan=plan, position=1, book=book, currency="CNY", rate=1)
    SpendRule.objects.create(plan=plan, book=book, currency="CNY", unit_value=Decimal("0.01"))
    plans.publish(plan=plan, by=None, now=begin - dt.timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute(TIERS, {"at": begin})


def _offers(group: Organization, begin: dt.datetime) -> None:
    """Those of the engine's benchmark, through the verbs of staff: activities of 20 offers, and templates of coupons."""
    by, approver = User.objects.create_user("author"), User.objects.create_user("approver")
    made = offers_made.offers(count=OFFERS, seed=1)
    plain = [each for each in made if not each.trigger.coupon]
    for number, each in enumerate(each for each in made if each.trigger.coupon):
        _template(each, f"T{number}", group, begin, by, approver)
    _template(plain[0], "next-time", group, begin, by, approver)  # which some of the others give
    for number in range(0, len(plain), OFFERS_OF_ACTIVITY):
        version = activities.draft(
            organization=group, code=f"A{number}", name=f"A{number}", starts_at=begin, by=by, now=begin
        )
        for position, each in enumerate(plain[number : number + OFFERS_OF_ACTIVITY], start=1):
            told = _told(each, _caps(position))
            activities.put_offer(version=version, position=position, by=by, now=begin, **told)
        activities.submit(version=version, by=by, now=begin)
        activities.approve(version=version, by=approver, now=begin)


def _template(
    offer: Offer, code: str, group: Organization, begin: dt.datetime, by: User, approver: User
) -> None:
    told = _told(offer, {}) | {
        "organization": group,
        "code": code,
        "kind": "consumption",
        "claim_from": begin,
    }
    del told["after"], told["after_days"]
    template = coupon_templates.draft(by=by, now=begin, **told)
    coupon_templates.open_(template=template, by=approver, now=begin)


def _caps(position: int) -> dict[str, int]:
    """Of each activity the tenth offer has one a member, the last one a store too."""
    if position % 10:
        return {}
    return {"per_member": MOST} | ({"per_store": MOST} if position == OFFERS_OF_ACTIVITY else {})


def _told(offer: Offer, caps: dict[str, int]) -> dict:
    """An offer as staff write it, live now and here."""
    told = reading.to_builtins(offer)
    trigger = told["trigger"]
    for each in ("coupon", "starts", "ends", "recurrence"):
        trigger.pop(each, None)
    if tiers := trigger.get("tiers"):
        trigger["tiers"] = [each.replace("club:", f"{house.GROUP}:") for each in tiers]
    return {
        "name": offer.code, "trigger": trigger, "execution": told["execution"], "form": told["form"],
        "limits": told.get("limits", {}) | caps, "currency": offer.currency, "after": offer.after or "",
        "after_days": offer.days,
    }  # fmt: skip


def _coupons(customers: int, at: dt.datetime) -> None:
    templates = list(
        CouponTemplate.objects.exclude(code="next-time").order_by("id").values_list("pk", flat=True)
    )
    with fixtures.filling() as cursor:
        cursor.execute(
            COUPONS_OF_ALL, {"templates": templates, "each": COUPONS, "customers": customers, "at": at}
        )


def coupon(*, member: int, number: int) -> str:
    return f"B{member * COUPONS + number:011}"
