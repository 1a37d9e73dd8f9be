"""How a member is shown: whole to a query about one person, masked in lists."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.queries import cards
from members import masking
from members.models import Member, MemberProfile

CONTACT_CHOICES = [(kind, kind) for kind in cards.CONTACT_KINDS]


class ContactSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=CONTACT_CHOICES)
    masked = serializers.CharField(help_text="138****1234")


class ProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = MemberProfile
        fields = ["name", "nickname", "gender", "birth_date", "province", "city"]


class MaskedProfileSerializer(serializers.Serializer):
    name = serializers.SerializerMethodField(help_text="Such as 王**.")
    gender = serializers.CharField(allow_blank=True)
    birth_year = serializers.IntegerField(source="birth_date.year", default=None, allow_null=True)
    province = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)

    def get_name(self, profile: MemberProfile) -> str:
        return masking.name(profile.name or profile.nickname)


class Card(serializers.ModelSerializer):
    contacts = serializers.SerializerMethodField()

    @extend_schema_field(ContactSerializer(many=True))
    def get_contacts(self, member: Member) -> list[dict]:
        return cards.masked(member.contact_values)


class MaskedCard(Card):
    """A row of a list."""

    profile = serializers.SerializerMethodField()

    class Meta:
        model = Member
        fields = ["oneid", "profile", "contacts"]

    @extend_schema_field(MaskedProfileSerializer(allow_null=True))
    def get_profile(self, member: Member) -> dict | None:
        profile = getattr(member, "profile", None)
        return MaskedProfileSerializer(profile).data if profile else None


class WholeCard(Card):
    """One member: the profile whole, contacts masked."""

    profile = serializers.SerializerMethodField()

    class Meta:
        model = Member
        fields = ["oneid", "profile", "contacts"]

    @extend_schema_field(ProfileSerializer(allow_null=True))
    def get_profile(self, member: Member) -> dict | None:
        profile = getattr(member, "profile", None)
        return ProfileSerializer(profile).data if profile else None
