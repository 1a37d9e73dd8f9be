"""What a list of members can be narrowed by. Only what the key may see can be asked for."""

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from members.models import Member, Membership, Organization
from members.queries import people


class Members(django_filters.FilterSet):
    organization = django_filters.CharFilter(
        method="at", max_length=64, help_text="Known at this node or below it."
    )
    channel = django_filters.CharFilter(
        method="on", max_length=64, help_text="With an account of this channel."
    )
    joined_since = django_filters.IsoDateTimeFilter(
        method="joined", help_text="Joined a node that the key sees at this time or later."
    )
    province = django_filters.CharFilter(field_name="profile__province", max_length=100)
    city = django_filters.CharFilter(field_name="profile__city", max_length=100)

    class Meta:
        model = Member
        fields: list[str] = []

    @property
    def node(self) -> Organization:
        return self.request.auth.organization

    def at(self, members: QuerySet[Member], _name: str, code: str) -> QuerySet[Member]:
        nodes = Organization.objects.under(self.node).filter(code=code)
        below = Membership.objects.filter(
            account__member=OuterRef("pk"),
            organization__path__startswith=nodes.values("path")[:1],
        )
        return members.filter(Exists(below))

    def on(self, members: QuerySet[Member], _name: str, code: str) -> QuerySet[Member]:
        accounts = people.accounts(node=self.node).active().filter(member=OuterRef("pk"), channel__code=code)
        return members.filter(Exists(accounts))

    def joined(self, members: QuerySet[Member], _name: str, since) -> QuerySet[Member]:
        joined = Membership.objects.filter(
            account__member=OuterRef("pk"),
            organization__path__startswith=self.node.path,
            joined_at__gte=since,
        )
        return members.filter(Exists(joined))
