"""Tickets of installation, repair and care: filed by a customer's channel or at a service desk, and followed to the end."""

from collections.abc import Callable

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members import masking
from members.actions import lookups, tickets
from members.actions.postings import KeyReused
from members.actions.tickets import NotNow
from members.api.refusals import Refusal
from members.api.strict import Strict, Text, fault
from members.models import Account, ChannelKey, Member, Organization, Ticket
from members.queries import acting, people, scopes, service

MEDIA = "application/problem+json"
NOT_NOW = OpenApiResponse(OpenApiTypes.OBJECT, "The state of the ticket does not allow it.")
NOBODY = OpenApiResponse(OpenApiTypes.OBJECT, "There is no such member in the organization of the key.")
REUSED = OpenApiResponse(OpenApiTypes.OBJECT, "The number was used for another ticket before.")


class TicketSerializer(serializers.ModelSerializer):
    number = serializers.CharField(source="external_id")
    channel = serializers.CharField(source="channel.code")
    organization = serializers.CharField(source="organization.code", help_text="Who serves it.")
    customer = serializers.SerializerMethodField(help_text="Masked.")

    class Meta:
        model = Ticket
        fields = [
            "id", "number", "channel", "kind", "state", "organization", "customer", "serial", "text",
            "filed_at", "dispatched_at", "closed_at", "rating",
        ]  # fmt: skip

    def get_customer(self, ticket: Ticket) -> str:
        return masking.name(getattr(getattr(ticket.account.member, "profile", None), "name", ""))


class FilingSerializer(Strict):
    number = Text(max_length=100, help_text="Yours; told again, the same ticket is answered.")
    kind = serializers.ChoiceField(choices=Ticket.Kind.choices)
    oneid = Text(required=False, max_length=64, help_text="Whose ticket it is, if your key sees the member.")
    serial = Text(
        required=False, default="", max_length=100, allow_blank=True,
        help_text="Serial number of the appliance. Without a OneID the ticket is its owner's.",
    )  # fmt: skip
    text = Text(required=False, default="", max_length=4000, allow_blank=True)
    organization = Text(
        required=False, max_length=64, help_text="Who shall serve it; your key's node if it is left out."
    )

    def validate(self, given: dict) -> dict:
        if not given.get("oneid") and not given["serial"]:
            remedy = _("Give the OneID of the member, or the serial number of the appliance.")
            raise fault("oneid", message=_("Whose ticket is it?"), remedy=remedy)
        return given


class StepSerializer(Strict):
    """``organization`` for dispatch, ``reason`` for cancel, ``rating`` for rate; nothing for done."""

    organization = Text(required=False, max_length=64)
    reason = Text(required=False, max_length=300)
    rating = serializers.IntegerField(required=False, min_value=1, max_value=5)


class TicketFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Ticket.State.choices)
    serial = django_filters.CharFilter(max_length=100)

    class Meta:
        model = Ticket
        fields: list[str] = []


class Tickets(generics.ListAPIView):
    scopes = {"GET": "edit", "POST": "edit"}
    serializer_class = TicketSerializer
    filterset_class = TicketFilters
    queryset = Ticket.objects.none()
    keyset = ("-id",)

    def get_queryset(self) -> QuerySet[Ticket]:
        return service.tickets(reach=scopes.of_node(self.request.auth.organization))

    @extend_schema(tags=["service"], summary="List tickets")
    def get(self, request: Request) -> Response:
        """Tickets that your key's organization node or one below it serves, newest first."""
        return super().get(request)

    @extend_schema(
        tags=["service"], summary="File a ticket", request=FilingSerializer,
        responses={201: TicketSerializer, (404, MEDIA): NOBODY, (409, MEDIA): REUSED},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """For a member that your key sees, or for whoever owns the appliance of a serial number, wherever in the group
        it was bought. The member does not become yours by it."""
        wanted = FilingSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        now, account = timezone.now(), _whose(given, request.auth)
        lookups.record(action="service", by=request.auth, now=now, member=account.member, field="ticket")
        place = _place(given.get("organization"), request.auth)
        try:
            ticket = tickets.file(
                channel=request.auth.channel, external_id=given["number"], kind=given["kind"], account=account,
                organization=place, serial=given["serial"], text=given["text"], now=now,
            )  # fmt: skip
        except KeyReused as refused:
            told = _("The number “%(number)s” was used for another ticket before. Use a new one.")
            said = ValueError(told % {"number": given["number"]})
            raise Refusal(said, status=409, code="number_reused") from refused
        return Response(TicketSerializer(ticket).data, status=201)


class OneTicket(APIView):
    scopes = {"GET": "edit"}

    @extend_schema(tags=["service"], summary="Show a ticket", responses=TicketSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(TicketSerializer(_ticket(pk, request.auth)).data)


class TicketStep(APIView):
    scopes = {"POST": "edit"}

    @extend_schema(
        operation_id="service_tickets_move", tags=["service"], summary="Move a ticket on", request=StepSerializer,
        responses={200: TicketSerializer, (409, MEDIA): NOT_NOW},
    )  # fmt: skip
    def post(self, request: Request, pk: int, verb: str) -> Response:
        """`dispatch` to an organization, `done`, `cancel` for a reason, `rate` from 1 to 5. Asked again, the same answer."""
        if verb not in STEPS:
            raise exceptions.NotFound(_("A ticket is moved on by: %(verbs)s.") % {"verbs": ", ".join(STEPS)})
        ticket = _ticket(pk, request.auth)
        wanted = StepSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            moved = STEPS[verb](ticket, wanted.validated_data, request.auth)
        except NotNow as refused:
            raise Refusal(refused, status=409, code="not_now") from refused
        return Response(TicketSerializer(moved).data)


def _dispatch(ticket: Ticket, given: dict, key: ChannelKey) -> Ticket:
    place = _place(given.get("organization"), key)
    return tickets.dispatch(ticket=ticket, organization=place, now=timezone.now())


def _done(ticket: Ticket, given: dict, key: ChannelKey) -> Ticket:
    return tickets.done(ticket=ticket, now=timezone.now())


def _cancel(ticket: Ticket, given: dict, key: ChannelKey) -> Ticket:
    return tickets.cancel(ticket=ticket, reason=given.get("reason", ""), now=timezone.now())


def _rate(ticket: Ticket, given: dict, key: ChannelKey) -> Ticket:
    if "rating" not in given:
        raise fault("rating", message=_("How was it?"), remedy=_("Give a whole number from 1 to 5."))
    return tickets.rate(ticket=ticket, rating=given["rating"], now=timezone.now())


STEPS: dict[str, Callable[[Ticket, dict, ChannelKey], Ticket]] = {
    "dispatch": _dispatch, "done": _done, "cancel": _cancel, "rate": _rate,
}  # fmt: skip


def _ticket(pk: int, key: ChannelKey) -> Ticket:
    found = service.tickets(reach=scopes.of_node(key.organization)).filter(pk=pk).first()
    if found is None:
        raise exceptions.NotFound(_("No such ticket is served by the organization of this key."))
    return found


def _whose(given: dict, key: ChannelKey) -> Account:
    if given.get("oneid"):
        return acting.account(member=_member(given["oneid"], key), channel=key.channel)
    found = service.by_serial(serial=given["serial"], node=key.organization, now=timezone.now())
    if found is None:
        message = _("Nobody is known who owns the appliance %(serial)s.") % {"serial": given["serial"]}
        remedy = _("Read the number off the appliance again, or give the member's OneID.")
        raise fault("serial", message=message, remedy=remedy)
    return Account.objects.select_related("member").get(pk=found.account)


def _member(oneid: str, key: ChannelKey) -> Member:
    try:
        return people.current(oneid_text=oneid, node=key.organization)
    except people.Moved as moved:
        message = _("This OneID is retired: the person goes on under %(oneid)s.") % {"oneid": moved.current}
        raise fault(
            "oneid", message=message, remedy=_("Replace it on your side and send it again.")
        ) from moved


def _place(code: str | None, key: ChannelKey) -> Organization:
    if not code:
        return key.organization
    found = Organization.objects.under(key.organization).filter(code=code).first()
    if found is None:
        message = _("There is no organization “%(code)s” at your key's node or below it.") % {"code": code}
        raise fault("organization", message=message, remedy=_("See GET /api/v1/organizations."))
    return found
