"""Campaigns and how far they have come."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers

from campaigns.models import Campaign
from campaigns.queries import entries, progress


class CampaignSerializer(serializers.ModelSerializer):
    organization = serializers.CharField(source="organization.code", read_only=True)
    audience = serializers.CharField(source="audience.name", read_only=True)

    class Meta:
        model = Campaign
        fields = [
            "id", "name", "organization", "audience", "touchpoint", "purpose", "state",
            "holdout_share", "entering", "reenter_after_days", "starts_at", "ends_at", "started_at", "ended_at",
        ]  # fmt: skip


class ProgressSerializer(serializers.Serializer):
    members = serializers.IntegerField(help_text="Whom the campaign meets, held out or not.")
    decided = serializers.IntegerField()
    outcomes = serializers.DictField(child=serializers.IntegerField())


class EntriesSerializer(serializers.Serializer):
    entered = serializers.IntegerField(help_text="Who entered twice counts twice.")
    inside = serializers.IntegerField(help_text="In the audience at the last look.")
    left = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Left before their message.")
    too_soon = serializers.IntegerField(help_text="Came back before they may enter again.")
    there = serializers.IntegerField(help_text="Were in the audience before the start, and did not enter.")
    last_at = serializers.DateTimeField(allow_null=True)


class CampaignDetailSerializer(CampaignSerializer):
    progress = serializers.SerializerMethodField()
    entries = serializers.SerializerMethodField(help_text="Null where nobody comes in after the start.")

    class Meta(CampaignSerializer.Meta):
        fields = [*CampaignSerializer.Meta.fields, "progress", "entries"]

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, campaign: Campaign) -> dict:
        return ProgressSerializer(progress.of(campaign=campaign)).data

    @extend_schema_field(EntriesSerializer(allow_null=True))
    def get_entries(self, campaign: Campaign) -> dict | None:
        return EntriesSerializer(entries.of(campaign=campaign)).data if campaign.follows else None


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
