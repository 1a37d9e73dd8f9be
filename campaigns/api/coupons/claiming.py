"""The coupons of a member: what he has, what he can claim, and the claim."""

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, generics
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.actions import coupons
from campaigns.api.coupons import doors, shown
from campaigns.api.coupons.doors import Door
from campaigns.models import Coupon, CouponTemplate
from campaigns.queries import coupons as read
from members.api import till
from members.api.strict import Strict, Text, fault
from members.models import Account, Member
from members.queries import acting, people, scopes

MOST = 200


class CouponFilters(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Coupon.State.choices)
    organization = django_filters.CharFilter(
        max_length=64, method="at", help_text="Where he wants to use them: at your key's node, or below it."
    )

    class Meta:
        model = Coupon
        fields: list[str] = []

    def at(self, coupons: QuerySet[Coupon], _name: str, _code: str) -> QuerySet[Coupon]:
        return coupons


class ClaimSerializer(doors.KeyedSerializer):
    template = Text(required=False, max_length=48, help_text="Of coupons/offered.")
    code = Text(required=False, max_length=64, help_text="Of a coupon that was printed or sent.")

    def validate(self, given: dict) -> dict:
        if ("template" in given) == ("code" in given):
            message = _("Exactly one of the two is needed.")
            raise fault("template", message=message, remedy=_("Give template, or the code of a coupon."))
        return given


class OfferedWanted(Strict):
    oneid = Text(required=False, max_length=64, help_text="For whom.")


class Coupons(generics.ListAPIView, Door):
    scopes = {"GET": "query", "POST": "value"}
    serializer_class = shown.CouponSerializer
    filterset_class = CouponFilters
    queryset = Coupon.objects.none()
    keyset = ("-id",)

    def get_queryset(self) -> QuerySet[Coupon]:
        rows = read.of_member(member=self.member).select_related("account")
        reach = scopes.of_node(self.key.organization)
        return scopes.around_organization(rows, reach=reach, field="template__organization")

    @extend_schema(tags=["coupons"], summary="List a member's coupons")
    def get(self, request: Request, oneid: str) -> Response:
        """Over all accounts of the person, the newest first; those that can be used around your key's node. `state=claimed`: those
        that he has to use. `usable` and `reason` speak of `organization`, or of your key's node."""
        self.member = self._member(oneid)
        place = till.place(request.query_params.get("organization"), caller=self.key)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(
            shown.coupons(page, member=self.member, store=place, now=timezone.now())
        )

    @extend_schema(
        operation_id="members_coupons_claim", tags=["coupons"], summary="Claim a coupon", request=ClaimSerializer,
        responses={200: shown.CouponSerializer, **doors.REFUSED}, filters=False,
    )  # fmt: skip
    def post(self, request: Request, oneid: str) -> Response:
        """Of a template, within its time, its quota and so many for each person; or the coupon of a code that was printed or sent,
        for the first who brings it. It is claimed through your channel."""
        asked, now = self.asked(ClaimSerializer), timezone.now()

        def do() -> dict:
            member = self._member(oneid)
            account = acting.account(member=member, channel=self.key.channel)
            coupon = self._claimed(asked, account, now)
            self.note("claim", member, coupon, now)
            found = self.coupon(coupon.code)
            return shown.coupons([found], member=member, store=self.key.organization, now=now)[0]

        return self.once("claim", asked, now, do, oneid)

    def _claimed(self, asked: dict, account: Account, now) -> Coupon:
        channel = self.key.channel
        if code := asked.get("code"):
            self.coupon(code)
            return coupons.claim_code(code=code, account=account, now=now, channel=channel)
        key = f"claim:{channel.code}:{asked['key']}"
        template = self._template(asked["template"])
        return coupons.claim(template=template, account=account, key=key, now=now, channel=channel)

    def _template(self, code: str) -> CouponTemplate:
        template = self.templates().filter(code=code).exclude(state=CouponTemplate.State.DRAFT).first()
        if template is None:
            message = _("There is no sort of coupons “%(code)s” around the organization of this key.")
            raise exceptions.NotFound(message % {"code": code})
        return template

    def _member(self, oneid: str) -> Member:
        return people.current(oneid_text=oneid, node=self.key.organization)


class Offered(Door):
    scopes = {"GET": "query"}

    @extend_schema(
        tags=["coupons"], summary="List what can be claimed", parameters=[OfferedWanted],
        responses={200: shown.OfferedSerializer(many=True), (404, till.MEDIA): till.REFUSED[404, till.MEDIA]},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Sorts of coupons that customers claim themselves, around your key's node, now: those of which some are left, what ends
        first first."""
        wanted = OfferedWanted(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        account = self.account(wanted.validated_data.get("oneid"))
        member = account.member if account else None
        rows = read.offered(node=self.key.organization, now=timezone.now(), member=member)
        return Response(shown.offered(list(rows[:MOST])))
