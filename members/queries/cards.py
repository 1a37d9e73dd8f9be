"""The stored-value cards and gift cards of a person, over all his accounts."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from members import sets
from members.ledger import amounts
from members.models import GiftCard, Lot, Member
from members.queries import balances, scopes
from members.queries.balances import Balance
from members.queries.scopes import EVERYTHING, Reach

AROUND = "(%s OR o.path LIKE %s OR o.id = ANY(%s::bigint[]))"
PURSES = f"""
SELECT p.code, p.name, b.unit, p.organization_id, p.principal_id, p.bonus_id
FROM members_purse p JOIN members_book b ON b.id = p.principal_id JOIN members_organization o ON o.id = p.organization_id
WHERE (p.principal_id = ANY(%s::bigint[]) OR p.bonus_id = ANY(%s::bigint[])) AND {AROUND}
ORDER BY p.code
"""  # noqa: S608
# The value of an active card lies in the lot of its activation, of another one in its pot.
GIFT_CARDS = f"""
WITH own AS (SELECT id FROM members_account WHERE member_id = %s AND emptied_at IS NULL)
SELECT g.id, g.number, g.state,
       CASE WHEN g.receiver_id IN (SELECT id FROM own) THEN 'received'
            WHEN g.giver_id IN (SELECT id FROM own) THEN 'given' ELSE 'bought' END,
       b.unit, b.scale, g.amount,
       CASE WHEN g.activation_id IS NULL THEN (
           SELECT sum(l.remaining) FROM members_lot l
           WHERE l.wallet_id = g.pot_id AND l.remaining > 0 AND (l.expires_at IS NULL OR l.expires_at > now.at)
       ) ELSE (
           SELECT sum(l.remaining) FROM members_lot l
           WHERE l.posting_id = g.activation_id AND l.remaining > 0 AND (l.expires_at IS NULL OR l.expires_at > now.at)
       ) END, coalesce(g.activated_at, g.given_at, g.issued_at)
FROM (
    SELECT g.* FROM own JOIN members_giftcard g ON g.buyer_id = own.id
    UNION SELECT g.* FROM own JOIN members_giftcard g ON g.giver_id = own.id
    UNION SELECT g.* FROM own JOIN members_giftcard g ON g.receiver_id = own.id
) g JOIN members_book b ON b.id = g.book_id JOIN members_organization o ON o.id = b.organization_id,
     (SELECT %s::timestamptz AS at) now
WHERE {AROUND}
ORDER BY g.issued_at DESC, g.id DESC
"""  # noqa: S608


@dataclass(frozen=True)
class PurseHeld:
    """What can be spent now: ``balance`` is ``principal`` and ``bonus`` together."""

    code: str
    name: str
    unit: str
    organization: int
    principal: Decimal
    bonus: Decimal
    balance: Decimal


@dataclass(frozen=True)
class GiftCardHeld:
    """``state``: issued, given, active or cancelled. ``left``: what is not spent of it (a card given away: 0).
    ``part``: what the person has to do with it: bought, given or received."""

    card: int
    number: str
    state: str
    part: str
    unit: str
    amount: Decimal
    left: Decimal
    at: dt.datetime


@dataclass(frozen=True)
class Cards:
    purses: list[PurseHeld]
    gift_cards: list[GiftCardHeld]


def of(
    *, member: Member, now: dt.datetime, reach: Reach = EVERYTHING, held: Collection[Balance] | None = None
) -> Cards:
    """The cards of all accounts of the person, newest gift card first; those of organizations around the reach. ``held``
    are his balances, where they are known already. A constant number of statements."""
    if not reach:
        return Cards([], [])
    if held is None:
        held = balances.of(members=[member.pk], now=now)
    near = scopes.place(reach=reach)
    cards = sets.prepared(GIFT_CARDS, member.pk, now, *near)
    return Cards(_purses({each.book: each.available for each in held}, near), [_held(*row) for row in cards])


def left(*, cards: Collection[GiftCard], now: dt.datetime) -> dict[int, int]:
    """{card: steps of it that can be spent or activated now}."""
    made = defaultdict(int)
    wanted = {card.activation_id: card.pk for card in cards if card.activation_id}
    pots = {card.pot_id: card.pk for card in cards if not card.activation_id}
    alive = Lot.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), remaining__gt=0)
    of_card = Q(posting__in=wanted) | Q(wallet__in=pots)
    rows = alive.filter(of_card).values_list("posting_id", "wallet_id").annotate(Sum("remaining"))
    for posting, wallet, steps in rows:
        made[wanted.get(posting) or pots[wallet]] += steps
    return made


def _purses(held: dict[int, Decimal], near) -> list[PurseHeld]:
    books, found = list(held), []
    for *named, principal, bonus in sets.prepared(PURSES, books, books, *near):
        in_two = held.get(principal, Decimal(0)), held.get(bonus, Decimal(0))
        found.append(PurseHeld(*named, *in_two, sum(in_two)))
    return found


def _held(card, number, state, part, unit, scale, amount, remaining, at) -> GiftCardHeld:
    remaining = 0 if part == "given" else int(remaining or 0)
    whole, left = (amounts.shown(each, scale=scale) for each in (amount, remaining))
    return GiftCardHeld(card, number, state, part, unit, whole, left, at)
