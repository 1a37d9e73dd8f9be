"""Tags with their values, and the tags of one member."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.queries import people
from tags.models import Tag, TagValue
from tags.models.tag import SAID
from tags.queries import branches, visible


class TagValueSerializer(serializers.ModelSerializer):
    class Meta:
        model = TagValue
        fields = ["code", "name"]


class TagSerializer(serializers.ModelSerializer):
    organization = serializers.CharField(source="organization.code", read_only=True)
    category = serializers.CharField(source="category.code", default=None, allow_null=True, read_only=True)
    values = serializers.SerializerMethodField()

    class Meta:
        model = Tag
        fields = [
            "code", "name", "category", "source", "kind", "shape", "unit", "status", "version", *SAID, "model",
            "organization", "values",
        ]  # fmt: skip

    @extend_schema_field(TagValueSerializer(many=True))
    def get_values(self, tag: Tag) -> list[dict]:
        """Those that are still given, in their order."""
        given = [value for value in tag.values.all() if not value.dropped]
        given.sort(key=lambda value: (value.position, value.pk))
        return TagValueSerializer(given, many=True).data


class TagFilters(django_filters.FilterSet):
    category = django_filters.CharFilter(
        method="within", max_length=64, help_text="Code of a category: tags of it and of its dimensions."
    )
    source = django_filters.ChoiceFilter(choices=Tag.Source.choices)
    kind = django_filters.ChoiceFilter(choices=Tag.Kind.choices)

    class Meta:
        model = Tag
        fields: list[str] = []

    def within(self, tags: QuerySet[Tag], _name: str, code: str) -> QuerySet[Tag]:
        return tags.filter(category__in=branches.below(code=code))


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
    filterset_class = TagFilters
    keyset = ("id",)

    def get_queryset(self) -> QuerySet[Tag]:
        tags = visible.tags(node=self.request.auth.organization)
        return tags.select_related("organization", "category").prefetch_related("values")


@extend_schema(tags=["members"], summary="Show a member's tags", responses=MemberTagsSerializer)
class MemberTags(APIView):
    """The tag values that the member has now, and when they were computed."""

    scopes = {"GET": "query"}

    def get(self, request: Request, oneid: str) -> Response:
        node = request.auth.organization
        values, held = visible.values_of(member=people.current(oneid_text=oneid, node=node), node=node)
        shown = {"tags": values, "computed_at": held.computed_at if held else None}
        return Response(MemberTagsSerializer(shown).data)
