"""Returns: versioned like orders; they belong to their order's account as soon as the order is known."""

from django.db import connection

from members import sets
from members.actions import aftersales


class Version(aftersales.Version):
    """One version of one return. `lines`: (line or None, sku, quantity, refund)."""

    organization: int
    amount: object
    lines: list


OWN = (("organization_id", "bigint", "organization"), ("amount", "numeric", "amount"))
LINES = "members_returnline (returned_id, position, line, sku, quantity, refund)"
CLEAR = "DELETE FROM members_returnline WHERE returned_id = ANY(%s)"

_shared = aftersales.AfterSales("members_return", OWN)
join_accounts, join_orders, follow = _shared.join_accounts, _shared.join_orders, _shared.follow


def record(*, versions) -> set:
    """Write versions of returns; the accounts whose returns changed. Raises Raced."""
    found = _shared.sort(versions=versions)
    ids = found.ids | _shared.create(versions=found.new)
    if replaced := _shared.replace(versions=found.replacing):
        with connection.cursor() as cursor:
            cursor.execute(CLEAR, [replaced])
    _write_lines([*found.new, *found.replacing], ids)
    return found.accounts


def _write_lines(versions, ids):
    lines = [
        (ids[v.channel, v.external_id], place, *line)
        for v in versions
        for place, line in enumerate(v.lines, start=1)
    ]
    if lines:
        sets.copy(LINES, lines)
