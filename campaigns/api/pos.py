"""The till's look: who stands in front of it, and what it may know of him."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import refusals
from identity.api.people import SEVERAL
from identity.queries import lookup
from members import masking
from members.actions import lookups, member_codes
from members.api import strict, whole
from members.models import ChannelKey, Member, MemberProfile, Organization, Tier
from members.queries import people, standings
from tags.api import labels
from tags.queries import visible

WAYS = ("code", "phone", "card", "kind")
TAGS = 3


class WantedSerializer(strict.Strict):
    code = strict.Text(required=False, max_length=100, help_text="What the customer's telephone shows.")
    phone = strict.Text(required=False, max_length=64, help_text="In any usual spelling.")
    card = strict.Text(required=False, max_length=200, help_text="The number of a card.")
    kind = strict.Text(required=False, max_length=32, help_text="Any other identifier, with its value.")
    value = strict.Text(required=False, max_length=200)
    namespace = strict.Text(required=False, max_length=100)
    tags = serializers.ListField(
        child=strict.Text(max_length=64), required=False, max_length=TAGS,
        help_text="Codes of the tags to be told of; the first three that he has if it is left out.",
    )  # fmt: skip

    def validate(self, given: dict) -> dict:
        ways = [way for way in WAYS if way in given]
        if len(ways) != 1 or ("value" in given) != ("kind" in given):
            message = _("Exactly one way to find the customer is needed.")
            raise strict.fault(
                "body", message=message, remedy=_("Give code, phone, card, or kind and value.")
            )
        return given


class CustomerBalanceSerializer(serializers.Serializer):
    book = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    available = serializers.DecimalField(max_digits=24, decimal_places=None)


class CustomerSerializer(serializers.Serializer):
    known = serializers.BooleanField()
    oneid = serializers.CharField(required=False)
    name = serializers.CharField(required=False, allow_blank=True, help_text="Masked.")
    tier = serializers.CharField(required=False, allow_blank=True, help_text="Its code in the programme.")
    tier_name = serializers.CharField(required=False, allow_blank=True)
    balances = CustomerBalanceSerializer(many=True, required=False)
    tags = labels.HeldSerializer(many=True, required=False)


class Customer(APIView):
    scopes = {"POST": "query"}

    @extend_schema(
        tags=["pos"], summary="Recognise a customer", request=WantedSerializer,
        responses={200: CustomerSerializer, (409, "application/problem+json"): SEVERAL},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """By the code on his telephone, by phone, card or another identifier: masked name, tier, balances, three tags.

        Whom the key's node does not know, and a code that is over or false, answers `{"known": false}`: serve him as
        a guest. Each look is recorded with the key.
        """
        wanted, now, key = WantedSerializer(data=request.data), timezone.now(), request.auth
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        way = next(way for way in WAYS if way in given)
        field = given["kind"].lower() if way == "kind" else way
        try:
            member = _shown(given["code"], key, now) if way == "code" else _carrier(given, way, key)
        except lookup.Ambiguous as fault:
            lookups.record(
                action="lookup", by=key, now=now, member=None, field=field, found=len(fault.members)
            )
            raise refusals.Several(fault) from fault
        lookups.record(action="lookup", by=key, now=now, member=member, field=field, found=int(bool(member)))
        return Response(
            _told(member, key.organization, given.get("tags"), now) if member else {"known": False}
        )


def _shown(code: str, key: ChannelKey, now: dt.datetime) -> Member | None:
    try:
        return _current(member_codes.read(code=code.strip().upper(), now=now), key.organization)
    except (member_codes.NoSuchCode, people.Unknown):
        return None


def _current(oneid: str, node: Organization) -> Member:
    """The person a code was shown for, also if he was merged with another since."""
    try:
        return people.current(oneid_text=oneid, node=node)
    except people.Moved as moved:
        return people.current(oneid_text=moved.current, node=node)


def _carrier(given: dict, way: str, key: ChannelKey) -> Member | None:
    kind, value = (given["kind"].lower(), given["value"]) if way == "kind" else (way, given[way])
    namespace = given.get("namespace", "")
    try:
        asked = lookup.asked(kind=kind, value=value, namespace=namespace, channel=key.channel.code)
        return lookup.carrier(**asked, node=key.organization)
    except lookup.Malformed as fault:
        place = "value" if way == "kind" else way
        raise exceptions.ValidationError(refusals.listed(fault.problems, place=place)) from fault
    except people.Unknown:
        return None


def _told(member: Member, node: Organization, wanted: list[str] | None, now: dt.datetime) -> dict[str, Any]:
    profile = MemberProfile.objects.filter(member=member).first()
    name = (profile.name or profile.nickname) if profile else ""
    tier, tier_name = _tier(member, node)
    return {
        "known": True,
        "oneid": member.oneid,
        "name": masking.name(name) if name else "",
        "tier": tier,
        "tier_name": tier_name,
        "balances": CustomerBalanceSerializer(
            [whole.balance_of(each) for each in whole.held(member=member, node=node, now=now)], many=True
        ).data,
        "tags": _tags(member, node, wanted),
    }


def _tier(member: Member, node: Organization) -> tuple[str, str]:
    """In the programme of the nearest node above the till, or of the till's own."""
    found = {each.organization: each for each in standings.of(members=[member.pk]) if each.tier}
    above = Organization.objects.filter(pk__in=node.path.strip("/").split("/")).order_by("-path")
    standing = next((found[code] for code in above.values_list("code", flat=True) if code in found), None)
    if standing is None:
        return "", ""
    name = Tier.objects.filter(programme=standing.programme, code=standing.tier).values_list(
        "name", flat=True
    )
    return standing.tier, name.first() or standing.tier


def _tags(member: Member, node: Organization, wanted: list[str] | None) -> list[dict]:
    """Those that were asked for, in that order; else the first."""
    values, _held = visible.values_of(member=member, node=node)
    if wanted is not None:
        values = sorted(
            (each for each in values if each.tag.code in wanted), key=lambda each: wanted.index(each.tag.code)
        )
    return labels.HeldSerializer(values[:TAGS], many=True).data
