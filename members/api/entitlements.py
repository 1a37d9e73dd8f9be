"""The rights of a member, and their use at a till, a mall or a service desk: the same for every end."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.actions import lookups, right_uses, rights
from members.api.refusals import Refusal
from members.api.strict import Strict, Text, fault
from members.models import Organization, Right, RightGrant
from members.queries import people, scopes
from members.queries import rights as held

STATES = [(each, each) for each in held.STATES]
CODES = {
    rights.NotHere: "right_not_here",
    rights.UsedUp: "right_used_up",
    rights.Expired: "right_expired",
    rights.Revoked: "right_revoked",
    rights.Waiting: "right_waiting",
    rights.UnknownRight: "right_unknown",
    rights.KeyReused: "key_reused",
}
REFUSED = OpenApiResponse(OpenApiTypes.OBJECT, "It cannot be used, here or now: `detail` says why.")


class EntitlementSerializer(serializers.Serializer):
    right = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Right.Kind.choices)
    source = serializers.ChoiceField(choices=RightGrant.Source.choices)
    grant = serializers.IntegerField(
        allow_null=True, help_text="Null for what a tier brings and nobody used yet."
    )
    serial = serializers.CharField(allow_blank=True, help_text="Of the appliance that it hangs on.")
    quantity = serializers.IntegerField()
    used = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(
        allow_null=True, help_text="The first instant at which it is over."
    )
    code_ready = serializers.BooleanField(source="code", help_text="Whether an activation code is ready.")


class UseSerializer(Strict):
    key = Text(max_length=100, help_text="Yours, one for each use; sent again, the same use is answered.")
    organization = Text(
        required=False,
        max_length=64,
        help_text="Where it is used, at or below your key's node; that node if it is left out.",
    )
    grant = serializers.IntegerField(
        required=False, min_value=1, help_text="Which of several; else the one that ends first."
    )


class UsedSerializer(serializers.Serializer):
    right = serializers.CharField()
    grant = serializers.IntegerField()
    number = serializers.IntegerField(help_text="The how-manieth use of the grant it was.")
    quantity = serializers.IntegerField()
    organization = serializers.CharField()
    used_at = serializers.DateTimeField()


class RightList(APIView):
    scopes = {"GET": "query"}

    @extend_schema(
        tags=["value"], summary="List a member's rights", responses=EntitlementSerializer(many=True)
    )
    def get(self, request: Request, oneid: str) -> Response:
        """Over all accounts of the person: what can be used first, then what is used up, over or revoked."""
        node = request.auth.organization
        member = people.current(oneid_text=oneid, node=node)
        seen = set(_around(node).values_list("pk", flat=True))
        found = [each for each in held.of(members=[member.pk], now=timezone.now()) if each.right_id in seen]
        return Response(EntitlementSerializer(found, many=True).data)


class RightUseView(APIView):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["value"], summary="Use a right of a member", request=UseSerializer,
        responses={200: UsedSerializer, (409, "application/problem+json"): REFUSED},
    )  # fmt: skip
    def post(self, request: Request, oneid: str, code: str) -> Response:
        """Exactly once for each key. The place, the channel of the key and the time are kept."""
        node, channel = request.auth.organization, request.auth.channel
        member = people.current(oneid_text=oneid, node=node)
        asked = UseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        right = _around(node).filter(code=code).first()
        if right is None:
            raise exceptions.NotFound(
                _("There is no right “%(code)s” around the organization of this key.") % {"code": code}
            )
        now = timezone.now()
        grant = asked.validated_data.get("grant")
        try:
            done = right_uses.use(
                member=member, right=right, key=f"till:{channel.code}:{asked.validated_data['key']}",
                organization=_place(asked.validated_data.get("organization"), node), channel=channel, by=None,
                now=now, grant=grant and RightGrant(pk=grant),
            )  # fmt: skip
        except rights.Refused as refused:
            raise Refusal(refused, status=409, code=CODES[type(refused)]) from refused
        lookups.record(action="value", by=request.auth, now=now, member=member, field="right", right=code)
        return Response(UsedSerializer(done).data)


def _around(node: Organization):
    return scopes.around_organization(Right.objects.all(), reach=scopes.of_node(node))


def _place(code: str | None, node: Organization) -> Organization:
    if not code:
        return node
    place = Organization.objects.under(node).filter(code=code).first()
    if place is None:
        remedy = _("Name a node at or below %(node)s.") % {"node": node.code}
        raise fault(
            "organization",
            message=_("Your key does not stand at %(place)s.") % {"place": code},
            remedy=remedy,
        )
    return place
