"""Some people with many facts, in the database and in plain Python: what SQL says of them, an oracle can check."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from members.models import Consent, Event, Membership, Order, OrderLine, Return, ReturnLine
from tests import factories
from tests.tags import world
from tests.tags.world import NOW, World

SKUS = {"S1": "fresh", "S2": "fresh", "S3": "drinks", "S4": "baby"}
STORES = ("s1", "s2", "s3", "s4")
STATUSES = ("created", "paid", "paid", "completed", "completed", "cancelled")
NAMES = ("page_view", "add_to_cart", "share")


@dataclass(frozen=True)
class Line:
    sku: str
    amount: Decimal
    refunded: Decimal


@dataclass(frozen=True)
class Sale:
    at: dt.datetime
    channel: str
    store: str
    status: str
    amount: Decimal
    shipping: Decimal
    lines: tuple[Line, ...]
    refunded: Decimal
    has_return: bool

    @property
    def bought(self) -> bool:
        return self.status in ("paid", "completed")

    @property
    def given_back(self) -> bool:
        return self.has_return and self.refunded >= self.amount - self.shipping


@dataclass
class Person:
    id: int
    profile: dict
    channels: set[str] = field(default_factory=set)
    sales: list[Sale] = field(default_factory=list)
    lost_returns: list[tuple[dt.datetime, Decimal, str]] = field(default_factory=list)
    events: list[tuple[dt.datetime, str, str, dict]] = field(default_factory=list)
    nodes: list[tuple[str, bool, bool]] = field(default_factory=list)
    consents: list[tuple[int, int, str, bool]] = field(default_factory=list)


def gather(town: World, *, size: int = 24, seed: int = 7) -> list[Person]:
    rng = Random(seed)
    return [_person(town, rng) for _number in range(size)]


def _person(town: World, rng: Random) -> Person:
    said = {
        "name": rng.choice(["", "Li Wei", "Li Na", "王芳"]),
        "gender": rng.choice(["", "male", "female"]),
        "birth_date": rng.choice([None, *(dt.date(y, m, d) for y, m, d in _births(rng))]),
        "province": rng.choice(["", "Shandong", "Beijing"]),
        "account_count": rng.randrange(4),
        "first_seen_at": _moment(rng, 60),
    }
    member = world.person(town, **said)
    person = Person(member.pk, said)
    for number in range(rng.randrange(1, 4)):
        account = member.account if number == 0 else _another(town, member, rng)
        person.channels.add(account.channel.code)
        _facts(town, rng, person, account)
    return person


def _births(rng: Random) -> list[tuple[int, int, int]]:
    return [
        (rng.randrange(1940, 2020), 1, rng.randrange(13, 18)),
        (2004, 2, 29),
        (rng.randrange(1950, 2015), 7, 1),
    ]


def _another(town: World, member, rng: Random):
    channel = rng.choice([town.app, town.tmall])
    return factories.account(channel=channel, member=member, at=world.days_ago(900))


def _moment(rng: Random, days: int) -> dt.datetime:
    """Often at the edges of days and windows, sometimes in the future."""
    day = rng.choice([rng.randrange(days), 0, 29, 30, 31, -1])
    return NOW - dt.timedelta(days=day, hours=rng.choice([0, 12, 20, -4, -12]), minutes=rng.randrange(2))


def _facts(town: World, rng: Random, person: Person, account) -> None:
    for _number in range(rng.randrange(5)):
        person.sales.append(_sale(town, rng, account))
    if rng.random() < 0.2:
        at, amount = _moment(rng, 60), Decimal(rng.randrange(1, 50))
        _returned(account, None, at, amount)
        person.lost_returns.append((at, amount, account.channel.code))
    for _number in range(rng.randrange(6)):
        name, touchpoint, at = rng.choice(NAMES), rng.choice(["", "home"]), _moment(rng, 60)
        properties = rng.choice([{}, {"sku": "S1"}, {"price": 3}, {"price": "12.5", "vip": True}])
        Event.objects.create(
            account=account, channel=account.channel, name=name, occurred_at=at, touchpoint=touchpoint,
            properties=properties, organization=town.group,
        )  # fmt: skip
        person.events.append((at, name, touchpoint, properties))
    _belongings(town, rng, person, account)


def _belongings(town: World, rng: Random, person: Person, account) -> None:
    person.nodes.append((account.organization.code, False, False))
    store, joined, visited = rng.choice(STORES), rng.random() < 0.5, rng.random() < 0.5
    seen = world.days_ago(100)
    Membership.objects.create(
        account=account, organization=town.nodes[store], known_at=seen, joined_at=seen if joined else None,
        first_visited_at=seen if visited else None, last_visited_at=seen if visited else None,
    )  # fmt: skip
    person.nodes.append((store, joined, visited))
    for number in range(rng.randrange(3)):
        touchpoint, granted = rng.choice(["sms", "email", "*"]), rng.random() < 0.6
        stated = world.days_ago(50 - number)
        Consent.objects.create(
            account=account, purpose="marketing", touchpoint=touchpoint, granted=granted, stated_at=stated
        )
        person.consents.append((account.pk, number, touchpoint, granted))


def _sale(town: World, rng: Random, account) -> Sale:
    lines = [(rng.choice(list(SKUS)), Decimal(rng.randrange(0, 300))) for _line in range(rng.randrange(1, 4))]
    shipping = Decimal(rng.choice([0, 0, 10]))
    amount = sum(price for _sku, price in lines) + shipping
    order = Order.objects.create(
        channel=account.channel, external_id=uuid.uuid4().hex, account=account, currency="CNY", amount=amount,
        organization=town.nodes[rng.choice(STORES)], occurred_at=_moment(rng, 60), status=rng.choice(STATUSES),
        shipping=shipping, version_at=NOW, version_digest=uuid.uuid4(),
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, line=number, sku=sku, category=SKUS[sku], quantity=1, unit_price=price, amount=price
        )
        for number, (sku, price) in enumerate(lines, start=1)
    )
    refunds = _refunds(rng, order, lines)
    return Sale(
        at=order.occurred_at, channel=account.channel.code, store=order.organization.code, status=order.status,
        amount=amount, shipping=shipping, refunded=sum(refunds.values(), Decimal(0)), has_return=bool(refunds),
        lines=tuple(Line(sku, price, refunds.get(n, Decimal(0))) for n, (sku, price) in enumerate(lines, start=1)),
    )  # fmt: skip


def _refunds(rng: Random, order: Order, lines: list) -> dict[int, Decimal]:
    """Line → refund: nothing, a part, or everything; returns after the as-of moment do not count."""
    share = rng.choice([0, 0, 0, 1, 1, Decimal("0.5")])
    if not share:
        return {}
    late = rng.random() < 0.1
    back = {n: price * share for n, (_sku, price) in enumerate(lines, start=1) if share == 1 or n == 1}
    made = _returned(order.account, order, NOW + dt.timedelta(days=1) if late else NOW, sum(back.values()))
    ReturnLine.objects.bulk_create(
        ReturnLine(returned=made, position=n, line=n, quantity=1, refund=refund) for n, refund in back.items()
    )
    return {} if late else back


def _returned(account, order: Order | None, at: dt.datetime, amount: Decimal) -> Return:
    return Return.objects.create(
        channel=account.channel, external_id=uuid.uuid4().hex, order=order, order_key="X", account=account,
        organization=order.organization if order else account.organization, occurred_at=at, amount=amount,
        version_at=at, version_digest=uuid.uuid4(),
    )  # fmt: skip
