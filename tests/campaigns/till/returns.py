"""Sales and returns at a till, in few words."""

from rest_framework.test import APIClient

from tests.campaigns.till.pricing import basket


def address(verb: str = "", *, number: str = "N1", store: str = "s1") -> str:
    return f"/api/v1/pos/orders/{store}/{number}" + (f"/{verb}" if verb else "")


def cash(amount: str) -> list[dict]:
    return [{"method": "cash", "amount": amount}]


def sell(
    till: APIClient, *lines, pay: str, number: str = "N1", oneid: str = "", coupons=(), chosen=None, **more
) -> dict:
    """Committed at once; the answer."""
    told = basket(*lines, oneid=oneid, coupons=list(coupons), chosen=chosen or {})
    payments = cash(pay) if float(pay) else []
    body = {"key": f"commit-{number}", "basket": told, "payments": payments, **more}
    answer = till.post(address("commit", number=number), body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def asked(back: dict[int, str], *, key: str = "r1", number: str = "R1", **more) -> dict:
    lines = [{"line": line, "quantity": quantity} for line, quantity in back.items()]
    return {"key": key, "number": number, "lines": lines, **more}


def take(till: APIClient, back: dict[int, str], *, order: str = "N1", store: str = "s1", **more):
    return till.post(address("returns", number=order, store=store), asked(back, **more))


def taken(till: APIClient, back: dict[int, str], **more) -> dict:
    """The answer to a return that is taken."""
    answer = take(till, back, **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def preview(till: APIClient, back: dict[int, str], *, order: str = "N1", **more):
    body = asked(back, **more)
    del body["key"], body["number"]
    return till.post(address("returns/preview", number=order), body)


def problem(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]
