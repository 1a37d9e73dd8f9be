"""What one member has, and what happened: balances, movements, the timeline."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from members.api import strict, whole
from members.api.refusals import Refusal
from members.models import Member
from members.queries import acting, histories, movements, people, timeline
from members.queries.scopes import Reach

MOST = 100


class ExpiringSerializer(serializers.Serializer):
    at = serializers.DateTimeField(help_text="The first instant at which it is gone.")
    amount = serializers.DecimalField(max_digits=24, decimal_places=None)


class BalanceSerializer(serializers.Serializer):
    book = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    available = serializers.DecimalField(
        max_digits=24, decimal_places=None, help_text="What can be spent now."
    )
    waiting = serializers.DecimalField(max_digits=24, decimal_places=None)
    owed = serializers.DecimalField(max_digits=24, decimal_places=None)
    held = serializers.DecimalField(max_digits=24, decimal_places=None, help_text="What tills have reserved.")
    expiring = ExpiringSerializer(many=True)


class MovementSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="posting")
    at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    verb = serializers.CharField()
    amount = serializers.DecimalField(max_digits=24, decimal_places=None)
    before = serializers.DecimalField(max_digits=24, decimal_places=None)
    after = serializers.DecimalField(max_digits=24, decimal_places=None)
    channel = serializers.CharField(allow_null=True, help_text="Null of what happened outside your node.")
    cause = serializers.CharField(allow_null=True)


class MovementsSerializer(serializers.Serializer):
    results = MovementSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class HappeningSerializer(serializers.Serializer):
    name = serializers.CharField()
    channel = serializers.CharField(allow_blank=True)
    organization = serializers.CharField(allow_blank=True)
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    touchpoint = serializers.CharField(allow_blank=True)


class TimelineSerializer(serializers.Serializer):
    results = HappeningSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class Paged(strict.Strict):
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=MOST)


class MovementsWanted(Paged):
    book = serializers.CharField(max_length=64)
    before = serializers.IntegerField(
        required=False, default=None, min_value=1, max_value=2**62, help_text="Taken from `next`."
    )


class TimelineWanted(Paged):
    channel = serializers.CharField(required=False, default="", max_length=64)
    name = serializers.CharField(required=False, default="", max_length=64)
    since = serializers.DateTimeField(required=False, default=None)
    until = serializers.DateTimeField(required=False, default=None, help_text="Not included.")
    before = serializers.CharField(
        required=False, default=None, max_length=64, help_text="Taken from `next`."
    )

    def validate_before(self, text: str | None) -> tuple[dt.datetime, int] | None:
        if text is None:
            return None
        at, _tilde, last = text.partition("~")
        try:
            found = parse_datetime(at)
        except ValueError:
            found = None
        if not (found and found.tzinfo and last.isascii() and last.isdecimal() and len(last) < 19):
            raise serializers.ValidationError(_("Follow the address in `next`, or leave this out."))
        return found, int(last)


class OfOne(APIView):
    scopes = {"GET": "query"}

    def member(self) -> Member:
        return people.current(oneid_text=self.kwargs["oneid"], node=self.request.auth.organization)

    def wanted(self, serializer: type[strict.Strict]) -> dict:
        asked = serializer(data=self.request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return asked.validated_data

    def page(self, rows: list, limit: int, position: Any) -> str | None:
        """The address of the next page of ``rows``, of which one more than ``limit`` was read."""
        if len(rows) <= limit:
            return None
        return replace_query_param(self.request.build_absolute_uri(), "before", position(rows[limit - 1]))


class Balances(OfOne):
    @extend_schema(tags=["value"], summary="Show a member's balances", responses=BalanceSerializer(many=True))
    def get(self, request: Request, oneid: str) -> Response:
        """In the books of the key's node, above it and below it, over all accounts of the member."""
        held = whole.held(member=self.member(), node=request.auth.organization, now=timezone.now())
        return Response([whole.balance_of(each) for each in held])


class Movements(OfOne):
    @extend_schema(
        tags=["value"], summary="List a member's movements in a book", parameters=[MovementsWanted],
        responses=MovementsSerializer,
    )  # fmt: skip
    def get(self, request: Request, oneid: str) -> Response:
        """The newest first, each with the balance before and after it."""
        member, node, wanted = self.member(), request.auth.organization, self.wanted(MovementsWanted)
        try:
            book = acting.book(code=wanted["book"], node=node)
        except acting.UnknownBook as fault:
            raise Refusal(
                ValueError(_("There is no such book: %s.") % wanted["book"]), status=404, code="unknown_book"
            ) from fault
        rows = movements.of(member=member, book=book, limit=wanted["limit"] + 1, before=wanted["before"])
        seen = {each.pk for each in histories.accounts(member=member, reach=Reach(node=node))}
        told = [_movement(each, seen) for each in rows[: wanted["limit"]]]
        following = self.page(rows, wanted["limit"], lambda each: each.posting)
        return Response(MovementsSerializer({"results": told, "next": following}).data)


def _movement(each: movements.Movement, seen: set[int]) -> dict:
    """Amounts are the person's everywhere; where and why a movement was made stays with the node that knows it."""
    names = ("posting", "at", "recorded_at", "verb", "amount", "before", "after")
    known = each.account in seen
    return {
        **{name: getattr(each, name) for name in names},
        "channel": each.channel if known else None,
        "cause": ", ".join(filter(None, (each.cause, each.event))) if known else None,
    }


class Timeline(OfOne):
    @extend_schema(
        tags=["members"],
        summary="Show a member's timeline",
        parameters=[TimelineWanted],
        responses=TimelineSerializer,
    )
    def get(self, request: Request, oneid: str) -> Response:
        """Everything that happened in the key's node, over all accounts, the newest first."""
        member, wanted = self.member(), self.wanted(TimelineWanted)
        limit = wanted.pop("limit")
        rows = timeline.of(
            member=member, reach=Reach(node=request.auth.organization), **wanted, limit=limit + 1
        )
        following = self.page(rows, limit, lambda each: f"{each.occurred_at.isoformat()}~{each.id}")
        told = [whole.happening_of(each) for each in rows[:limit]]
        return Response(TimelineSerializer({"results": told, "next": following}).data)
