"""Campaigns and how far they have come."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers

from campaigns.models import Campaign
from campaigns.queries import progress


class CampaignSerializer(serializers.ModelSerializer):
    organization = serializers.CharField(source="organization.code", read_only=True)
    audience = serializers.CharField(source="audience.name", read_only=True)

    class Meta:
        model = Campaign
        fields = [
            "id", "name", "organization", "audience", "touchpoint", "purpose", "state",
            "holdout_share", "starts_at", "started_at", "ended_at",
        ]  # fmt: skip


class ProgressSerializer(serializers.Serializer):
    members = serializers.IntegerField(help_text="Whom the campaign meets, held out or not.")
    decided = serializers.IntegerField()
    outcomes = serializers.DictField(child=serializers.IntegerField())


class CampaignDetailSerializer(CampaignSerializer):
    progress = serializers.SerializerMethodField()

    class Meta(CampaignSerializer.Meta):
        fields = [*CampaignSerializer.Meta.fields, "progress"]

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, campaign: Campaign) -> dict:
        return ProgressSerializer(progress.of(campaign=campaign)).data


class Campaigns(generics.GenericAPIView):
    scopes = {"GET": "browse"}
    queryset = Campaign.objects.none()

    def get_queryset(self) -> QuerySet[Campaign]:
        here = Campaign.objects.filter(organization__path__startswith=self.request.auth.organization.path)
        return here.select_related("organization", "audience")


@extend_schema(tags=["campaigns"], summary="List campaigns")
class CampaignList(Campaigns, generics.ListAPIView):
    """Campaigns of the key's organization node and of those below it."""

    serializer_class = CampaignSerializer
    keyset = ("id",)


@extend_schema(tags=["campaigns"], summary="Show a campaign")
class CampaignDetail(Campaigns, generics.RetrieveAPIView):
    """One campaign with its decisions counted by outcome."""

    serializer_class = CampaignDetailSerializer
    pagination_class = None
    filter_backends = ()
