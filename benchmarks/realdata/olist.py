"""Olist, 8,000 orders: a customer id per order, a person behind them; orders against payments to the cent."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from django.db.models import Count, Exists, OuterRef, Sum

from benchmarks import house
from benchmarks.realdata import rows
from benchmarks.realdata.checks import Check, cents, reference
from members.models import Account, Member, Order, OrderLine, OrderPayment

FOLDER = "olist_sample"
CHANNEL = "olist"
PERSON = "olist_person"
STATUS = {"delivered": "completed", "canceled": "cancelled", "unavailable": "cancelled"}


def prepare() -> None:
    house.build(channels=[CHANNEL], kinds=[PERSON])


def records(*, folder: Path) -> Iterator[dict]:
    orders = list(rows.read(folder / "olist_orders.csv.gz"))
    first_at = {row["customer_id"]: _moment(row) for row in orders}
    for row in rows.read(folder / "olist_customers.csv.gz"):
        yield {
            "type": "account",
            "channel": CHANNEL,
            "external_id": row["customer_id"],
            "occurred_at": first_at[row["customer_id"]],
            "identifiers": [{"kind": PERSON, "value": row["customer_unique_id"]}],
            "profile": {"city": row["customer_city"], "province": row["customer_state"]},
        }
    items, payments = _by_order(folder, "items"), _by_order(folder, "payments")
    for row in orders:
        yield _order(row=row, items=items[row["order_id"]], payments=payments[row["order_id"]])


def _by_order(folder: Path, name: str) -> dict[str, list[dict]]:
    found = defaultdict(list)
    for row in rows.read(folder / f"olist_order_{name}.csv.gz"):
        found[row["order_id"]].append(row)
    return found


def _moment(row: dict) -> str:
    return f"{row['order_purchase_timestamp'].replace(' ', 'T')}-03:00"


def _order(*, row: dict, items: list[dict], payments: list[dict]) -> dict:
    return {
        "type": "order",
        "channel": CHANNEL,
        "external_id": row["order_id"],
        "account": row["customer_id"],
        "occurred_at": _moment(row),
        "status": STATUS.get(row["order_status"], "paid"),
        "currency": "BRL",
        "lines": [
            {
                "line": int(item["order_item_id"]),
                "sku": item["product_id"],
                "quantity": "1",
                "unit_price": item["price"],
            }
            for item in items
        ],
        "shipping": str(sum((Decimal(item["freight_value"]) for item in items), Decimal())),
        "payments": [{"method": pay["payment_type"], "amount": pay["payment_value"]} for pay in payments],
    }


def checks(*, folder: Path) -> Iterator[Check]:
    known = reference(folder)
    yield from _people(known)
    yield from _payments(known)
    yield from _reconciliation(known["reconciliation_cents"])


def _people(known: dict) -> Iterator[Check]:
    yield Check("customer ids", Account.objects.count(), known["identity"]["customer_ids"])
    yield Check("people", Member.objects.active().count(), known["identity"]["unique_persons"])
    repeated = Order.objects.values("account__member").annotate(n=Count("id")).filter(n__gt=1)
    yield Check("people with two orders", repeated.count(), known["identity"]["persons_with_2plus_orders"])
    theirs = Counter()
    for status, count in known["integrity"]["status"].items():
        theirs[STATUS.get(status, "paid")] += count
    ours = dict(Order.objects.values_list("status").annotate(n=Count("id")))
    for status, count in theirs.items():
        yield Check(f"orders {status}", ours.get(status, 0), count)


def _payments(known: dict) -> Iterator[Check]:
    ours = OrderPayment.objects.values_list("method").annotate(Count("id"), Sum("amount"))
    found = {method: (count, cents(amount)) for method, count, amount in ours}
    for method, expected in known["payments"].items():
        yield Check(
            f"{method}: payments, cents", found.get(method), (expected["rows"], cents(expected["value"]))
        )


def _reconciliation(known: dict) -> Iterator[Check]:
    """Orders that have both lines and payments: what was ordered against what was paid."""
    orders = Order.objects.filter(Exists(OrderLine.objects.filter(order=OuterRef("pk"))))
    pairs = orders.annotate(paid=Sum("payments__amount")).exclude(paid=None).values_list("amount", "paid")
    found = [(cents(amount), cents(paid)) for amount, paid in pairs]
    differences = [abs(paid - amount) for amount, paid in found]
    yield Check("orders with lines and payments", len(found), known["orders_with_both"])
    yield Check("reconciled exactly", sum(d == 0 for d in differences), known["exact"])
    yield Check("within one cent", sum(d <= 1 for d in differences), known["within_1_cent"])
    yield Check("largest difference, cents", max(differences), known["max_abs_diff"])
    yield Check("ordered, cents", _all_ordered(), known["items_total"])
    yield Check("paid, cents", _all_paid(), known["payments_total"])


def _all_ordered() -> int:
    return cents(Order.objects.aggregate(all=Sum("amount"))["all"])


def _all_paid() -> int:
    return cents(OrderPayment.objects.aggregate(all=Sum("amount"))["all"])
