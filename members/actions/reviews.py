"""Reviews: versioned like orders; they belong to their order's account as soon as the order is known."""

from members.actions import aftersales


class Version(aftersales.Version):
    """One version of one review."""

    sku: str
    rating: int | None
    text: str


OWN = (("sku", "text", "sku"), ("rating", "int", "rating"), ("text", "text", "text"))

_shared = aftersales.AfterSales("members_review", OWN)
join_accounts, join_orders, follow = _shared.join_accounts, _shared.join_orders, _shared.follow


def record(*, versions) -> aftersales.Sorted:
    """Write versions of reviews; what that changes. Raises Raced."""
    found = _shared.sort(versions=versions)
    _shared.create(versions=found.new)
    _shared.replace(versions=found.replacing)
    return found
