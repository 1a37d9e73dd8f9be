"""Sales at tills for tests, through the API as tills make them."""

from rest_framework.test import APIClient

from tests.campaigns.till.pricing import basket


def address(verb: str = "", *, number: str = "N1", store: str = "s1") -> str:
    return f"/api/v1/pos/orders/{store}/{number}" + (f"/{verb}" if verb else "")


def put(till: APIClient, *prices, number: str = "N1", store: str = "s1", key: str = "", **more):
    body = {"key": key or f"put-{number}", "revision": 1, "basket": basket(*prices, **more)}
    return _done(till.put(address(number=number, store=store), body))


def hold(till: APIClient, *prices, number: str = "N1", store: str = "s1", key: str = "", seconds: int = 900, cashier: str = "", pays=(), **more):  # fmt: skip
    body = {
        "key": key or f"hold-{number}", "seconds": seconds, "cashier": cashier, "pays": list(pays),
        "basket": basket(*prices, **more),
    }  # fmt: skip
    return _done(till.post(address("hold", number=number, store=store), body))


def sell(till: APIClient, *prices, cash: str, number: str = "N1", store: str = "s1", key: str = "", cashier: str = "", **more):  # fmt: skip
    """In one go."""
    body = {
        "key": key or f"commit-{number}", "cashier": cashier, "basket": basket(*prices, **more),
        "payments": [{"method": "cash", "amount": cash}],
    }  # fmt: skip
    return _done(till.post(address("commit", number=number, store=store), body))


def _done(answer) -> dict:
    assert answer.status_code == 200, answer.content
    return answer.json()
