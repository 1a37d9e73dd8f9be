"""Audiences: saved selections of members, and how many they hold."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers

from tags.models import Audience


class AudienceSerializer(serializers.ModelSerializer):
    organization = serializers.CharField(source="organization.code", read_only=True)

    class Meta:
        model = Audience
        fields = ["id", "name", "organization", "frozen_at", "count", "counted_at"]


@extend_schema(tags=["tags"], summary="List audiences")
class AudienceList(generics.ListAPIView):
    """Audiences of the key's organization node and of those below it, with their last count."""

    scopes = {"GET": "browse"}
    serializer_class = AudienceSerializer
    queryset = Audience.objects.none()
    keyset = ("id",)

    def get_queryset(self) -> QuerySet[Audience]:
        here = Audience.objects.filter(organization__path__startswith=self.request.auth.organization.path)
        return here.select_related("organization")
