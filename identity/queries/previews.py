"""Who would be whom: the people of some components as they are, and as the facts now in force would part them.

Read inside the transaction that said or withdrew something, before anything was moved.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, Sum

from identity.matching.partition import Partition, partition
from identity.models import HashedForm, Verdict
from identity.queries import prepared, reach, worlds
from identity.queries.worlds import World
from members.models import Account, Member, Membership, Order
from members.queries import scopes
from members.queries.scopes import Reach


@dataclass
class Person:
    """Some accounts as one person: what they bring with them, as far as the reader reaches. ``elsewhere`` counts
    the accounts beyond; ``amounts`` are [(currency, bought)]."""

    member: Member
    accounts: list[Account]
    elsewhere: int = 0
    orders: int = 0
    amounts: list[tuple[str, Decimal]] = field(default_factory=list)
    stated: list[Membership] = field(default_factory=list)
    new: bool = False


@dataclass
class Preview:
    """The people who change, ``before`` and ``after``, and the verdicts that would be set aside."""

    before: list[Person] = field(default_factory=list)
    after: list[Person] = field(default_factory=list)
    set_aside: list[Verdict] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.before)


def forms(*, identifier: int | None) -> list[int]:
    """The identifier and its hashed forms: what is said of the one is said of the others."""
    if identifier is None:
        return []
    hashed = HashedForm.objects.filter(plain=identifier).values_list("hashed", flat=True)
    return sorted({identifier, *hashed})


def parted(*, accounts: Collection[int], identifiers: Collection[int]) -> tuple[World, Partition]:
    """The components of accounts and identifiers as the facts say now, parted. Nothing is locked or written."""
    carriers = {row[0] for row in prepared.fetch(reach.CARRIERS, identifiers)} if identifiers else set()
    seeds = {*accounts, *carriers}
    opened = {row[0] for row in prepared.fetch(reach.DISTINCT_OF, seeds)} | set(identifiers)
    reached, verdicts = reach.component(reach.Seeds(seeds, turned=set(identifiers), opened=opened))
    world = worlds.component(accounts=reached, opened=opened, crowded=(), verdicts=verdicts)
    return world, partition(world.facts, worlds.policy())


def compare(*, world: World, found: Partition, by: Reach) -> Preview:
    """The people whose accounts are others than before, seen ``by`` a reader."""
    old = _blocks(world.account.tolist(), world.member.tolist())
    new = _blocks(world.account.tolist(), world.minted[found.anchor].tolist())
    same = {member for member, accounts in new.items() if old.get(member) == accounts}
    old, new = ({id: held for id, held in each.items() if id not in same} for each in (old, new))
    if not new:
        return Preview()
    tell = _Teller({account for held in new.values() for account in held}, {*old, *new}, by)
    return Preview(
        before=[tell.person(member, held) for member, held in old.items()],
        after=[tell.person(member, held, new=member not in old) for member, held in new.items()],
    )


def people(*, groups: list[tuple[int, list[int]]], by: Reach) -> list[Person]:
    """Accounts (ids) as people of their own, each with the member (id) that it goes by."""
    tell = _Teller({account for _, held in groups for account in held}, {id for id, _ in groups}, by)
    return [tell.person(member, held) for member, held in groups]


def _blocks(accounts: Iterable[int], members: Iterable[int]) -> dict[int, list[int]]:
    blocks: dict[int, list[int]] = defaultdict(list)
    for account, member in zip(accounts, members, strict=True):
        blocks[member].append(account)
    return dict(sorted(blocks.items(), key=lambda block: (-len(block[1]), block[0])))


class _Teller:
    """What the accounts bring with them: four queries, however many people."""

    def __init__(self, accounts: set[int], members: set[int], by: Reach):
        here = scopes.of_account(Account.objects.filter(pk__in=accounts), reach=by, field="pk")
        self.accounts = {
            row.pk: row for row in here.select_related("channel").order_by("first_seen_at", "pk")
        }
        self.places = {id: place for place, id in enumerate(self.accounts)}
        self.members = Member.objects.in_bulk(members)
        paid = Q(status__in=[Order.Status.PAID, Order.Status.COMPLETED])
        orders = scopes.at_organization(Order.objects.filter(account__in=self.accounts), reach=by)
        rows = orders.values("account", "currency").annotate(
            count=Count("pk"), amount=Sum("amount", filter=paid, default=Decimal(0))
        )
        self.bought = defaultdict(list)
        for row in rows:
            self.bought[row["account"]].append(row)
        self.stated = defaultdict(list)
        said = Membership.objects.filter(account__in=self.accounts, stated_at__isnull=False)
        for row in scopes.at_organization(said.select_related("organization"), reach=by).order_by("pk"):
            self.stated[row.account_id].append(row)

    def person(self, member: int, accounts: list[int], *, new: bool = False) -> Person:
        here = sorted((id for id in accounts if id in self.accounts), key=self.places.__getitem__)
        known = [self.accounts[id] for id in here]
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        sums = [row for account in known for row in self.bought[account.pk]]
        for row in sums:
            amounts[row["currency"]] += row["amount"]
        return Person(
            member=self.members[member],
            accounts=known,
            elsewhere=len(accounts) - len(known),
            orders=sum(row["count"] for row in sums),
            amounts=sorted(amounts.items()),
            stated=[row for account in known for row in self.stated[account.pk]],
            new=new,
        )
