"""Orders over two years, with their seasons, and the returns and reviews that follow them."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from config.demo import catalogue, company, names
from config.demo.accounts import Account
from config.demo.people import HISTORY_DAYS, Person

ANONYMOUS_SHARE = 0.03
CONTACT_ONLY_SHARE = 0.04
RETURN_SHARE = 0.045
REVIEW_SHARE = 0.11
CANCELLED_SHARE = 0.02
OPEN_SHARE = 0.08
SEEN_PAID_FIRST_SHARE = 0.08
HOUR_WEIGHT = (1, 0, 0, 0, 0, 0, 1, 2, 4, 6, 8, 8, 8, 7, 6, 6, 7, 8, 9, 11, 12, 10, 6, 3)
UP_TO_HOUR = tuple(accumulate(HOUR_WEIGHT))


@dataclass(frozen=True)
class Order:
    """One order as its record, with the account it belongs to (None: nobody's, or just a phone's)."""

    record: dict
    person: Person
    account: Account | None
    occurred_at: datetime


class Calendar:
    """Draws days of the two years before `now`, each as likely as its month is busy."""

    def __init__(self, *, now: datetime) -> None:
        self.start = now - timedelta(days=HISTORY_DAYS)
        days = [self.start + timedelta(days=day) for day in range(HISTORY_DAYS)]
        self.sums = [0.0, *accumulate(catalogue.MONTH_WEIGHT[day.month - 1] for day in days)]

    def weight(self, *, since: datetime, until: datetime) -> float:
        return self.sums[self._day(until)] - self.sums[self._day(since)]

    def draw(self, *, rng: Random, since: datetime, until: datetime) -> datetime:
        low, high = self.sums[self._day(since)], self.sums[self._day(until)]
        day = bisect_left(self.sums, low + (high - low) * rng.random(), 1) - 1
        return self.at(rng=rng, day=day, since=since, until=until)

    def at(self, *, rng: Random, day: int, since: datetime, until: datetime) -> datetime:
        hour = rng.choices(range(24), cum_weights=UP_TO_HOUR)[0]
        midnight = (self.start + timedelta(days=day)).replace(hour=0, minute=0, second=0, microsecond=0)
        moment = midnight + timedelta(hours=hour, seconds=rng.randrange(3600))
        return max(since, min(moment, until - timedelta(seconds=1)))

    def _day(self, moment: datetime) -> int:
        return max(0, min(HISTORY_DAYS, (moment - self.start).days))


def orders(*, rng: Random, accounts: list[Account], count: int, now: datetime) -> list[Order]:
    """`count` orders, shared out by appetite, time as a customer and season."""
    calendar = Calendar(now=now)
    selling = [
        account
        for account in accounts
        if account.channel in company.SELLING and account.person.active_until(now=now) > calendar.start
    ]
    weights = [
        account.person.appetite
        * max(0.5, calendar.weight(since=account.opened_at, until=account.person.active_until(now=now)))
        for account in selling
    ]
    found = []
    for number, account in enumerate(rng.choices(selling, weights, k=count), start=1):
        until = max(account.person.active_until(now=now), account.opened_at + timedelta(days=1))
        occurred_at = calendar.draw(rng=rng, since=account.opened_at, until=min(until, now))
        found.append(order(rng=rng, account=account, number=number, occurred_at=occurred_at))
    return sorted(found, key=lambda entry: (entry.occurred_at, entry.record["external_id"]))


def order(*, rng: Random, account: Account, number: int, occurred_at: datetime, prefix: str = "SO") -> Order:
    """One order of an account; at the till some leave no name, or nothing but a phone."""
    channel = next(entry for entry in company.CHANNELS if entry.code == account.channel)
    person = account.person
    store = person.store if channel.code == "pos" else None
    brand = company.brand_of(store) if store else _brand(rng=rng, person=person, brands=channel.brands)
    record = {
        "type": "order",
        "channel": channel.code,
        "external_id": f"{prefix}-{number:06}",
        "account": account.external_id,
        "organization": store.code if store else brand,
        "occurred_at": occurred_at.isoformat(),
        "status": "completed",
        "currency": "CNY",
        "lines": _lines(rng=rng, brand=brand, month=occurred_at.month),
    }
    owner = _sign(rng=rng, record=record, account=account)
    return Order(record=record, person=person, account=owner, occurred_at=occurred_at)


def _brand(*, rng: Random, person: Person, brands: tuple[str, ...]) -> str:
    return brands[0] if len(brands) == 1 else person.brand(rng=rng)


def _sign(*, rng: Random, record: dict, account: Account) -> Account | None:
    """Say whose the order is; returns the account that the record names."""
    if account.channel == "pos":
        chance = rng.random()
        if chance < ANONYMOUS_SHARE:
            del record["account"]
            return None
        if chance < ANONYMOUS_SHARE + CONTACT_ONLY_SHARE:
            del record["account"]
            record["identifiers"] = [{"kind": "phone", "value": account.person.phone, "role": "buyer"}]
            return None
    elif rng.random() < 0.35:
        record["identifiers"] = [{"kind": "phone", "value": account.person.phone, "role": "contact"}]
    return account


def _lines(*, rng: Random, brand: str, month: int) -> list[dict]:
    size = 1 if brand == company.APPLIANCES else rng.choices((1, 2, 3, 4), (35, 35, 20, 10))[0]
    picked = dict.fromkeys(catalogue.pick(rng=rng, brand=brand, month=month, count=size))
    return [_line(rng=rng, number=number, product=product) for number, product in enumerate(picked, start=1)]


def _line(*, rng: Random, number: int, product: catalogue.Product) -> dict:
    quantity = 1 if product.price > 30000 else rng.choices((1, 2, 3), (70, 22, 8))[0]
    percent = rng.choices((0, 5, 10, 15), (60, 15, 18, 7))[0]
    line = {
        "line": number,
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "quantity": str(quantity),
        "unit_price": money(product.price),
        "discount": money(product.price * quantity * percent // 100),
    }
    if product.brand == company.APPLIANCES and product.price > 100000:
        line["serial"] = f"{product.sku[:2]}{rng.getrandbits(32):08X}"
    return line


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _cents(text: str) -> int:
    return int(text.replace(".", ""))


def deliveries(*, rng: Random, orders: list[Order], now: datetime) -> Iterator[tuple[datetime, dict]]:
    """Each order as its channel reports it: once, or as paid at first and completed or cancelled days later."""
    for sold in orders:
        chance = rng.random()
        if chance < OPEN_SHARE:
            sold.record["status"] = "paid"
        elif chance < OPEN_SHARE + CANCELLED_SHARE:
            sold.record["status"] = "cancelled"
        if chance > 1 - SEEN_PAID_FIRST_SHARE:
            yield sold.occurred_at, {**sold.record, "status": "paid"}
            changed_at = min(now, sold.occurred_at + timedelta(days=rng.randrange(1, 8)))
            yield changed_at, {**sold.record, "updated_at": changed_at.isoformat()}
        else:
            yield sold.occurred_at, sold.record


def returns(*, rng: Random, orders: list[Order], now: datetime) -> Iterator[tuple[datetime, dict]]:
    """Some lines come back within a month; the refund is what was paid for the line."""
    for sold in orders:
        if sold.record["status"] == "cancelled" or rng.random() > RETURN_SHARE:
            continue
        occurred_at = sold.occurred_at + timedelta(days=rng.randrange(1, 30), seconds=rng.randrange(3600))
        line = rng.choice(sold.record["lines"])
        if occurred_at < now:
            yield (
                occurred_at,
                {
                    "type": "return",
                    "channel": sold.record["channel"],
                    "external_id": sold.record["external_id"].replace("SO", "RT"),
                    "order": sold.record["external_id"],
                    "occurred_at": occurred_at.isoformat(),
                    "lines": [{"line": line["line"], "quantity": line["quantity"], "refund": _paid(line)}],
                },
            )


def _paid(line: dict) -> str:
    return money(int(line["quantity"]) * _cents(line["unit_price"]) - _cents(line["discount"]))


def reviews(*, rng: Random, orders: list[Order], now: datetime) -> Iterator[tuple[datetime, dict]]:
    for sold in orders:
        if sold.account is None or sold.record["channel"] == "pos" or rng.random() > REVIEW_SHARE:
            continue
        occurred_at = sold.occurred_at + timedelta(days=rng.randrange(3, 20), seconds=rng.randrange(3600))
        rating = rng.choices((5, 4, 3, 2, 1), (58, 24, 9, 5, 4))[0]
        if occurred_at < now:
            yield (
                occurred_at,
                {
                    "type": "review",
                    "channel": sold.record["channel"],
                    "external_id": sold.record["external_id"].replace("SO", "RV"),
                    "order": sold.record["external_id"],
                    "sku": rng.choice(sold.record["lines"])["sku"],
                    "rating": rating,
                    "text": rng.choice(names.PRAISE if rating > 3 else names.COMPLAINT),
                    "occurred_at": occurred_at.isoformat(),
                },
            )
