"""The API: every address of it in one place. What no address matches is a problem document as well."""

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter
from django.urls.converters import IntConverter
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from campaigns.api import blocks_of as campaigns_blocks
from campaigns.api import gained, overview, pos
from campaigns.api.coupons import claiming, using
from campaigns.api.till import bundles, quotes, returns, sales, standing, uploads, uses
from identity.api import blocks_of as identity_blocks
from identity.api import enrolment, filters, links, people, records, track
from identity.api import service as desk
from members.api import (
    allowance,
    codes,
    entitlements,
    gift_cards,
    held,
    history,
    owned,
    places,
    purses,
    reads,
    rights,
    service,
    value,
    whole,
)
from members.models import Member
from tags.api import blocks_of as tags_blocks
from tags.api import drafts, labels, selections
from tags.queries import visible

# Each floor brings its blocks of the 360 document by being imported.
BLOCKS = (owned, identity_blocks, tags_blocks, campaigns_blocks)


class MemberFilters(filters.Members):
    """The floors meet here: members of identity, narrowed by tags."""

    tag = django_filters.CharFilter(method="tagged", max_length=130, help_text="Such as rfm:important-value.")

    def tagged(self, members: QuerySet[Member], _name: str, text: str) -> QuerySet[Member]:
        return visible.having(members, text=text, node=self.node)


class Positive(IntConverter):
    """A row number that the database can hold: beyond that there is no such row, and no error either."""

    regex = "[1-9][0-9]{0,17}"


register_converter(Positive, "positive")


@extend_schema(exclude=True)
class Nowhere(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


v1: list[URLPattern | URLResolver] = [
    path("records", records.Records.as_view()),
    path("members", people.MemberList.as_view(filterset_class=MemberFilters)),
    path("members/lookup", people.MemberLookup.as_view()),
    path("members/lineage", links.Lineage.as_view()),
    path("members/<str:oneid>", people.MemberDetail.as_view()),
    path("members/<str:oneid>/360", whole.Whole.as_view()),
    path("members/<str:oneid>/balances", reads.Balances.as_view()),
    path("members/<str:oneid>/movements", reads.Movements.as_view()),
    path("members/<str:oneid>/timeline", reads.Timeline.as_view()),
    path("members/<str:oneid>/code", codes.Code.as_view()),
    path("pos/customer", pos.Customer.as_view()),
    path("pos/quotes", quotes.Quotes.as_view()),
    path("pos/orders/<str:store>/<str:order>", standing.Sale.as_view()),
    path("pos/orders/<str:store>/<str:order>/hold", sales.Hold.as_view()),
    path("pos/orders/<str:store>/<str:order>/commit", sales.Commit.as_view()),
    path("pos/orders/<str:store>/<str:order>/cancel", sales.Cancel.as_view()),
    path("pos/orders/<str:store>/<str:order>/returns", returns.Return.as_view()),
    path("pos/orders/<str:store>/<str:order>/returns/preview", returns.Preview.as_view()),
    path("pos/operations/<str:key>", sales.Operation.as_view()),
    path("pos/bundle", bundles.Bundles.as_view()),
    path("pos/bundle/keys", bundles.PublicKeys.as_view()),
    path("pos/allowances", bundles.Allowances.as_view()),
    path("pos/uploads", uploads.Uploads.as_view()),
    path("members/<str:oneid>/orders", history.OrderList.as_view()),
    path("members/<str:oneid>/events", history.EventList.as_view()),
    path("members/<str:oneid>/memberships", history.MembershipList.as_view()),
    path("members/<str:oneid>/tags", labels.MemberTags.as_view()),
    path("members/<str:oneid>/why-linked", links.WhyLinked.as_view()),
    path("members/<str:oneid>/rights", entitlements.RightList.as_view()),
    path("members/<str:oneid>/rights/<str:code>/use", uses.Use.as_view()),
    path("members/<str:oneid>/coupons", claiming.Coupons.as_view()),
    path("members/<str:oneid>/offers", gained.UseList.as_view()),
    path("coupons/offered", claiming.Offered.as_view()),
    path("coupons/look", using.Look.as_view()),
    path("coupons/redeem", using.Redeem.as_view()),
    path("members/<str:oneid>/value/allowance", allowance.Allowance.as_view()),
    path("members/<str:oneid>/consents", rights.Agreed.as_view()),
    path("members/<str:oneid>/copy", rights.Copy.as_view()),
    path("members/<str:oneid>/erasure", rights.Forgetting.as_view()),
    path("programmes/<str:organization>/members", enrolment.Joining.as_view()),
    path("members/<str:oneid>/purses/<str:code>/top-up", purses.TopUp.as_view()),
    path("members/<str:oneid>/purses/<str:code>/spend", purses.Pay.as_view()),
    path("members/<str:oneid>/purses/<str:code>/pay-out", purses.PayOut.as_view()),
    path("purses/<str:code>/refund", purses.Refund.as_view()),
    path("gift-cards", gift_cards.Issue.as_view()),
    path("gift-cards/look", gift_cards.Look.as_view()),
    path("gift-cards/give", gift_cards.Give.as_view()),
    path("gift-cards/activate", gift_cards.Activate.as_view()),
    path("gift-cards/spend", gift_cards.PayByCode.as_view()),
    path("service/goods", desk.Goods.as_view()),
    path("service/tickets", service.Tickets.as_view()),
    path("service/tickets/<positive:pk>", service.OneTicket.as_view()),
    path("service/tickets/<positive:pk>/<slug:verb>", service.TicketStep.as_view()),
    path("members/<str:oneid>/value/earn", value.Earn.as_view()),
    path("members/<str:oneid>/value/spend", value.Spend.as_view()),
    path("members/<str:oneid>/value/convert", value.Convert.as_view()),
    path("members/<str:oneid>/value/holds", held.Place.as_view()),
    path("value/holds/<str:key>", held.Detail.as_view()),
    path("value/holds/<str:key>/commit", held.Commit.as_view()),
    path("value/holds/<str:key>/cancel", held.Cancel.as_view()),
    path("value/movements/<str:key>", value.MovementDetail.as_view()),
    path("value/movements/<str:key>/reverse", value.Reverse.as_view()),
    path("promises", rights.Promises.as_view()),
    path("organizations", places.OrganizationList.as_view()),
    path("channels", places.ChannelList.as_view()),
    path("tags", drafts.Tags.as_view()),
    path("tags/<slug:code>", drafts.Draft.as_view()),
    path("audiences", selections.AudienceList.as_view()),
    path("campaigns", overview.CampaignList.as_view()),
    path("campaigns/<positive:pk>", overview.CampaignDetail.as_view()),
]

for pattern in v1:  # personal data stays out of every cache on the way
    pattern.callback = never_cache(pattern.callback)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(v1)),
    path("track/<str:key>", never_cache(track.Track.as_view()), name="track"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
    re_path(r"^", Nowhere.as_view()),
]
