"""Using a right, as every operation of a till: once for its key, and *did it happen?* knows of it."""

import json

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.actions.till import operations
from campaigns.api.till import refused
from members.api import entitlements, till
from members.models import ChannelKey, RightUse
from members.models import oneid as oneids


class Use(entitlements.RightUseView):
    @extend_schema(
        tags=["value"], summary="Use a right of a member", request=entitlements.UseSerializer,
        responses={200: entitlements.UsedSerializer, **till.REFUSED},
    )  # fmt: skip
    def post(self, request: Request, oneid: str, code: str) -> Response:
        """Exactly once for each key. The place, the channel of the key and the time are kept."""
        asked = entitlements.UseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given, caller = {**asked.validated_data, "right": code}, request.auth
        with refused.answered():
            done = operations.once(
                caller=caller.channel.code, node=caller.organization.path, key=given["key"], verb="right",
                asked=msgspec.json.encode(given, order="deterministic"), now=timezone.now(),
                do=lambda: (200, JSONRenderer().render(super(Use, self).post(request, oneid, code).data)),
            )  # fmt: skip
            if done.again and not _is_of(caller, given["key"], oneid):
                raise operations.KeyReused(given["key"])
        headers = {"Idempotent-Replay": "true"} if done.again else None
        return Response(json.loads(done.answer), status=done.status, headers=headers)


def _is_of(caller: ChannelKey, key: str, oneid: str) -> bool:
    """Whether the use is of whoever has, or had, this OneID: a merge may have given him another one meanwhile."""
    whose = {"account__member__accounts__minted__oneid": oneids.normalise(oneid)}
    return RightUse.objects.filter(key=f"till:{caller.channel.code}:{key}", **whose).exists()
