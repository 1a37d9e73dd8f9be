"""Tags with their values, and the tags of one member."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.queries import people
from tags.models import Tag, TagValue
from tags.queries import visible


class TagValueSerializer(serializers.ModelSerializer):
    class Meta:
        model = TagValue
        fields = ["code", "name"]


class TagSerializer(serializers.ModelSerializer):
    organization = serializers.CharField(source="organization.code", read_only=True)
    values = TagValueSerializer(many=True, read_only=True)

    class Meta:
        model = Tag
        fields = ["code", "name", "source", "kind", "shape", "unit", "purpose", "organization", "values"]


class HeldSerializer(serializers.ModelSerializer):
    tag = serializers.CharField(source="tag.code")
    tag_name = serializers.CharField(source="tag.name")
    value = serializers.CharField(source="code")
    value_name = serializers.CharField(source="name")

    class Meta:
        model = TagValue
        fields = ["tag", "tag_name", "value", "value_name"]


class MemberTagsSerializer(serializers.Serializer):
    tags = HeldSerializer(many=True)
    computed_at = serializers.DateTimeField(allow_null=True)


@extend_schema(tags=["tags"], summary="List tags")
class TagList(generics.ListAPIView):
    """Tags of the key's organization node, of those above it and below it, with their values."""

    scopes = {"GET": "browse"}
    serializer_class = TagSerializer
    queryset = Tag.objects.none()
    keyset = ("id",)

    def get_queryset(self) -> QuerySet[Tag]:
        tags = visible.tags(node=self.request.auth.organization)
        return tags.select_related("organization").prefetch_related("values")


@extend_schema(tags=["members"], summary="Show a member's tags", responses=MemberTagsSerializer)
class MemberTags(APIView):
    """The tag values that the member has now, and when they were computed."""

    scopes = {"GET": "query"}

    def get(self, request: Request, oneid: str) -> Response:
        node = request.auth.organization
        values, held = visible.values_of(member=people.current(oneid_text=oneid, node=node), node=node)
        shown = {"tags": values, "computed_at": held.computed_at if held else None}
        return Response(MemberTagsSerializer(shown).data)
