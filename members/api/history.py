"""What one member did, where the key may see it: orders, events, memberships."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.models import Event, Order, OrderLine, Organization, Return
from members.queries import memberships, people


class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderLine
        fields = ["line", "sku", "name", "category", "quantity", "unit_price", "discount", "amount"]


class ReturnSerializer(serializers.ModelSerializer):
    class Meta:
        model = Return
        fields = ["external_id", "occurred_at", "amount"]


class OrderSerializer(serializers.ModelSerializer):
    channel = serializers.CharField(source="channel.code", read_only=True)
    organization = serializers.CharField(source="organization.code", read_only=True)
    lines = LineSerializer(many=True, read_only=True)
    returns = ReturnSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = [
            "channel", "external_id", "organization", "occurred_at", "status", "currency",
            "amount", "discount", "shipping", "lines", "returns",
        ]  # fmt: skip


class EventSerializer(serializers.ModelSerializer):
    channel = serializers.CharField(source="channel.code", default=None, allow_null=True, read_only=True)
    organization = serializers.CharField(source="organization.code", read_only=True)
    properties = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ["name", "channel", "organization", "occurred_at", "recorded_at", "touchpoint", "properties"]

    def get_properties(self, event: Event) -> dict | None:
        """What the key's own channel said; null for events of other channels, whose words may be personal."""
        return event.properties if event.channel_id == self.context["request"].auth.channel_id else None


class LevelSerializer(serializers.Serializer):
    organization = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Organization.Kind.choices)
    joined_at = serializers.DateTimeField(allow_null=True)
    number = serializers.CharField(allow_blank=True)
    tier = serializers.CharField(allow_blank=True)
    first_visited_at = serializers.DateTimeField(allow_null=True)
    last_visited_at = serializers.DateTimeField(allow_null=True)


class OfMember(generics.ListAPIView):
    scopes = {"GET": "query"}
    keyset = ("-occurred_at", "-id")

    def get_queryset(self) -> QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        node = self.request.auth.organization
        return self.of(member=people.current(oneid_text=self.kwargs["oneid"], node=node), node=node)


@extend_schema(tags=["members"], summary="List a member's orders")
class OrderList(OfMember):
    """Orders of all the member's accounts made in the key's organization node, newest first, with returns."""

    serializer_class = OrderSerializer
    queryset = Order.objects.none()
    of = staticmethod(people.orders_of)


@extend_schema(tags=["members"], summary="List a member's events")
class EventList(OfMember):
    """Events of all the member's accounts in the key's organization node, newest first."""

    serializer_class = EventSerializer
    queryset = Event.objects.none()
    of = staticmethod(people.events_of)


@extend_schema(tags=["members"], summary="Show a member's memberships", responses=LevelSerializer(many=True))
class MembershipList(APIView):
    """What the member is to the nodes that the key sees, and to those above it: group, brand, dealer, store."""

    scopes = {"GET": "query"}

    def get(self, request: Request, oneid: str) -> Response:
        node = request.auth.organization
        member = people.current(oneid_text=oneid, node=node)
        return Response(LevelSerializer(memberships.seen_from(member=member, node=node), many=True).data)
