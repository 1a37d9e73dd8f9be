"""What callers send, read strictly: a field that is not known is refused, not ignored; a number is no text."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class Strict(serializers.Serializer):
    def to_internal_value(self, data: Any) -> dict:
        if isinstance(data, dict) and (unknown := [name for name in data if name not in self.fields]):
            remedy = _("Known here: %(names)s.") % {"names": ", ".join(self.fields) or "-"}
            message = _("This field cannot be given here.")
            raise fault(*(str(name)[:64] for name in unknown[:20]), message=message, remedy=remedy)
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A text. A number is none, however well it could be written as one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def fault(*places: str, message: str, remedy: str) -> serializers.ValidationError:
    """One fault at several places of the body."""
    return serializers.ValidationError(
        {place: [{"place": place, "message": message, "remedy": remedy}] for place in places}
    )
