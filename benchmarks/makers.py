"""Makes intake records of any number: streamed, deterministic, in constant memory.

Of twenty records four are accounts, six orders, one a return, one a review, eight events; three accounts belong
to two people.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

CHANNELS = ("mini", "pos", "tmall")
STORES = tuple(f"store-{number:02}" for number in range(1, 13))
CYCLE = "aaaaoeoeroeoevoeoeee"
PREFIXES = ("138", "139", "150", "188")
BEGIN = datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=8)))
SPACING = timedelta(seconds=45)
SKUS = tuple((f"S{number:03}", f"{19 + number * 7 % 900}.90") for number in range(300))
EVENTS = ("page_view", "product_view", "add_to_cart", "search", "share")


def write(*, path: Path, count: int, seed: int = 1) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for record in records(count=count, seed=seed):
            out.write(json.dumps(record, separators=(",", ":")) + "\n")


def records(*, count: int, seed: int = 1) -> Iterator[dict]:
    rng = Random(seed)
    accounts = orders = 0
    for number in range(count):
        occurred_at = (BEGIN + number * SPACING).isoformat()
        letter = CYCLE[number % len(CYCLE)]
        if letter == "a":
            yield account(number=accounts, occurred_at=occurred_at)
            accounts += 1
        elif letter == "o":
            yield _order(rng=rng, number=orders, accounts=accounts, occurred_at=occurred_at)
            orders += 1
        elif letter == "r":
            yield _return(number=rng.randrange(orders), place=number, occurred_at=occurred_at)
        elif letter == "v":
            yield _review(rng=rng, number=rng.randrange(orders), place=number, occurred_at=occurred_at)
        else:
            yield _event(
                rng=rng, account_number=rng.randrange(accounts), place=number, occurred_at=occurred_at
            )


def channel_of(number: int) -> str:
    return CHANNELS[number % len(CHANNELS)]


def phone_of(person: int) -> str:
    return f"{PREFIXES[person % len(PREFIXES)]}{person * 7919 % 10**8:08}"


def account(*, number: int, occurred_at: str) -> dict:
    """Account `number`. Three accounts in a row belong to two people, by their phone."""
    person = number * 2 // 3
    identifiers = [{"kind": "phone", "value": phone_of(person)}]
    if channel_of(number) == "mini":
        identifiers.append({"kind": "openid", "namespace": "wx-1", "value": f"o{number:09}"})
        identifiers.append({"kind": "unionid", "namespace": "wx-1", "value": f"u{person:09}"})
    elif channel_of(number) == "pos":
        identifiers.append({"kind": "card", "namespace": "pos", "value": f"c{number:09}"})
    return {
        "type": "account",
        "channel": channel_of(number),
        "external_id": f"a{number}",
        "occurred_at": occurred_at,
        "identifiers": identifiers,
        "profile": {
            "name": f"Name {person}",
            "gender": "female" if person % 2 else "male",
            "birth_date": f"{1950 + person % 55}-{1 + person % 12:02}-{1 + person % 28:02}",
            "city": "Qingdao" if person % 3 else "Jinan",
        },
        "consents": [
            {"purpose": "marketing", "channel": "sms", "granted": person % 5 > 0, "at": occurred_at}
        ],
    }


def _order(*, rng: Random, number: int, accounts: int, occurred_at: str) -> dict:
    owner = rng.randrange(accounts // len(CHANNELS)) * len(CHANNELS) + number % len(CHANNELS)
    lines = [SKUS[rng.randrange(len(SKUS))] for _ in range(1 + number % 3)]
    return {
        "type": "order",
        "channel": channel_of(number),
        "external_id": order_key(number),
        "account": f"a{owner}",
        "organization": STORES[owner % len(STORES)],
        "occurred_at": occurred_at,
        "status": "completed",
        "currency": "CNY",
        "lines": [
            {"line": place, "sku": sku, "category": "grocery", "quantity": "1", "unit_price": price}
            for place, (sku, price) in enumerate(lines, start=1)
        ],
    }


def order_key(number: int) -> str:
    return f"o{number}"


def _return(*, number: int, place: int, occurred_at: str) -> dict:
    return {
        "type": "return",
        "channel": channel_of(number),
        "external_id": f"r{place}",
        "order": order_key(number),
        "occurred_at": occurred_at,
        "lines": [{"line": 1, "quantity": "1", "refund": "19.90"}],
    }


def _review(*, rng: Random, number: int, place: int, occurred_at: str) -> dict:
    return {
        "type": "review",
        "channel": channel_of(number),
        "external_id": f"v{place}",
        "order": order_key(number),
        "sku": SKUS[place % len(SKUS)][0],
        "rating": 1 + rng.randrange(5),
        "text": "ok",
        "occurred_at": occurred_at,
    }


def _event(*, rng: Random, account_number: int, place: int, occurred_at: str) -> dict:
    record = {
        "type": "event",
        "channel": channel_of(account_number),
        "account": f"a{account_number}",
        "name": EVENTS[rng.randrange(len(EVENTS))],
        "touchpoint": "home",
        "occurred_at": occurred_at,
        "properties": {"sku": SKUS[place % len(SKUS)][0]},
    }
    return record | ({"external_id": f"e{place}"} if place % 2 else {})
