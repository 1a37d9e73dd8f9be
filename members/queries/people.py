"""Members as one organization node may see them. What lies outside the node does not exist."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from members.models import Account, Event, Member, Membership, Order, Organization, oneid


class Unknown(LookupError):
    """No such member in the caller's organization: not at all, or elsewhere. The two are not told apart."""


class Moved(Exception):
    """The OneID is retired: the person goes on under another one."""

    def __init__(self, *, asked: str, current: str):
        super().__init__(f"{asked} is now {current}")
        self.asked, self.current = asked, current


def current(*, oneid_text: str, node: Organization, among: QuerySet[Member] | None = None) -> Member:
    """The member of a OneID as it was typed. Raises Unknown, or Moved for a retired OneID."""
    asked = oneid.normalise(oneid_text)
    if not oneid.is_valid(asked):
        raise Unknown
    members = Member.objects.all() if among is None else among
    found = members.known_at(node=node).filter(accounts__minted__oneid=asked).first()
    if found is None:
        raise Unknown
    if found.oneid != asked:
        raise Moved(asked=asked, current=found.oneid)
    return found


def accounts(*, node: Organization) -> QuerySet[Account]:
    """Accounts that are known somewhere in the node."""
    here = Membership.objects.filter(account=OuterRef("pk"), organization__path__startswith=node.path)
    return Account.objects.filter(Exists(here))


def accounts_of(*, member: Member, node: Organization) -> QuerySet[Account]:
    return accounts(node=node).filter(member=member).select_related("channel", "organization").order_by("id")


def orders_of(*, member: Member, node: Organization) -> QuerySet[Order]:
    """Orders made in the node; those that the same person made elsewhere stay there."""
    return (
        Order.objects.filter(account__member=member, organization__path__startswith=node.path)
        .select_related("channel", "organization")
        .prefetch_related("lines", "returns")
    )


def events_of(*, member: Member, node: Organization) -> QuerySet[Event]:
    here = Q(organization__path__startswith=node.path)
    return Event.objects.filter(here, account__member=member).select_related("channel", "organization")
