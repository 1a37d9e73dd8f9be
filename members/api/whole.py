"""All that is known of one member in one document, and the blocks of it that the ground itself knows."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
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
from members.models import Member, Order, OrderLine, Organization, Return, Review, Ticket
from members.queries import (
    acting,
    balances,
    histories,
    people,
    scopes,
    standings,
    timeline,
)
from members.queries.scopes import Reach

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
            "channel": each.channel.code,
            "account": masking.identifier(each.external_id),
            "organization": each.organization.code,
            "revoked": each.revoked_at is not None,
            **picked(each, "first_seen_at", "last_seen_at"),
        }
        for each in asked.accounts
    ]


def _standing(asked: Asked) -> list[dict]:
    places = set(around(node=asked.node).values_list("code", flat=True))
    found = [each for each in standings.of(members=[asked.member.pk]) if each.organization in places]
    return [picked(each, "organization", "name", "tier", "points", "growth") for each in found]


def _balances(asked: Asked) -> list[dict]:
    return [balance_of(each) for each in held(member=asked.member, node=asked.node, now=asked.now)]


def held(*, member: Member, node: Organization, now: dt.datetime) -> list[balances.Balance]:
    """In the books around the node, over all accounts of the member: that is what he can spend there."""
    seen = set(acting.books(node=node).values_list("pk", flat=True))
    return [each for each in balances.of(members=[member.pk], now=now) if each.book in seen]


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
    """Three statements, however many: orders, their lines, what came back of them."""
    names = (
        "id channel__code organization__code external_id occurred_at status currency amount discount shipping"
    )
    rows = _here(Order, asked).values(*names.split())[:ORDERS]
    found = {row.pop("id"): told(row) for row in rows}
    lines = "line sku name category quantity unit_price discount amount"
    _attach(found, "lines", OrderLine.objects.order_by("order", "line"), lines)
    _attach(found, "returns", Return.objects.order_by("occurred_at", "id"), "external_id occurred_at amount")
    return list(found.values())


def _attach(orders: dict[int, dict], name: str, rows: QuerySet, fields: str) -> None:
    for order in orders.values():
        order[name] = []
    for row in rows.filter(order__in=orders).values("order", *fields.split()):
        orders[row.pop("order")][name].append(told(row))


def _here(model: Any, asked: Asked) -> QuerySet:
    """What happened in the node, newest first."""
    rows = scopes.at_organization(model.objects.filter(account__in=asked.every), reach=asked.reach)
    return rows.order_by("-occurred_at", "-id")


def _returns(asked: Asked) -> list[dict]:
    names = "channel__code order_key external_id occurred_at amount"
    return [told(row) for row in _here(Return, asked).values(*names.split())[:OTHERS]]


def _reviews(asked: Asked) -> list[dict]:
    rows = Review.objects.filter(account__in=asked.seen).order_by("-occurred_at", "-id")
    names = "channel__code external_id occurred_at rating sku text"
    return [told(row) for row in rows.values(*names.split())[:OTHERS]]


def _tickets(asked: Asked) -> list[dict]:
    """Those that the node serves."""
    rows = scopes.at_organization(Ticket.objects.filter(account__member=asked.member), reach=asked.reach)
    names = "external_id kind state serial filed_at dispatched_at closed_at rating"
    return [
        {"channel": each.channel.code, "organization": each.organization.code, **picked(each, *names.split())}
        for each in rows.select_related("channel", "organization").order_by("-filed_at", "-id")[:OTHERS]
    ]


def _consents(asked: Asked) -> list[dict]:
    rows = histories.consents(member=asked.member, reach=asked.reach)
    return [
        {
            "channel": each.account.channel.code,
            **picked(each, "purpose", "touchpoint", "granted", "stated_at"),
        }
        for each in rows
    ]


def _timeline(asked: Asked) -> list[dict]:
    rows = timeline.of(member=asked.member, reach=asked.reach, limit=EVENTS)
    return [happening_of(each) for each in rows]


def happening_of(each: timeline.Happening) -> dict:
    return picked(each, "name", "channel", "organization", "occurred_at", "recorded_at", "touchpoint")


def around(*, node: Organization) -> QuerySet[Organization]:
    """The node, what is below it and what is above."""
    return scopes.around_organization(Organization.objects.all(), reach=Reach(node=node), field="pk")


def picked(row: object, *names: str) -> dict:
    """These of its fields; amounts as texts, so that no reader rounds them."""
    return {name: plain(getattr(row, name)) for name in names}


def told(row: dict) -> dict:
    """A row of values: ``channel__code`` is told as the channel, ``order_key`` as the order."""
    return {name.removesuffix("__code").removesuffix("_key"): plain(value) for name, value in row.items()}


def plain(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value


for _name, _fill in {
    "relation": _relation, "accounts": _accounts, "standing": _standing, "balances": _balances,
    "orders": _orders, "returns": _returns, "reviews": _reviews,
    "tickets": _tickets, "consents": _consents, "timeline": _timeline,
}.items():  # fmt: skip
    blocks.register(Block(_name, _fill))
