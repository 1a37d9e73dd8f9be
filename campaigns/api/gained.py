"""The offers that a member used, sale by sale."""

from collections.abc import Collection

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.till import figures
from campaigns.models import OfferUse
from campaigns.queries import gained, offer_names
from members.queries import people


class UseSerializer(serializers.Serializer):
    offer = serializers.CharField(help_text="Its code, as quotes name it.")
    name = serializers.CharField(help_text="As last published.")
    activity = serializers.CharField(allow_blank=True)
    times = serializers.IntegerField()
    discount = serializers.CharField(help_text="In `currency`; what it gave besides stands with the sale.")
    currency = serializers.CharField(source="sale.currency")
    organization = serializers.CharField(source="sale.store.code", help_text="The store.")
    channel = serializers.CharField(source="sale.channel.code")
    order = serializers.CharField(source="sale.number")
    used_at = serializers.DateTimeField(source="at")


@extend_schema(tags=["members"], summary="List the offers that a member used")
class UseList(generics.ListAPIView):
    scopes = {"GET": "query"}
    serializer_class = UseSerializer
    queryset = OfferUse.objects.none()
    keyset = ("-id",)

    def get_queryset(self) -> QuerySet[OfferUse]:
        node = self.request.auth.organization
        return gained.uses(member=people.current(oneid_text=self.kwargs["oneid"], node=node), node=node)

    def get(self, request: Request, oneid: str) -> Response:
        """At tills of the key's organization node, on all the member's accounts, the newest first. Not those of sales that fell
        through or came back whole."""
        return self.get_paginated_response(told(self.paginate_queryset(self.get_queryset())))


def told(uses: Collection[OfferUse]) -> list[dict]:
    names = offer_names.of(use.offer for use in uses)
    for use in uses:
        use.name = names.get(use.offer, use.offer)
        use.discount = figures.money(use.discount, use.sale.currency)
    return UseSerializer(uses, many=True).data
