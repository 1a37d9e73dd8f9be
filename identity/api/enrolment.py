"""Joining a loyalty programme at a till, in a shop or in a mini-program."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.actions import enrolment
from identity.api import refusals
from members.api.refusals import Refusal
from members.api.strict import Strict, Text
from members.models import Programme
from members.queries import scopes

NOT_JOINED = OpenApiResponse(
    OpenApiTypes.OBJECT, "A condition of the programme is not met: `errors` names each that is missing."
)
CLOSED = OpenApiResponse(OpenApiTypes.OBJECT, "The programme takes nobody in any more.")


class JoiningSerializer(Strict):
    external_id = Text(max_length=200, help_text="The customer's account at your channel.")
    identifiers = serializers.ListField(
        child=serializers.DictField(), max_length=20, default=list, help_text="As in an account record."
    )
    profile = serializers.DictField(default=dict, help_text="As in an account record.")
    consents = serializers.ListField(
        child=serializers.DictField(), max_length=20, default=list, help_text="As in an account record."
    )


class JoinedSerializer(serializers.Serializer):
    oneid = serializers.CharField()
    number = serializers.CharField(help_text="Member number; its last digit checks the others (Luhn).")
    new = serializers.BooleanField(help_text="false: the person had joined before and keeps the number.")


class Joining(APIView):
    scopes = {"POST": "ingest"}

    @extend_schema(
        tags=["members"], summary="Join a programme", request=JoiningSerializer,
        responses={
            200: JoinedSerializer,
            (409, "application/problem+json"): CLOSED,
            (422, "application/problem+json"): NOT_JOINED,
        },
    )  # fmt: skip
    def post(self, request: Request, organization: str) -> Response:
        """Takes a customer of your channel into the programme of this organization. Whoever joined before, by any
        channel, keeps the number, so sending it again is harmless."""
        programme = self._programme(organization)
        wanted = JoiningSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            joined = enrolment.join(
                programme=programme, by=request.auth, now=timezone.now(), **wanted.validated_data
            )
        except enrolment.NotJoined as fault:
            missing = [{"place": r.need, "message": r.message, "remedy": r.remedy} for r in fault.reasons]
            raise Refusal(fault, status=422, code="not_joined", errors=missing) from fault
        except enrolment.Closed as fault:
            raise Refusal(fault, status=409, code="closed") from fault
        except enrolment.Refused as fault:
            raise exceptions.ValidationError(refusals.listed(fault.problems) or str(fault)) from fault
        return Response(JoinedSerializer(joined).data)

    def _programme(self, code: str) -> Programme:
        """Of the key's own node, of one above it or of one below."""
        near = scopes.around_organization(
            Programme.objects.all(), reach=scopes.of_node(self.request.auth.organization)
        )
        found = near.filter(organization__code=code).first()
        if found is None:
            raise exceptions.NotFound(_("There is no such programme around the organization of this key."))
        return found
