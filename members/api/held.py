"""Holds at the till: reserve in one or several books, then commit or cancel."""

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.actions import holds, lookups
from members.actions.holds import Held
from members.api import bodies, till
from members.api.value import OfMember
from members.models import Account
from members.queries import acting

OVER = {
    (410, "application/problem+json"): OpenApiResponse(
        OpenApiTypes.OBJECT, "Its time is up: nothing was spent."
    )
}


@extend_schema(
    tags=["value"], summary="Hold value", request=bodies.HoldSerializer,
    responses={200: bodies.ReservationSerializer, **till.REFUSED},
)  # fmt: skip
class Place(OfMember):
    """Reserve in all the books named or in none. Nobody else can spend it until you commit, cancel, or `until` comes."""

    asks = bodies.HoldSerializer

    def act(self, account: Account, given: dict, now) -> dict:
        parts = []
        for each in given["parts"]:
            book = self.book(each["book"])
            parts.append(holds.Part(book, bodies.amount_of(each, book=book)))
        held = holds.place(
            account=account, parts=parts, key=self.own(given["key"]), until=given["until"], now=now,
            organization=self.request.auth.organization,
        )  # fmt: skip
        self.note(account.member, "hold", *(part.book.code for part in parts))
        return _told(held, given["key"])


class OfHold(APIView):
    def own(self, key: str) -> str:
        return till.own(key, caller=self.request.auth)

    def answer(self, held: Held, key: str, verb: str) -> Response:
        account = Account.objects.select_related("member").get(holds__key=held.key)
        lookups.record(
            action="value", by=self.request.auth, now=timezone.now(), member=account.member,
            field=held.receipts[0].book, verb=verb, books=[each.book for each in held.receipts],
        )  # fmt: skip
        return Response(_told(held, key))


class Detail(OfHold):
    scopes = {"GET": "value"}

    @extend_schema(tags=["value"], summary="Show a hold", responses=bodies.ReservationSerializer)
    def get(self, request: Request, key: str) -> Response:
        """As it stands now. Of your channel's holds only."""
        with bodies.answered():
            return Response(_told(holds.find(key=self.own(key)), key))


class Commit(OfHold):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["value"], summary="Commit a hold", request=bodies.CommitSerializer,
        responses={200: bodies.ReservationSerializer, **till.REFUSED, **OVER},
    )  # fmt: skip
    def post(self, request: Request, key: str) -> Response:
        """Spend all of it, or for every book how much of it; the rest goes back into the lots it came from."""
        wanted = bodies.CommitSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with bodies.answered():
            amounts = self._amounts(wanted.validated_data.get("parts"))
            held = holds.commit(key=self.own(key), amounts=amounts, now=timezone.now())
        return self.answer(held, key, "commit")

    def _amounts(self, parts) -> dict | None:
        if parts is None:
            return None
        node = self.request.auth.organization
        books = {each["book"]: acting.book(code=each["book"], node=node) for each in parts}
        return {each["book"]: bodies.amount_of(each, book=books[each["book"]]) for each in parts}


class Cancel(OfHold):
    scopes = {"POST": "value"}

    @extend_schema(
        tags=["value"], summary="Cancel a hold", request=None,
        responses={200: bodies.ReservationSerializer, **till.REFUSED},
    )  # fmt: skip
    def post(self, request: Request, key: str) -> Response:
        """All of it goes back into the lots it came from."""
        with bodies.answered():
            held = holds.cancel(key=self.own(key), now=timezone.now())
        return self.answer(held, key, "cancel")


def _told(held: Held, key: str) -> dict:
    return {**bodies.ReservationSerializer(held).data, "key": key}
