"""Tags drafted by a key: proposed by another system, approved by a person of the house."""

import re
from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.api import strict
from members.api.strict import Strict, Text
from members.models import Organization
from tags.actions import approvals, definitions
from tags.api.labels import TagList, TagSerializer
from tags.conditions.faults import Fault
from tags.models import Category, Tag
from tags.queries import visible


@extend_schema_field(OpenApiTypes.OBJECT)
class Document(serializers.Field):
    """JSON as it is; what is wrong in it is said by whoever reads it."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError(_("Write {…} with the fields in it."))
        return data


class ValueSerializer(Strict):
    code = Text(max_length=100)
    name = Text(max_length=100)
    condition = Document(required=False, allow_null=True, default=None)


class Said(Strict):
    """What a tag says of itself; ``PATCH`` takes any of it."""

    name = Text(max_length=100, required=False)
    category = Text(max_length=64, required=False, help_text="Code of a category.")
    source = serializers.ChoiceField(Tag.Source.choices, required=False)
    kind = serializers.ChoiceField(Tag.Kind.choices, required=False)
    shape = serializers.ChoiceField(Tag.Shape.choices, required=False)
    definition = Text(max_length=1000, required=False)
    direction = Text(max_length=300, required=False)
    benefit = Text(max_length=300, required=False)
    purpose = Text(max_length=300, required=False, help_text="Why it is consumed.")
    consumer = Text(max_length=300, required=False, help_text="Who uses it, and where.")
    expected_action = Text(max_length=300, required=False, help_text="What is done with whoever carries it.")
    owner = Text(max_length=100, required=False)
    model = Text(max_length=32, required=False)
    parameters = Document(required=False)
    measure = Document(required=False, allow_null=True)
    unit = Text(max_length=20, required=False)
    levels_reason = Text(max_length=300, required=False, help_text="Why more than five levels.")
    wanted_signals = serializers.ListField(child=Text(max_length=100), required=False, max_length=50)
    values = ValueSerializer(many=True, required=False, max_length=1000)


class DraftSerializer(Said):
    name = Text(max_length=100)
    code = serializers.SlugField(max_length=64)
    organization = Text(max_length=64, required=False, help_text="The key's own node if it is left out.")


class Tags(TagList):
    """``GET`` lists; ``POST`` drafts a tag. Nobody carries it before a person of the house has approved it."""

    scopes = {"GET": "browse", "POST": "define"}

    @extend_schema(
        tags=["tags"], summary="Draft a tag", request=DraftSerializer, responses={201: TagSerializer}
    )
    def post(self, request: Request) -> Response:
        given = _read(DraftSerializer(data=request.data))
        node = _node(request, given.pop("organization", ""))
        if Tag.objects.filter(code=given["code"]).exists():
            raise _taken()
        try:
            tag = _answered(
                definitions.draft, organization=node, now=timezone.now(), **_named(given, node=node)
            )
        except IntegrityError as clash:  # the same code at the same moment
            raise _taken() from clash
        return Response(TagSerializer(tag).data, status=201)


class Draft(TagList):
    """One tag of the key's node, drafts of it too; ``PATCH`` changes a draft."""

    scopes = {"GET": "browse", "PATCH": "define"}
    pagination_class = None
    filterset_class = None

    @extend_schema(operation_id="tags_retrieve", tags=["tags"], summary="Show a tag", responses=TagSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(TagSerializer(_tag(request, code)).data)

    @extend_schema(tags=["tags"], summary="Change a draft of a tag", request=Said, responses=TagSerializer)
    def patch(self, request: Request, code: str) -> Response:
        tag = _tag(request, code)
        if tag.status != Tag.Status.DRAFT or not tag.organization.path.startswith(
            request.auth.organization.path
        ):
            raise exceptions.PermissionDenied(
                _("A key changes drafts of its own node; others are changed by a person of the house.")
            )
        given = _named(_read(Said(data=request.data)), node=tag.organization)
        _answered(definitions.change, tag=tag, now=timezone.now(), **given)
        return Response(TagSerializer(tag).data)


def _read(serializer: serializers.Serializer) -> dict:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _tag(request: Request, code: str) -> Tag:
    node = request.auth.organization
    seen = visible.tags(node=node) | Tag.objects.filter(organization__path__startswith=node.path)
    tag = seen.select_related("organization", "category").filter(code=code[:64]).first()
    if tag is None:
        raise exceptions.NotFound(
            _("There is no tag “%(code)s” around the node of this key.") % {"code": code[:64]}
        )
    return tag


def _node(request: Request, code: str) -> Organization:
    own = request.auth.organization
    if not code:
        return own
    found = Organization.objects.under(own).filter(code=code).first()
    if found is None:
        remedy = _("Leave it out, or name the key's own node or one below it.")
        raise strict.fault("organization", message=_("This organization is not known here."), remedy=remedy)
    return found


def _named(given: dict, *, node: Organization) -> dict:
    """Codes become what they stand for, values the rows that the action takes."""
    if "category" in given:
        around = Category.objects.filter(code=given["category"]).select_related("organization").first()
        if around is None or not node.path.startswith(around.organization.path):
            known = ", ".join(
                each.code for each in Category.objects.select_related("organization").order_by("code")
                if node.path.startswith(each.organization.path)
            )  # fmt: skip
            remedy = _("Choose one of %(names)s.") % {"names": known or "-"}
            raise strict.fault("category", message=_("There is no such category."), remedy=remedy)
        given["category"] = around
    if "values" in given:
        given["values"] = [(each["code"], each["name"], each["condition"]) for each in given["values"]]
    return given


def _answered(action: object, **given: object) -> Tag:
    """What the action refuses, at its places in the body."""
    try:
        return action(by=None, **given)
    except approvals.Unsaid as missing:
        raise strict.fault(
            *missing.fields, message=_("A tag must say this."), remedy=missing.remedy
        ) from missing
    except Fault as fault:
        named = re.split(r"[.\[:]", fault.place, maxsplit=1)[0] in FIELDS
        place = fault.place if named else f"values: {fault.place}"
        raise strict.fault(place[:300], message=fault.problem, remedy=fault.remedy) from fault
    except approvals.Refused as refused:
        raise strict.fault("tag", message=str(refused), remedy=_("Ask a person of the house.")) from refused


FIELDS = set(DraftSerializer().fields)


def _taken() -> serializers.ValidationError:
    return strict.fault(
        "code",
        message=_("There is a tag of this code already."),
        remedy=_("Choose another code, or change that tag."),
    )
