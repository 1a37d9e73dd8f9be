"""The organizations and channels that a key can see."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers

from members.models import Channel, Organization


class OrganizationSerializer(serializers.ModelSerializer):
    part_of = serializers.CharField(source="parent.code", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Organization
        fields = ["code", "name", "kind", "part_of"]


class ChannelSerializer(serializers.ModelSerializer):
    organization = serializers.CharField(source="organization.code", read_only=True)

    class Meta:
        model = Channel
        fields = ["code", "name", "kind", "source_class", "organization", "first_party"]


@extend_schema(tags=["organizations"], summary="List organizations")
class OrganizationList(generics.ListAPIView):
    """The key's organization node and everything below it, from the top down."""

    scopes = {"GET": "browse"}
    serializer_class = OrganizationSerializer
    queryset = Organization.objects.none()
    keyset = ("id",)

    def get_queryset(self) -> QuerySet[Organization]:
        return Organization.objects.under(self.request.auth.organization).select_related("parent")


@extend_schema(tags=["organizations"], summary="List channels")
class ChannelList(generics.ListAPIView):
    """The channels of the key's organization node and of those below it."""

    scopes = {"GET": "browse"}
    serializer_class = ChannelSerializer
    queryset = Channel.objects.none()
    keyset = ("id",)

    def get_queryset(self) -> QuerySet[Channel]:
        nodes = Organization.objects.under(self.request.auth.organization)
        return Channel.objects.filter(organization__in=nodes).select_related("organization")
