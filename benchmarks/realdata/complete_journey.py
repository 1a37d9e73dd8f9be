"""The Complete Journey, half of its households: a year of baskets, to the cent, RFM classes and who the best customers are."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from django.db.models import Sum

from benchmarks import house
from benchmarks.realdata import classes, forecasts, portraits, states
from benchmarks.realdata.checks import Check, cents, reference
from members.models import Member, Order, OrderLine, OrderPayment

FOLDER = "complete_journey_dev_half"
AS_OF = "2018-01-01"
CHANNEL = "till"
COLUMNS = (
    "household_id", "basket_id", "product_id", "quantity", "sales_value", "retail_disc", "coupon_disc",
    "coupon_match_disc", "transaction_timestamp",
)  # fmt: skip


def prepare() -> None:
    house.build(channels=[CHANNEL])


def records(*, folder: Path) -> Iterator[dict]:
    """A basket is an order. The retailer's discounts are the lines'; a manufacturer's coupon pays a part."""
    seen, labels = set(), portraits.told(folder)
    for basket, lines in groupby(_sold(folder), key=lambda row: row["basket_id"]):
        order = _order(basket=basket, sold=list(lines))
        if order["account"] not in seen:
            seen.add(order["account"])
            yield {
                "type": "account",
                "channel": CHANNEL,
                "external_id": order["account"],
                "occurred_at": order["occurred_at"],
                "tags": labels.get(order["account"], []),
            }
        yield order


def _sold(folder: Path) -> list[dict]:
    from pyarrow import parquet

    table = parquet.read_table(folder / "transactions.parquet", columns=list(COLUMNS))
    return table.sort_by([("basket_id", "ascending"), ("transaction_timestamp", "ascending")]).to_pylist()


def _order(*, basket: int, sold: list[dict]) -> dict:
    paid = sum((_money(row["sales_value"]) for row in sold), Decimal())
    coupons = sum((_money(row["coupon_disc"]) for row in sold), Decimal())
    return {
        "type": "order",
        "channel": CHANNEL,
        "external_id": str(basket),
        "account": str(sold[0]["household_id"]),
        "occurred_at": f"{max(row['transaction_timestamp'] for row in sold):%Y-%m-%dT%H:%M:%S}+08:00",
        "status": "completed",
        "currency": "USD",
        "lines": [_line(number=number, row=row) for number, row in enumerate(sold, start=1)],
        "payments": [
            {"method": "till", "amount": str(paid - coupons)},
            *([{"method": "coupon", "amount": str(coupons)}] if coupons else []),
        ],
    }


def _line(*, number: int, row: dict) -> dict:
    return {
        "line": number,
        "sku": str(row["product_id"]),
        "quantity": str(row["quantity"]),
        "discount": str(_money(row["retail_disc"]) + _money(row["coupon_match_disc"])),
        "amount": str(_money(row["sales_value"])),
    }


def _money(value: float) -> Decimal:
    return Decimal(round(value * 100)).scaleb(-2)


def checks(*, folder: Path) -> Iterator[Check]:
    known = reference(folder)
    totals = known["transactions"]
    yield Check("baskets", Order.objects.count(), totals["baskets"])
    yield Check("lines", OrderLine.objects.count(), known["rows"]["transactions"])
    yield Check("households", Member.objects.active().count(), known["households"]["with_transactions"])
    sums = OrderLine.objects.aggregate(sales=Sum("amount"), discounts=Sum("discount"))
    yield Check("sales, cents", cents(sums["sales"]), cents(totals["sales_value"]))
    own_discounts = cents(totals["retail_disc"]) + cents(totals["coupon_match_disc"])
    yield Check("retailer's discounts, cents", cents(sums["discounts"]), own_discounts)
    coupons = OrderPayment.objects.filter(method="coupon")
    yield Check(
        "coupons, cents", cents(coupons.aggregate(all=Sum("amount"))["all"]), cents(totals["coupon_disc"])
    )
    yield Check("baskets with a coupon", coupons.count(), totals["baskets_with_coupon_disc"])
    yield from _classes(known["rfm"]["segments"])
    yield from portraits.checks(folder=folder, channel=CHANNEL)
    yield from states.checks(as_of="2017-09-30", earlier="2017-06-30")
    yield from forecasts.chances(as_of=date(2017, 12, 31), buy=30, churn=30)


def _classes(segments: dict) -> Iterator[Check]:
    ours = classes.by_account(as_of=AS_OF, frequency="orders")
    spent = Order.objects.values_list("account__external_id").annotate(all=Sum("amount"))
    sales: dict[str, Decimal] = defaultdict(Decimal)
    for account, amount in spent:
        sales[ours.get(account, "none")] += amount
    counts = Counter(ours.values())
    for code, segment in segments.items():
        yield Check(f"RFM {code}: households", counts[code], segment["households"])
        yield Check(f"RFM {code}: sales, cents", cents(sales[code]), cents(segment["sales"]))
