"""Baskets and tills for tests."""

import datetime as dt

from django.utils import timezone
from rest_framework.test import APIClient

from tests.api import callers

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
QUOTES = "/api/v1/pos/quotes"


def wall(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def clock(monkeypatch, moment: dt.datetime) -> None:
    """The house's clock stands still."""
    monkeypatch.setattr(timezone, "now", lambda: moment)


def till(channel, **more) -> APIClient:
    return callers.client(channel=channel, scopes="value", **more)


def line(number: int = 1, price: str = "320.00", **more) -> dict:
    return {"line": number, "sku": f"S{number}", "quantity": "1", "unit_price": price, **more}


def basket(*lines: dict | str, **more) -> dict:
    """Lines, or the prices of lines."""
    told = [
        each if isinstance(each, dict) else line(number, each) for number, each in enumerate(lines, start=1)
    ]
    return {"currency": "CNY", "lines": told, **more}


def quote(till: APIClient, *lines: dict | str, **more) -> dict:
    """The answer to a basket that can be read."""
    answer = till.post(QUOTES, basket(*lines, **more))
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(till: APIClient, body: object) -> list[tuple[str, str]]:
    """The places and what is said of them, of a basket that is not read."""
    answer = till.post(QUOTES, body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), answer.content
    assert all(each["remedy"] for each in answer.json()["errors"])
    return [(each["place"], each["message"]) for each in answer.json()["errors"]]
