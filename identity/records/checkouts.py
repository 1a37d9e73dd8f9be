"""A checkout that says what was bought is a sale: its order, in the shape of the contract.

The customer has to be named by his account. Whoever is only seen (a cookie, a public tracking key) buys nothing this way.
"""

from msgspec import structs

from identity.records.problems import Problem

NAME = "checkout"
ENVELOPE = ("channel", "occurred_at", "updated_at", "organization", "account", "identifiers", "profile", "attribution")  # fmt: skip
SOLD = ("lines", "status", "currency", "discount", "shipping", "payments", "coupons", "receiver", "cashier", "guide")  # fmt: skip


def order(raw: object) -> dict | None:
    """The order that a decoded event record tells of: `properties` has its number (`order`) and `lines`."""
    if not isinstance(raw, dict) or not raw.get("account"):
        return None
    properties = raw.get("properties")
    if not isinstance(properties, dict) or not properties.get("order") or not properties.get("lines"):
        return None
    told = {name: raw[name] for name in ENVELOPE if raw.get(name) is not None}
    told |= {name: properties[name] for name in SOLD if properties.get(name) is not None}
    return {"type": "order", "external_id": properties["order"], **told}


def placed(problem: Problem) -> Problem:
    """A fault of the order, with the place in the event where it stands."""
    name = problem.place.removeprefix("$.").partition(".")[0].partition("[")[0]
    if name == "external_id":
        return structs.replace(problem, place="$.properties.order")
    return structs.replace(problem, place=f"$.properties{problem.place[1:]}") if name in SOLD else problem
