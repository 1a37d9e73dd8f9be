"""What callers send about members, read strictly: a field that is not known is refused, not ignored."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from members.models import MemberProfile


class Strict(serializers.Serializer):
    def to_internal_value(self, data: Any) -> dict:
        if isinstance(data, dict) and (unknown := [name for name in data if name not in self.fields]):
            remedy = _("Known here: %(names)s.") % {"names": ", ".join(self.fields)}
            message = _("This field cannot be given here.")
            raise _fault(*(str(name)[:64] for name in unknown[:20]), message=message, remedy=remedy)
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A text. A number is none, however well it could be written as one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class LookupSerializer(Strict):
    phone = Text(required=False, max_length=64, help_text="In any usual spelling.")
    email = Text(required=False, max_length=254)
    kind = Text(required=False, max_length=32, help_text="openid, unionid, card, …")
    value = Text(required=False, max_length=200)
    namespace = Text(
        required=False,
        max_length=100,
        help_text="Where the value means something; often your channel's code.",
    )

    def validate(self, given: dict) -> dict:
        """{"kind", "value", "namespace"} of exactly one identifier."""
        ways = [way for way in ("phone", "email", "kind") if way in given]
        if len(ways) != 1 or ("value" in given) != ("kind" in given):
            remedy = _("Give phone, or email, or kind and value.")
            raise _fault("query", message=_("Exactly one identifier is needed."), remedy=remedy)
        [way] = ways
        kind, value = (given["kind"].lower(), given["value"]) if way == "kind" else (way, given[way])
        return {"kind": kind, "value": value, "namespace": given.get("namespace", "")}


class EditSerializer(Strict):
    name = Text(required=False, max_length=200)
    nickname = Text(required=False, max_length=200)
    gender = serializers.ChoiceField(required=False, choices=MemberProfile.Gender.choices)
    birth_date = serializers.DateField(required=False)
    province = Text(required=False, max_length=100)
    city = Text(required=False, max_length=100)

    def validate(self, given: dict) -> dict:
        if not given:
            remedy = _("Give one or more of %(names)s.") % {"names": ", ".join(self.fields)}
            raise _fault("body", message=_("Nothing to change was given."), remedy=remedy)
        return given

    def stated(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.validated_data.items()}


def _fault(*places: str, message: str, remedy: str) -> serializers.ValidationError:
    return serializers.ValidationError(
        {place: [{"place": place, "message": message, "remedy": remedy}] for place in places}
    )
