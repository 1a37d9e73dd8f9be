"""What a service desk may know of goods: by serial number, or by the owner's telephone."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import refusals
from identity.queries import lookup, owners
from members.actions import lookups
from members.api.strict import Strict, Text, fault
from members.models import Member
from members.queries import service
from members.queries.service import Serviced


class GoodsAskedSerializer(Strict):
    serial = Text(required=False, max_length=100)
    phone = Text(required=False, max_length=64, help_text="In any usual spelling.")

    def validate(self, given: dict) -> dict:
        if len(given) != 1:
            remedy = _("Give the serial number of the appliance, or its owner's telephone.")
            raise fault("serial", message=_("Exactly one of the two is needed."), remedy=remedy)
        return given


class WarrantySerializer(serializers.Serializer):
    name = serializers.CharField()
    state = serializers.ChoiceField(
        choices=[(each, each) for each in ("valid", "waiting", "expired")],
        help_text="waiting: it begins later",
    )
    until = serializers.DateTimeField(allow_null=True)


class GoodsSerializer(serializers.Serializer):
    serial = serializers.CharField()
    sku = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)
    category = serializers.CharField(allow_blank=True)
    bought_at = serializers.DateTimeField(allow_null=True)
    customer = serializers.CharField(allow_blank=True, help_text="Masked.")
    is_covered = serializers.BooleanField(help_text="Whether a warranty is valid now.")
    warranties = WarrantySerializer(many=True)


class GoodsFoundSerializer(serializers.Serializer):
    goods = GoodsSerializer(many=True)


class Goods(APIView):
    scopes = {"POST": "edit"}

    @extend_schema(
        tags=["service"], summary="Look up goods to be served", request=GoodsAskedSerializer,
        responses=GoodsFoundSerializer,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The appliance of a serial number with its warranties, wherever in the group it was bought; by telephone, the
        owner's appliances with a valid warranty. Nothing else of the customer is told, and each look-up is recorded."""
        wanted = GoodsAskedSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        [(way, text)] = wanted.validated_data.items()
        found = self._found(way, text)
        self._note(way, found)
        return Response(GoodsFoundSerializer({"goods": found}).data)

    def _found(self, way: str, text: str) -> list[Serviced]:
        node, now = self.request.auth.organization, timezone.now()
        if way == "serial":
            found = service.by_serial(serial=text, node=node, now=now)
            return [found] if found else []
        try:
            people = owners.of_phone(phone=text)
        except lookup.Malformed as refused:
            raise exceptions.ValidationError(refusals.listed(refused.problems, place="phone")) from refused
        return service.of_members(members=people, node=node, now=now)

    def _note(self, way: str, found: list[Serviced]) -> None:
        whose = {each.member for each in found}
        lookups.record(
            action="service", by=self.request.auth, now=timezone.now(), field=way, found=len(found),
            member=Member.objects.get(pk=whose.pop()) if len(whose) == 1 else None,
        )  # fmt: skip
