"""Returns of a till's sale that only a file told of, in words for the desk."""

from campaigns.admin.units import pieces
from campaigns.models import TillOrder, UndoneLine


def told(sale: TillOrder) -> list[dict]:
    """``lines``: for which goods what the sale gave was undone with it; none while it waits, or if others had undone it before.
    ``value``: something that was paid from books stays where it is."""
    rows = list(sale.told_returns.order_by("told_at", "id"))
    if not rows:
        return []
    skus = dict(sale.order.lines.values_list("line", "sku")) if sale.order else {}
    done = UndoneLine.objects.filter(sale=sale, told__in=rows).order_by("id")
    back = set(sale.returns.values_list("number", flat=True))
    return [
        {
            "told": row,
            "lines": [
                f"{pieces(line.quantity)} × {skus.get(line.line, line.line)}"
                for line in done
                if line.told_id == row.pk
            ],
            "value": bool(row.undone_at) and sale.paid != "[]" and row.number not in back,
        }
        for row in rows
    ]
