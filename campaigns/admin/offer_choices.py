"""What an offer may name: places, channels, tiers, tags, audiences, goods sets, books, coupons, budgets around its organization,
as far as the reader sees them."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from campaigns.models import Budget, CouponTemplate
from campaigns.queries import naming
from members.admin.base import reach
from members.models import Book, Channel, GoodsSet, Organization, Tier
from members.queries import scopes
from tags.models import Audience, TagValue

INDENT = "\u2003"
MOST = 500


class Offered:
    """By code: what people call it."""

    def __init__(self, *, request: HttpRequest, organization: Organization) -> None:
        self._reach, self._node = reach(request), organization

    def _around(self, rows: QuerySet, field: str = "organization") -> QuerySet:
        """What the reader sees of what holds at the organization: its own, of those above and of those below it."""
        prefix = "" if field == "pk" else f"{field}__"
        above = scopes.above(node=self._node)
        here = Q(**{f"{prefix}path__startswith": self._node.path}) | Q(**{f"{prefix}id__in": above})
        return scopes.around_organization(rows, reach=self._reach, field=field).filter(here)[:MOST]

    @cached_property
    def organizations(self) -> dict[str, str]:
        """The organization and all below it."""
        rows = Organization.objects.under(self._node).order_by("path")
        depth = self._node.path.count("/")
        found = scopes.at_organization(rows, reach=self._reach, field="pk")[:MOST]
        return {each.code: INDENT * (each.path.count("/") - depth) + each.name for each in found}

    @cached_property
    def channels(self) -> dict[str, str]:
        return {each.code: each.name for each in self._around(Channel.objects.order_by("name"))}

    @cached_property
    def tiers(self) -> dict[str, str]:
        rows = Tier.objects.select_related("programme__organization").order_by("programme__name", "rank")
        found = self._around(rows, "programme__organization")
        return {naming.tier(each): f"{each.programme.name} · {each.name}" for each in found}

    @cached_property
    def tags(self) -> dict[str, str]:
        rows = TagValue.objects.select_related("tag").order_by("tag__name", "position")
        return {
            naming.tag(each): f"{each.tag.name}: {each.name}"
            for each in self._around(rows, "tag__organization")
        }

    @cached_property
    def audiences(self) -> dict[str, str]:
        return {str(each.pk): each.name for each in self._around(Audience.objects.order_by("name"))}

    @cached_property
    def sets(self) -> dict[str, str]:
        return {each.code: each.name for each in self._around(GoodsSet.objects.order_by("name"))}

    @cached_property
    def books(self) -> dict[str, str]:
        """Of points."""
        return {code: book.name for code, book in self.points_books.items()}

    @cached_property
    def points_books(self) -> dict[str, Book]:
        rows = Book.objects.filter(kind=Book.Kind.POINTS).order_by("name")
        return {each.code: each for each in self._around(rows)}

    @cached_property
    def templates(self) -> dict[str, CouponTemplate]:
        rows = CouponTemplate.objects.exclude(state=CouponTemplate.State.CLOSED).order_by("name")
        return {each.code: each for each in self._around(rows)}

    def named(self, kind: str, code: str) -> str:
        """What people call a code, as `campaigns.offers.wording` asks for it; the code where they call it nothing else."""
        names = {
            "organization": self.organizations, "channel": self.channels, "tier": self.tiers, "tag": self.tags,
            "audience": self.audiences, "set": self.sets, "book": self.books, "template": self.templates,
        }  # fmt: skip
        return str(names.get(kind, {}).get(code, code)).strip()

    @cached_property
    def budgets(self) -> dict[str, Budget]:
        return {
            each.code: each for each in self._around(Budget.objects.select_related("book").order_by("name"))
        }
