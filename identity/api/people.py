"""Members by OneID, by identifier, and as a masked list."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.actions import edits
from identity.api import refusals
from identity.api.cards import MaskedCard, ProfileSerializer, WholeCard
from identity.api.filters import Members
from identity.api.requests import EditSerializer, LookupSerializer
from identity.queries import cards, lookup
from members.actions import lookups
from members.models import Member
from members.queries import people


class MovedSerializer(serializers.Serializer):
    oneid = serializers.CharField(help_text="The retired OneID that was asked for.")
    current = serializers.CharField(help_text="The OneID of the same person now.")
    message = serializers.CharField()


class EditedSerializer(serializers.Serializer):
    oneid = serializers.CharField()
    profile = EditSerializer(help_text="The fields that were given, as they stand now.")


class FoundBySerializer(serializers.Serializer):
    kind = serializers.CharField()
    namespace = serializers.CharField(allow_blank=True)
    value = serializers.CharField(help_text="In its normal form, such as +8613812341234.")


class FoundSerializer(WholeCard):
    found_by = FoundBySerializer()

    class Meta(WholeCard.Meta):
        fields = [*WholeCard.Meta.fields, "found_by"]


class SeveralSerializer(serializers.Serializer):
    """A problem document with the members that may be meant."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = serializers.ListField(child=serializers.DictField())
    candidates = MaskedCard(many=True)


SEVERAL = OpenApiResponse(SeveralSerializer, "Several members carry it: `candidates`, masked.")
MOVED = OpenApiResponse(MovedSerializer, "The OneID is retired; `Location` leads to the current one.")


@extend_schema(tags=["members"], summary="List members, masked")
class MemberList(generics.ListAPIView):
    """Members known at the key's organization node or below it. Names and contacts are masked."""

    scopes = {"GET": "browse"}
    serializer_class = MaskedCard
    filterset_class = Members
    queryset = Member.objects.none()
    keyset = ("oneid",)  # random, so that a cursor tells nothing of how many there are

    def get_queryset(self) -> QuerySet[Member]:
        node = self.request.auth.organization
        return cards.cards(node=node).active().known_at(node=node)


@extend_schema(tags=["members"])
class MemberDetail(APIView):
    """One member by OneID. A retired OneID redirects (308) to the person's current one, for ever."""

    scopes = {"GET": "query", "PATCH": "edit"}

    @extend_schema(summary="Show a member", responses={200: WholeCard, 308: MOVED})
    def get(self, request: Request, oneid: str) -> Response:
        """The profile whole, contacts masked. The reading is recorded with the key."""
        member = self._member(oneid)
        lookups.record(action="read", by=request.auth, now=timezone.now(), member=member, field="profile")
        return Response(WholeCard(member).data)

    @extend_schema(
        summary="Edit a member", request=EditSerializer, responses={200: EditedSerializer, 308: MOVED}
    )
    def patch(self, request: Request, oneid: str) -> Response:
        """Name, nickname, gender, birth date, province, city; any other field is refused.

        The edit is a statement of the key's channel about its own account: it is cleaned, kept and recorded like
        every record. A later statement of another channel may overrule it.
        """
        member, edit = self._member(oneid), EditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        try:
            edits.profile(member=member, fields=edit.stated(), by=request.auth, now=timezone.now())
        except edits.NoAccount as fault:
            raise refusals.NoOwnAccount from fault
        except edits.Refused as fault:
            raise exceptions.ValidationError(refusals.listed(fault.problems)) from fault
        ruling = ProfileSerializer(self._member(oneid).profile).data
        return Response({"oneid": member.oneid, "profile": {name: ruling[name] for name in edit.stated()}})

    def _member(self, oneid: str) -> Member:
        node = self.request.auth.organization
        return people.current(oneid_text=oneid, node=node, among=cards.cards(node=node))


FOUND = {200: FoundSerializer, (409, "application/problem+json"): SEVERAL}


@extend_schema(tags=["members"])
class MemberLookup(APIView):
    """The one member that carries an identifier: give `phone`, or `email`, or `kind` and `value`.

    Contacts are masked except the identifier that was asked for. Each lookup is recorded with the key.
    """

    scopes = {"GET": "query", "POST": "query"}

    @extend_schema(summary="Find a member by identifier", parameters=[LookupSerializer], responses=FOUND)
    def get(self, request: Request) -> Response:
        return self._answer(request.query_params.dict())

    @extend_schema(summary="Find a member, privately", request=LookupSerializer, responses=FOUND)
    def post(self, request: Request) -> Response:
        """The same lookup with the identifier in the body, where no proxy writes it into a log."""
        return self._answer(request.data)

    def _answer(self, given: Any) -> Response:
        wanted = LookupSerializer(data=given)
        wanted.is_valid(raise_exception=True)
        asked = _normalised(wanted.validated_data, channel=self.request.auth.channel.code)
        try:
            member = lookup.carrier(**asked, node=self.request.auth.organization)
        except people.Unknown:
            self._note(asked["kind"], found=0)
            raise
        except lookup.Ambiguous as fault:
            self._note(asked["kind"], found=len(fault.members))
            raise refusals.Several(fault) from fault
        self._note(asked["kind"], found=1, member=member)
        return Response({**WholeCard(member).data, "found_by": asked})

    def _note(self, kind: str, *, found: int, member: Member | None = None) -> None:
        lookups.record(
            action="lookup", by=self.request.auth, now=timezone.now(), member=member, field=kind, found=found
        )


def _normalised(wanted: dict, *, channel: str) -> dict[str, str]:
    try:
        return lookup.asked(**wanted, channel=channel)
    except lookup.Malformed as fault:
        raise exceptions.ValidationError(refusals.listed(fault.problems, place="value")) from fault
