"""The stored-value cards and gift cards of a person, over all his accounts."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from members.models import GiftCard, Lot, Member, Purse
from members.queries import balances, scopes
from members.queries.scopes import EVERYTHING, Reach


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


def of(*, member: Member, now: dt.datetime, reach: Reach = EVERYTHING) -> Cards:
    """The cards of all accounts of the person, newest gift card first; those of organizations around the reach. A
    constant number of statements."""
    accounts = list(member.accounts.values_list("pk", flat=True))
    return Cards(_purses(member, now, reach), _gift_cards(accounts, now, reach))


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


def _purses(member, now, reach):
    held = {each.book: each.available for each in balances.of(members=[member.pk], now=now)}
    mine = Purse.objects.filter(Q(principal__in=held) | Q(bonus__in=held)).select_related("principal")
    found = []
    for purse in scopes.around_organization(mine.order_by("code"), reach=reach):
        principal, bonus = held.get(purse.principal_id, Decimal(0)), held.get(purse.bonus_id, Decimal(0))
        found.append(
            PurseHeld(
                purse.code,
                purse.name,
                purse.principal.unit,
                purse.organization_id,
                principal,
                bonus,
                principal + bonus,
            )
        )
    return found


def _gift_cards(accounts, now, reach):
    concerned = Q(buyer__in=accounts) | Q(giver__in=accounts) | Q(receiver__in=accounts)
    mine = GiftCard.objects.filter(concerned).select_related("book").order_by("-issued_at", "-pk")
    cards = list(scopes.around_organization(mine, reach=reach, field="book__organization"))
    remaining = left(cards=cards, now=now)
    return [_held(card, set(accounts), remaining.get(card.pk, 0)) for card in cards]


def _held(card, accounts, steps):
    received = card.receiver_id in accounts
    given = card.giver_id in accounts and not received
    part = "received" if received else "given" if given else "bought"
    at = card.activated_at or card.given_at or card.issued_at
    shown = card.book.shown
    return GiftCardHeld(
        card.pk,
        card.number,
        card.state,
        part,
        card.book.unit,
        shown(card.amount),
        shown(0 if given else steps),
        at,
    )
