"""Rights, goods and sales for tests of what goods bring."""

import datetime as dt

from members.actions import appliances, bought_rights, rights
from members.models import (
    Appliance,
    GoodsSet,
    Order,
    OrderLine,
    Organization,
    Return,
    ReturnLine,
    Right,
    RightGrant,
    RightRule,
)
from members.queries import rights as held
from tests import factories
from tests.identity.company import NOW

DAY = dt.timedelta(days=1)
LONG_AGO = NOW - 1000 * DAY


def right(
    *,
    organization: Organization,
    code: str = "warranty",
    kind: str = "warranty",
    places=(),
    channels=(),
    **fields,
) -> Right:
    defaults = {"name": code.replace("-", " ").capitalize(), "active_from": LONG_AGO}
    made = Right.objects.create(organization=organization, code=code, kind=kind, **{**defaults, **fields})
    made.places.set(places)
    made.channels.set(channels)
    return made


def by_goods(
    right: Right, *, skus=(), categories=(), quantity: int = 1, starts_at=LONG_AGO, **fields
) -> RightRule:
    goods = GoodsSet.objects.create(
        organization=right.organization, code=f"goods-{right.code}-{RightRule.objects.count()}", name="Goods",
        skus=list(skus), categories=list(categories),
    )  # fmt: skip
    return rights.add_rule(right=right, goods=goods, quantity=quantity, starts_at=starts_at, **fields)


def warranty(brand: Organization) -> Right:
    """Three years for a fridge F1, and for every one of the category fridge-high."""
    made = right(organization=brand, validity_months=36)
    by_goods(made, skus=["F1"], categories=["fridge-high"])
    return made


def settle(now: dt.datetime = NOW) -> None:
    """As the reader of the log does, over every order."""
    last = 0
    while step := bought_rights.settle_everything(now=now, after=last):
        last = step[0]
    appliances.rebuild(now=now)


def follow(now=NOW):
    while bought_rights.follow(now=now):
        pass


def lines(**fields) -> list[dict]:
    """One line of an order record."""
    return [{"line": 1, "sku": "F1", "quantity": "1", "unit_price": "100.00"} | fields]


def states(member, *, now: dt.datetime = NOW) -> list[tuple[str, str, str]]:
    """(right, serial number, state) of a member's rights, sorted."""
    return sorted((each.right, each.serial, each.state) for each in held.of(members=[member.pk], now=now))


def live() -> list[tuple[str, str]]:
    """(account, serial number) of the grants that stand."""
    rows = RightGrant.objects.filter(revoked_at=None).order_by("account__external_id", "serial", "id")
    return list(rows.values_list("account__external_id", "serial"))


def sale(
    account, *, sku="F1", serial="", quantity=1, at=NOW, channel=None, category="", status="paid"
) -> Order:
    made = factories.order(account=account, sku=sku, category=category, at=at, status=status,
                           channel=channel or account.channel)  # fmt: skip
    OrderLine.objects.filter(order=made).update(serial=serial, quantity=quantity)
    return made


def back(order: Order, *, line: int | None = 1, sku: str = "", quantity=1, amount="1.00", at=NOW) -> Return:
    made = factories.returned(order=order, amount=amount, at=at)
    ReturnLine.objects.create(returned=made, position=1, line=line, sku=sku, quantity=quantity, refund=amount)
    return made


def appliance(serial: str) -> Appliance | None:
    return Appliance.objects.filter(serial=serial).first()
