"""CDNOW: 69,659 purchases of 23,570 customers; the RFM class of each of them on 1 July 1998."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from django.db.models import Sum

from benchmarks import house
from benchmarks.realdata import classes, forecasts, rows, states
from benchmarks.realdata.checks import Check, cents, reference
from members.models import Order

FOLDER = "cdnow"
AS_OF = "1998-07-01"


def prepare() -> None:
    house.build(channels=["cdnow"])


def records(*, folder: Path) -> Iterator[dict]:
    seen = set()
    for number, row in enumerate(rows.read(folder / "cdnow_master.csv.gz"), start=1):
        occurred_at = f"{datetime.strptime(row['date'], '%Y%m%d'):%Y-%m-%d}T12:00:00+08:00"  # noqa: DTZ007
        account = str(int(row["customer_id"]))
        if account not in seen:
            seen.add(account)
            yield {"type": "account", "channel": "cdnow", "external_id": account, "occurred_at": occurred_at}
        yield {
            "type": "order",
            "channel": "cdnow",
            "external_id": f"O-{number}",
            "account": account,
            "occurred_at": occurred_at,
            "status": "completed",
            "currency": "USD",
            "lines": [
                {"line": 1, "sku": "CD", "quantity": row["number_of_cds"], "amount": row["dollar_value"]}
            ],
        }


def checks(*, folder: Path) -> Iterator[Check]:
    known = reference(folder)["rfm_master"]
    yield Check("orders", Order.objects.count(), known["rows"])
    yield Check(
        "total, cents", cents(Order.objects.aggregate(all=Sum("amount"))["all"]), cents(known["total_spend"])
    )
    theirs = {str(int(row["customer_id"])): row["seg"] for row in rows.read(folder / "reference_rfm.csv.gz")}
    ours = classes.by_account(as_of=AS_OF, frequency="order_days")
    yield Check("customers with a class", len(ours), known["customers"])
    agreeing = sum(ours.get(account) == code for account, code in theirs.items())
    yield Check("customers whose class agrees", agreeing, len(theirs))
    counts = Counter(ours.values())
    for name, segment in known["segments"].items():
        yield Check(name, counts[segment["code_RFM"]], segment["customers"])
    yield from states.checks(as_of="1997-09-30", earlier="1997-06-30")
    yield from forecasts.published(folder=folder, known=reference(folder))
    yield from forecasts.chances(as_of=date(1998, 6, 30), buy=90, churn=90)
