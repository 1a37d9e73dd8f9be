"""What people do between orders: visits with their pages, searches, carts, follows and calls for help."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from config.demo import catalogue, company
from config.demo.accounts import Account
from config.demo.shopping import Calendar, Order

TOUCHPOINTS = {
    "mini": ("mini-home", "mini-category", "mini-live"),
    "app": ("app-home", "app-push"),
    "mall": ("mall-home", "mall-search"),
    "oa": ("oa-menu", "oa-article"),
    "wecom": ("wecom-chat", "wecom-moments"),
}
Timed = tuple[datetime, dict]  # when, and the record
AFTER_A_VIEW = ("product_view", "add_to_cart", "share", "cs_click", "collect")
VISIT_BEFORE_ORDER = 0.5
SIGNED_IN_SHARE = {"app": 0.4}  # of visits


def events(
    *, rng: Random, accounts: list[Account], orders: list[Order], count: int, now: datetime
) -> list[Timed]:
    """Exactly `count` events (time, record): a first contact for all, a visit before many orders, then idle visits."""
    browsers = [account for account in accounts if account.channel in company.BROWSED]
    found: list[Timed] = [_first_contact(rng=rng, account=account) for account in browsers]
    for sold in orders:
        if sold.account and sold.account.channel in company.BROWSED and rng.random() < VISIT_BEFORE_ORDER:
            found += _visit_that_bought(rng=rng, order=sold)
    calendar = Calendar(now=now)
    weights = [0.3 + account.person.appetite for account in browsers]
    while len(found) < count:
        for account in rng.choices(browsers, weights, k=min(1000, count)):
            until = max(account.person.active_until(now=now), account.opened_at + timedelta(days=1))
            moment = calendar.draw(rng=rng, since=account.opened_at, until=min(until, now))
            visit = _visit(rng=rng, account=account, moment=moment)
            found += (event for event in visit if event[0] <= now)
    del found[count:]
    return found


def _first_contact(*, rng: Random, account: Account) -> Timed:
    name = {"oa": "follow", "wecom": "add_friend"}.get(account.channel, "register")
    properties = {"scene": account.person.store.code} if rng.random() < 0.3 else {}
    return event(rng=rng, account=account, name=name, moment=account.opened_at, properties=properties)


def _visit(*, rng: Random, account: Account, moment: datetime) -> Iterator[Timed]:
    yield event(rng=rng, account=account, name="page_view", moment=moment, properties={"page": "home"})
    if rng.random() < SIGNED_IN_SHARE.get(account.channel, 0):
        yield event(rng=rng, account=account, name="sign_in", moment=moment, properties={})
    for name in rng.choices(AFTER_A_VIEW, (64, 16, 5, 5, 10), k=min(9, int(rng.expovariate(1 / 2.6)))):
        moment += timedelta(seconds=rng.randrange(5, 180))
        yield event(
            rng=rng, account=account, name=name, moment=moment, properties={"sku": _sku(rng=rng, at=moment)}
        )


def _visit_that_bought(*, rng: Random, order: Order) -> Iterator[Timed]:
    moment = order.occurred_at - timedelta(seconds=rng.randrange(400, 2400))
    sku = order.record["lines"][0]["sku"]
    for name in ("page_view", "product_view", "add_to_cart", "checkout"):
        yield event(rng=rng, account=order.account, name=name, moment=moment, properties={"sku": sku})
        moment += timedelta(seconds=rng.randrange(10, 90))


def _sku(*, rng: Random, at: datetime) -> str:
    brand = rng.choice(company.BRANDS)
    return catalogue.pick(rng=rng, brand=brand, month=at.month)[0].sku


def event(*, rng: Random, account: Account, name: str, moment: datetime, properties: dict) -> Timed:
    """One event of an account in a browsed channel, half of them with an id of their own."""
    record = {
        "type": "event",
        "channel": account.channel,
        "account": account.external_id,
        "name": name,
        "touchpoint": rng.choice(TOUCHPOINTS[account.channel]),
        "occurred_at": moment.isoformat(),
        "properties": properties,
    }
    if rng.random() < 0.5:
        record["external_id"] = f"ev-{rng.getrandbits(56):014x}"
    return moment, record
