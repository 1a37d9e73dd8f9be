"""The code on a customer's telephone."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.actions import lookups, member_codes
from members.queries import people


class CodeSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="To be shown as a QR or bar code: capitals and digits.")
    good_until = serializers.DateTimeField()


class Code(APIView):
    scopes = {"POST": "query"}

    @extend_schema(tags=["members"], summary="Make a member's code", request=None, responses=CodeSerializer)
    def post(self, request: Request, oneid: str) -> Response:
        """A code that a till reads for two minutes (`pos/customer`). Ask for a new one before it ends."""
        member, now = people.current(oneid_text=oneid, node=request.auth.organization), timezone.now()
        lookups.record(action="code", by=request.auth, now=now, member=member)
        told = {"code": member_codes.show(member=member, now=now), "good_until": now + member_codes.GOOD_FOR}
        return Response(CodeSerializer(told).data)
