"""Both people of a case side by side: what each side says, where they differ, what both carry."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Count, Q, Sum

from identity.matching import names
from identity.models import Binding, Identifier, ReviewCase
from members.models import Account, Consent, Member, Membership, Order
from members.queries import scopes
from members.queries.scopes import Reach

OWN = (Binding.Role.HOLDER, Binding.Role.BUYER)
EXPANDED = (ReviewCase.Sort.REFUSED, ReviewCase.Sort.CANDIDATE)
TRAITS = ("name", "gender", "birth_date", "address", "phone_masked")
CONTACTS = ("phone", "email")
CARRIERS_SHOWN = 6


@dataclasses.dataclass
class Side:
    """One side of a case, as far as the reader reaches. ``hidden`` counts accounts of other organizations."""

    accounts: list[Account] = dataclasses.field(default_factory=list)
    hidden: int = 0
    traits: dict[str, list[str]] = dataclasses.field(default_factory=lambda: defaultdict(list))
    identifiers: list[Identifier] = dataclasses.field(default_factory=list)
    on_orders: list[Identifier] = dataclasses.field(default_factory=list)
    memberships: list[Membership] = dataclasses.field(default_factory=list)
    consents: list[Consent] = dataclasses.field(default_factory=list)
    orders: int = 0
    amounts: dict[str, Decimal] = dataclasses.field(default_factory=dict)

    @property
    def members(self) -> list[Member]:
        return list({account.member_id: account.member for account in self.accounts}.values())

    @property
    def oneid(self) -> Member | None:
        """Whose OneID the side goes by: the anchor's, if these accounts were one person."""
        return min(self.accounts, key=_age).minted if self.accounts else None

    def contacts(self, kind: str) -> list[Identifier]:
        return [identifier for identifier in self.identifiers if identifier.kind_id == kind]


@dataclasses.dataclass(frozen=True)
class Common:
    """An identifier of both sides, how these accounts came by it, and who else carries it: how many, and a few."""

    identifier: Identifier
    bindings: list[Binding]
    others: int
    examples: list[Account]


@dataclasses.dataclass(frozen=True)
class Comparison:
    left: Side
    right: Side
    common: list[Common]

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.left, self.right

    @property
    def one_person(self) -> bool:
        """Whether the two sides are one person already."""
        ids = [{account.member_id for account in side.accounts} for side in (self.left, self.right)]
        return bool(ids[0] & ids[1])


def of(*, case: ReviewCase, reach: Reach, expand: bool = True) -> Comparison:
    """Both sides of a case in a fixed number of queries. ``expand``: with all accounts that their people have now."""
    expand = expand and case.sort in EXPANDED
    lefts, rights = (_accounts(ids, expand) for ids in (case.left, case.right))
    every = {*lefts, *rights}
    known = _known(every, reach)
    left, right = (_side(ids, known) for ids in (lefts, rights))
    _fill((left, right), known, reach)
    return Comparison(left, right, _common(case, left, right, every, reach))


def merged(*, comparison: Comparison) -> Side:
    """What the one person would be: everything of both, newest statements first."""
    left, right = comparison.left, comparison.right
    whole = Side(
        accounts=_unique([*left.accounts, *right.accounts]),
        hidden=left.hidden + right.hidden,
        identifiers=_unique([*left.identifiers, *right.identifiers]),
        on_orders=_unique([*left.on_orders, *right.on_orders]),
        memberships=_unique([*left.memberships, *right.memberships]),
        consents=_latest([*left.consents, *right.consents]),
    )
    _add_traits(whole)
    twice = comparison.one_person
    whole.orders = left.orders if twice else left.orders + right.orders
    whole.amounts = dict(left.amounts)
    for currency, amount in () if twice else right.amounts.items():
        whole.amounts[currency] = whole.amounts.get(currency, Decimal(0)) + amount
    return whole


def difference(*, field: str, left: Iterable, right: Iterable) -> str:
    """same, differs, near (a name that may be the same one), one (only one side says it) or none."""
    left, right = ({value for value in side if value} for side in (left, right))
    if not left and not right:
        return "none"
    if not left or not right:
        return "one"
    if left & right:
        return "same"
    if field == "name" and any(_near(one, other) for one in left for other in right):
        return "near"
    return "differs"


def _near(left: str, right: str) -> bool:
    return not names.differ(left, right) or names.misspelt(left, right)


def _accounts(ids: list[int], expand: bool) -> list[int]:
    if not expand:
        return list(ids)
    members = Account.objects.filter(pk__in=ids).values("member")
    return list(Account.objects.filter(member__in=members).order_by("pk").values_list("pk", flat=True))


def _known(ids: Iterable[int], reach: Reach) -> dict[int, Account]:
    seen = scopes.of_account(Account.objects.filter(pk__in=ids), reach=reach, field="pk")
    return {row.pk: row for row in seen.select_related("channel", "member", "minted", "organization")}


def _side(ids: list[int], known: dict[int, Account]) -> Side:
    accounts = sorted((known[id] for id in ids if id in known), key=_age)
    side = Side(accounts=accounts, hidden=sum(id not in known for id in ids))
    _add_traits(side)
    return side


def _add_traits(side: Side) -> None:
    for trait in TRAITS:
        said = [account.traits.get(trait) for account in side.accounts]
        newest = sorted((each for each in said if each), key=lambda each: str(each.get("at")), reverse=True)
        side.traits[trait] = list(dict.fromkeys(str(each["value"]) for each in newest if each.get("value")))


def _fill(sides: tuple[Side, Side], known: dict[int, Account], reach: Reach) -> None:
    bound, named = defaultdict(list), defaultdict(list)
    held = Binding.objects.filter(account__in=known, role__in=(*OWN, Binding.Role.CONTACT))
    for binding in held.select_related("identifier__kind").order_by(
        "-identifier__kind__strength", "first_at", "pk"
    ):
        place = bound if binding.role in OWN else named
        place[binding.account_id].append(binding.identifier)
    stated = _grouped(Membership.objects.filter(account__in=known).select_related("organization"), reach)
    agreed = _grouped(Consent.objects.filter(account__in=known).order_by("-stated_at", "-pk"))
    bought = _bought(known, reach)
    for side in sides:
        ids = [account.pk for account in side.accounts]
        side.identifiers = _unique(identifier for id in ids for identifier in bound[id])
        own = {identifier.pk for identifier in side.identifiers}
        orders = _unique(identifier for id in ids for identifier in named[id])
        side.on_orders = [identifier for identifier in orders if identifier.pk not in own]
        side.memberships = [row for id in ids for row in stated[id] if row.tier or row.points is not None]
        side.consents = _latest([row for id in ids for row in agreed[id]])
        for currency, orders, amount in (row for id in ids for row in bought[id]):
            side.orders += orders
            side.amounts[currency] = side.amounts.get(currency, Decimal(0)) + amount


def _grouped(rows, reach: Reach | None = None) -> dict[int, list]:
    if reach is not None:
        rows = scopes.at_organization(rows, reach=reach)
    found = defaultdict(list)
    for row in rows:
        found[row.account_id].append(row)
    return found


def _bought(known, reach) -> dict[int, list[tuple[str, int, Decimal]]]:
    orders = scopes.at_organization(Order.objects.bought().filter(account__in=known), reach=reach)
    found = defaultdict(list)
    rows = orders.values_list("account", "currency").annotate(Count("id"), Sum("amount")).order_by("account")
    for account, *rest in rows:
        found[account].append(tuple(rest))
    return found


def _latest(consents: Iterable[Consent]) -> list[Consent]:
    newest = sorted(consents, key=lambda row: (row.stated_at, row.pk), reverse=True)
    found = {}
    for row in newest:
        found.setdefault((row.purpose, row.touchpoint), row)
    return list(found.values())


def _common(case: ReviewCase, left: Side, right: Side, every: set[int], reach: Reach) -> list[Common]:
    both = {row.pk for row in left.identifiers} & {row.pk for row in right.identifiers}
    if case.identifier_id:
        both.add(case.identifier_id)
    carriers = Binding.objects.filter(identifier__in=both).exclude(role=Binding.Role.RECEIVER)
    seen = {account.pk: account for side in (left, right) for account in side.accounts}
    bound = defaultdict(list)
    for binding in carriers.filter(account__in=seen).order_by("first_at", "pk"):
        binding.account = seen[binding.account_id]
        bound[binding.identifier_id].append(binding)
    others = carriers.filter(~Q(account__in=every))
    counted = dict(others.values_list("identifier").annotate(Count("account", distinct=True)).order_by())
    return [
        Common(
            identifier,
            bound[identifier.pk],
            counted.get(identifier.pk, 0),
            _examples(identifier, every, reach),
        )
        for identifier in Identifier.objects.filter(pk__in=both)
        .select_related("kind")
        .order_by("-kind__strength", "pk")[:8]
    ]


def _examples(identifier: Identifier, every: set[int], reach: Reach) -> list[Account]:
    """At most eight identifiers are asked for, so these queries are bounded."""
    carried = Account.objects.filter(bindings__identifier=identifier).exclude(pk__in=every).distinct()
    seen = scopes.of_account(carried, reach=reach, field="pk")
    return list(seen.select_related("channel", "member__profile").order_by("pk")[:CARRIERS_SHOWN])


def _unique(rows: Iterable) -> list:
    return list({row.pk: row for row in rows}.values())


def _age(account: Account):
    return (not account.channel.named, account.first_seen_at, account.channel.code, account.external_id)
