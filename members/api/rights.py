"""A customer's rights at his own end: what he is promised, what he agreed to, a copy of everything, to be forgotten."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.actions import copies, erasure, lookups
from members.models import BenefitGrant, ClosedLink, Consent, Erasure, Member, Organization, PromiseText
from members.queries import people, promises


class PromiseSerializer(serializers.ModelSerializer):
    digest = serializers.CharField(help_text="SHA-256 of the text: send it as `shown` with the consent.")

    class Meta:
        model = PromiseText
        fields = ["purpose", "language", "version", "text", "benefit", "valid_from", "digest"]


class StatementSerializer(serializers.ModelSerializer):
    channel = serializers.CharField(source="account.channel.code")
    proof = serializers.UUIDField(
        source="record", allow_null=True, help_text="Digest of the record that said so."
    )

    class Meta:
        model = Consent
        fields = [
            "channel",
            "purpose",
            "touchpoint",
            "granted",
            "stated_at",
            "text_version",
            "language",
            "shown",
            "proof",
        ]


class GrantSerializer(serializers.ModelSerializer):
    class Meta:
        model = BenefitGrant
        fields = ["benefit", "granted_at", "ended_at"]


class AgreedSerializer(serializers.Serializer):
    oneid = serializers.CharField()
    statements = StatementSerializer(many=True)
    benefits = GrantSerializer(many=True)
    anonymous = serializers.ListField(
        child=serializers.CharField(), help_text="Channels at which identification was withdrawn."
    )


class WishSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=Erasure.State.choices)
    requested_at = serializers.DateTimeField()


class WantedSerializer(serializers.Serializer):
    purpose = serializers.CharField(
        required=False, default="", help_text="Such as identification or marketing."
    )
    language = serializers.CharField(
        required=False, default="", help_text="Such as zh-hans; all languages if it is left out."
    )


class Promises(APIView):
    scopes = {"GET": "query"}

    @extend_schema(
        tags=["rights"], summary="List the promises in force", parameters=[WantedSerializer],
        responses=PromiseSerializer(many=True),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """The text to show before somebody authorises, by purpose and language; its version goes with the consent."""
        wanted = WantedSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        found = promises.current(now=timezone.now(), **wanted.validated_data)
        return Response(PromiseSerializer(found, many=True).data)


class Agreed(APIView):
    scopes = {"GET": "query"}

    @extend_schema(tags=["rights"], summary="Show what a member agreed to", responses=AgreedSerializer)
    def get(self, request: Request, oneid: str) -> Response:
        """Every statement of the accounts that the key sees, newest first, and the benefits granted for them."""
        node = request.auth.organization
        member = people.current(oneid_text=oneid, node=node)
        seen = people.accounts_of(member=member, node=node)
        told = {
            "oneid": member.oneid,
            "statements": _of(Consent, seen).select_related("account__channel").order_by("-stated_at", "-id"),
            "benefits": _of(BenefitGrant, seen).order_by("granted_at", "id"),
            "anonymous": sorted(
                set(_of(ClosedLink, seen).values_list("account__channel__code", flat=True))
            ),
        }  # fmt: skip
        return Response(AgreedSerializer(told).data)


class Copy(APIView):
    scopes = {"GET": "edit"}

    @extend_schema(
        tags=["rights"], summary="Give a member a copy of everything", responses={200: OpenApiTypes.OBJECT}
    )
    def get(self, request: Request, oneid: str) -> Response:
        """All that is known of the person, in full and over all brands: only with a key of the group, and recorded.

        Ask only for whom you have made sure that he is this person.
        """
        member = _whole(request, oneid)
        now = timezone.now()
        lookups.record(action="copy", by=request.auth, now=now, member=member, field="everything")
        return Response(copies.plain(copies.make(member=member, now=now)))


class Forgetting(APIView):
    scopes = {"POST": "edit"}

    @extend_schema(
        tags=["rights"],
        summary="Ask that a member be forgotten",
        request=None,
        responses={202: WishSerializer},
    )
    def post(self, request: Request, oneid: str) -> Response:
        """Notes the wish of the person; somebody of staff has to agree. Asking again changes nothing."""
        member = people.current(oneid_text=oneid, node=request.auth.organization)
        now = timezone.now()
        wish = erasure.request(
            member=member, reason=f"asked at {request.auth.channel.code}", key=request.auth, now=now,
            door=Erasure.Door.API,
        )  # fmt: skip
        lookups.record(action="erasure", by=request.auth, now=now, member=member)
        return Response(WishSerializer(wish).data, status=202)


def _of(model: Any, accounts: QuerySet) -> QuerySet:
    return model.objects.filter(account__in=accounts.values("pk"))


def _whole(request: Request, oneid: str) -> Member:
    node = request.auth.organization
    if node.kind != Organization.Kind.GROUP:
        raise exceptions.PermissionDenied(_("A copy holds every brand: it takes a key of the group."))
    return people.current(oneid_text=oneid, node=node)
