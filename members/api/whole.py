"""All that is known of one member in one document, and the blocks of it that the ground itself knows."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members import masking
from members.actions import lookups
from members.api import blocks
from members.api.blocks import Asked, Block
from members.models import Member, Organization
from members.queries import balances, histories, latest, people, standings, timeline

ORDERS, EVENTS, OTHERS = 20, 50, 20


class Whole(APIView):
    scopes = {"GET": "query"}

    @extend_schema(
        tags=["members"], summary="Show all that is known of a member", responses={200: OpenApiTypes.OBJECT}
    )
    def get(self, request: Request, oneid: str) -> Response:
        """A block a subject: profile, relation, accounts, tiers, balances, rights, goods, orders, tags, messages, timeline.

        As far as the key's organization node may know; contacts masked. The reading is recorded with the key.
        """
        node, now = request.auth.organization, timezone.now()
        member = people.current(oneid_text=oneid, node=node)
        lookups.record(action="read", by=request.auth, now=now, member=member, field="everything")
        return Response(blocks.document(member=member, node=node, now=now))


def _relation(asked: Asked) -> dict | None:
    known = asked.relation
    if known is None:
        return None
    return {
        **picked(known, "first_at", "last_at", "days", "signals"),
        "stage": known.stage.code,
        "stages": [picked(each, "code", "since", "until") for each in known.stages],
    }


def _accounts(asked: Asked) -> list[dict]:
    return [
        {
            "channel": each.channel,
            "account": masking.identifier(each.external_id),
            **picked(each, "organization", "revoked", "first_seen_at", "last_seen_at"),
        }
        for each in asked.accounts
        if each.seen
    ]


def _standing(asked: Asked) -> list[dict]:
    places = set(asked.around.values())
    found = standings.of(members=[asked.member.pk], at=asked.now)
    return [_of_programme(each) for each in found if each.organization in places]


def _of_programme(each: standings.Standing) -> dict:
    """Where a plan rules tiers, growth is what the ledger has; else what channels state, as points are."""
    told = picked(each, *"organization name tier since until points growth next_tier to_next".split())
    return told if each.ledger_growth is None else told | {"growth": plain(each.ledger_growth)}


def _balances(asked: Asked) -> list[dict]:
    """In the books around the node, over all accounts of the member: that is what he can spend there."""
    return [balance_of(each) for each in asked.balances if each.organization in asked.around]


def held(*, member: Member, node: Organization, now: dt.datetime) -> list[balances.Balance]:
    """In the books around the node, over all accounts of the member: that is what he can spend there."""
    around = latest.around(node=node)
    return [each for each in balances.of(members=[member.pk], now=now) if each.organization in around]


def balance_of(each: balances.Balance) -> dict:
    return {
        "book": each.code,
        **picked(each, "name", "unit", "available", "waiting", "owed", "held"),
        "expiring": [{"at": at, "amount": plain(amount)} for at, amount in each.expiring],
    }


def _orders(asked: Asked) -> dict:
    sums = histories.bought(member=asked.member, reach=asked.reach)
    return {
        "sums": [picked(each, "currency", "orders", "amount", "refunded", "net") for each in sums],
        "latest": _latest(asked),
    }


def _latest(asked: Asked) -> list[dict]:
    rows = latest.orders(accounts=asked.every, node=asked.node, limit=ORDERS)
    return [fields(each) for each in rows]


def _returns(asked: Asked) -> list[dict]:
    rows = latest.returns(accounts=asked.every, node=asked.node, limit=OTHERS)
    return [fields(each) for each in rows]


def _reviews(asked: Asked) -> list[dict]:
    return [fields(each) for each in latest.reviews(accounts=asked.seen, limit=OTHERS)]


def _tickets(asked: Asked) -> list[dict]:
    rows = latest.tickets(accounts=asked.every, node=asked.node, limit=OTHERS)
    return [fields(each) for each in rows]


def _consents(asked: Asked) -> list[dict]:
    return [fields(each) for each in latest.consents(accounts=asked.seen)]


def _timeline(asked: Asked) -> list[dict]:
    rows = timeline.of(member=asked.member, reach=asked.reach, limit=EVENTS)
    return [happening_of(each) for each in rows]


def happening_of(each: timeline.Happening) -> dict:
    return picked(each, "name", "channel", "organization", "occurred_at", "recorded_at", "touchpoint")


def picked(row: object, *names: str) -> dict:
    """These of its fields; amounts as texts, so that no reader rounds them."""
    return {name: plain(getattr(row, name)) for name in names}


def fields(row: object) -> dict:
    """All fields of a row with slots."""
    return picked(row, *row.__slots__)


def plain(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value


for _name, _fill in {
    "relation": _relation, "accounts": _accounts, "standing": _standing, "balances": _balances,
    "orders": _orders, "returns": _returns, "reviews": _reviews,
    "tickets": _tickets, "consents": _consents, "timeline": _timeline,
}.items():  # fmt: skip
    blocks.register(Block(_name, _fill))
