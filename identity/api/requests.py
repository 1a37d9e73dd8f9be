"""What callers send about members."""

from django.utils.translation import gettext as _
from rest_framework import serializers

from members.api.strict import Strict, Text, fault
from members.models import MemberProfile


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
            raise fault("query", message=_("Exactly one identifier is needed."), remedy=remedy)
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
            raise fault("body", message=_("Nothing to change was given."), remedy=remedy)
        return given

    def stated(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.validated_data.items()}
