"""The way in for other systems: up to 1,000 records, a verdict for each."""

import collections
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.actions import deliveries
from identity.records import verdicts

LIMIT = 1_000
VERDICT_CHOICES = [(name, name) for name in verdicts.ALL]


class IntakeProblemSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Such as phone.malformed.")
    place = serializers.CharField(help_text="A JSON path in the record, such as $.lines[0].amount.")
    message = serializers.CharField()
    remedy = serializers.CharField()
    effect = serializers.ChoiceField(choices=[(e, e) for e in ("drop", "quarantine", "note", "reject")])
    value = serializers.CharField(allow_blank=True)


class VerdictSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(choices=VERDICT_CHOICES)
    type = serializers.CharField(required=False)
    channel = serializers.CharField(required=False)
    external_id = serializers.CharField(required=False)
    waiting = serializers.CharField(required=False, help_text="What the record waits for: account or order.")
    quarantine = serializers.IntegerField(required=False, help_text="Number of the kept item.")
    problems = IntakeProblemSerializer(many=True)


class DeliverySerializer(serializers.Serializer):
    verdicts = VerdictSerializer(many=True, help_text="One for each record, in the order sent.")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="How many of each verdict.")


RECORD_LIST = {"type": "array", "maxItems": LIMIT, "items": {"$ref": "#/components/schemas/Record"}}
BATCH = {
    "oneOf": [
        RECORD_LIST,
        {
            "type": "object",
            "required": ["records"],
            "properties": {"records": RECORD_LIST},
            "additionalProperties": False,
        },
    ]
}


EXAMPLE = OpenApiExample(
    "A new customer",
    request_only=True,
    value=[
        {
            "type": "account",
            "channel": "pos-qd",
            "external_id": "card-77",
            "occurred_at": "2026-01-02T03:04:05+08:00",
            "identifiers": [{"kind": "phone", "value": "138 1234 1234"}],
            "profile": {"name": "王小明", "gender": "male"},
        }
    ],
)
VERDICT_EXAMPLE = OpenApiExample(
    "Taken in",
    response_only=True,
    value={
        "verdicts": [
            {
                "verdict": "accepted",
                "type": "account",
                "channel": "pos-qd",
                "external_id": "card-77",
                "problems": [],
            }
        ],
        "counts": {"accepted": 1},
    },
)


class Records(APIView):
    scopes = {"POST": "ingest"}
    bytes_setting = "API_RECORDS_MAX_BYTES"

    @extend_schema(
        tags=["records"],
        summary="Send records",
        request={"application/json": BATCH},
        responses=DeliverySerializer,
        examples=[EXAMPLE, VERDICT_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Up to 1,000 records of the key's own channel, as a JSON array or as `{"records": […]}`.

        Each gets a verdict: accepted, updated, duplicate, quarantined (kept until corrected) or rejected.
        Sending the same records again is harmless, so send again whenever an answer did not arrive.
        """
        given = deliveries.deliver(records=_records(request.data), by=request.auth, now=timezone.now())
        counts = collections.Counter(verdict.verdict for verdict in given)
        return Response({"verdicts": [verdicts.as_json(verdict) for verdict in given], "counts": counts})


def _records(body: Any) -> list:
    records = body.get("records") if isinstance(body, dict) and set(body) == {"records"} else body
    if not isinstance(records, list):
        raise _refused(_("The body is not a list of records."), _('Send […] or {"records": […]}.'))
    if len(records) > LIMIT:
        message = _("%(count)d records are too many.") % {"count": len(records)}
        raise _refused(message, _("Send %(limit)d at a time.") % {"limit": LIMIT})
    return records


def _refused(message: str, remedy: str) -> exceptions.ValidationError:
    return exceptions.ValidationError([{"place": "body", "message": message, "remedy": remedy}])
