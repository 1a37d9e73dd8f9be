"""What offers cost, dealer by dealer and payer by payer, to the cent of the ledger."""

import datetime as dt
import io
import uuid
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.actions import budgets
from campaigns.models import StoreCharge, UploadedItem
from members.actions import holds
from reports import export
from reports.queries import settlement
from tests import factories
from tests.campaigns import offering, pots
from tests.campaigns.pots import MINUTE, NOW

pytestmark = pytest.mark.django_db
START, UNTIL = NOW - dt.timedelta(days=10), NOW + dt.timedelta(days=10)
POSTED = """
SELECT coalesce(-sum(e.amount), 0)::bigint FROM members_entry e JOIN members_wallet w ON w.id = e.wallet_id
JOIN members_posting p ON p.id = e.posting_id
WHERE w.pot LIKE 'budget:%%' AND p.verb IN ('hold', 'commit', 'release', 'reverse')
"""


def sold(key: str, *costs, at, now=NOW, back: dict[str, int] = {}, done: bool = True):  # noqa: B006
    """``costs``: (budget, offer, steps); ``back``: {offer: steps} that came back a minute later."""
    told = [budgets.Cost(*cost) for cost in costs]
    budgets.hold(costs=told, key=key, until=now + MINUTE, now=now, cause=key, organization=at)
    (holds.commit if done else holds.cancel)(key=key, now=now)
    for offer, steps in back.items():
        budgets.give_back(hold=key, offer=offer, steps=steps, key=f"{key}-back", now=now + MINUTE)


def report(node, start=START, until=UNTIL):
    return settlement.report(node=node, as_of=UNTIL, start=start, until=until)


def lines(found):
    return [
        (each.activity, each.dealer.code, each.payer.code, each.drawn, each.back, each.net)
        for each in found.lines
    ]


def posted() -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(POSTED)
        return Decimal(cursor.fetchone()[0]) / 100


@pytest.fixture
def shared(nodes):
    """A brand that pays two thirds of its dealers' offers."""
    brand, dealer = (pots.budget(organization=nodes[code], amount=1_000) for code in ("b1", "d1"))
    offering.published(organization=nodes["b1"], code="SUMMER", offers=(offering.off(),))
    return brand, dealer


def test_an_offer_that_two_pay_is_told_for_each_with_its_share(nodes, shared):
    brand, dealer = shared
    sold(
        "A", (brand, "SUMMER-1", 3_334), (dealer, "SUMMER-1", 1_666), at=nodes["s1"], back={"SUMMER-1": 1_500}
    )
    sold("B", (brand, "SUMMER-2", 1_000), at=nodes["s2"])
    sold("C", (dealer, "SUMMER-1", 700), at=nodes["s1"], done=False)

    found = report(nodes["d1"])

    assert lines(found) == [
        ("SUMMER", "d1", "b1", Decimal("43.34"), Decimal("10.00"), Decimal("33.34")),
        ("SUMMER", "d1", "d1", Decimal("16.66"), Decimal("5.00"), Decimal("11.66")),
    ]
    assert [round(each.share, 4) for each in found.lines] == [0.7409, 0.2591]
    assert found.owed(currency="CNY") == {(nodes["b1"], nodes["d1"]): Decimal("33.34")}
    assert found.net(currency="CNY") == posted() == Decimal("45.00")


def test_each_part_counts_when_it_happened(nodes, shared):
    brand, _dealer = shared
    sold("A", (brand, "SUMMER-1", 5_000), at=nodes["s1"], back={"SUMMER-1": 2_000})

    assert lines(report(nodes["g"], until=NOW + MINUTE))[0][3:] == (Decimal(50), Decimal(0), Decimal(50))
    assert lines(report(nodes["g"], start=NOW + MINUTE))[0][3:] == (Decimal(0), Decimal(20), Decimal(-20))
    assert lines(report(nodes["g"], until=NOW)) == []


def test_who_pays_elsewhere_sees_what_it_paid_and_nothing_of_others(nodes, shared):
    brand, dealer = shared
    sold("A", (brand, "SUMMER-1", 4_000), (dealer, "SUMMER-1", 1_000), at=nodes["s3"])

    found = report(nodes["d1"])

    assert lines(found) == [("SUMMER", "d2", "d1", Decimal(10), Decimal(0), Decimal(10))]
    assert [each.share for each in found.lines] == [None]
    assert report(nodes["b2"]).lines == []
    assert len(report(nodes["d2"]).lines) == 2


def test_a_store_of_its_own_owes_its_dealer_nothing(nodes):
    store = pots.budget(organization=nodes["s1"], amount=100)
    sold("A", (store, "coupon:TEN", 500), at=nodes["s2"])

    found = report(nodes["g"])

    assert [(each.activity, each.own) for each in found.lines] == [("coupon TEN", True)]
    assert found.owed(currency="CNY") == {}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sales=st.lists(
        st.tuples(
            st.sampled_from(["s1", "s2", "s3"]), st.integers(1, 9_999), st.integers(0, 10_000), st.integers(0, 100)
        ),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_the_sums_are_those_of_the_ledger(db, sales):
    from django.db import transaction

    with transaction.atomic():
        nodes = {each.code: each for each in settlement.Organization.objects.all()} or factories.tree()
        paying = [pots.budget(organization=nodes[code], amount=1_000) for code in ("b1", "d1")]
        for number, (store, steps, first, back) in enumerate(sales):
            parts = [steps * first // 10_000, steps - steps * first // 10_000]
            costs = [(budget, "X-1", part) for budget, part in zip(paying, parts, strict=True) if part]
            sold(str(number), *costs, at=nodes[store], back={"X-1": steps * back // 100} if steps * back // 100 else {})  # fmt: skip
        assert report(nodes["g"]).net(currency="CNY") == posted()
        dealers = sum(
            (
                each.net
                for code in ("d1", "d2")
                for each in report(nodes[code]).lines
                if each.dealer.code == code
            ),
            Decimal(),
        )
        assert dealers == posted()
        transaction.set_rollback(True)


def test_the_page_shows_a_month_and_exports_it(client, nodes, shared, monkeypatch):
    brand, dealer = shared
    sold("A", (brand, "SUMMER-1", 3_000), (dealer, "SUMMER-1", 1_000), at=nodes["s1"])
    client.force_login(factories.staff(organization=nodes["d1"], permissions="members.view_reports"))
    page = reverse("admin:report_settlement")
    asked = {"month": f"{NOW:%Y-%m}"}
    if f"{NOW:%Y-%m}" not in {value for value, _label in client.get(page).context["option"].choices}:
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + dt.timedelta(days=20))

    shown = client.get(page, asked)
    first, second = shown.context["tables"]
    assert [cell["text"] for cell in first["total"]][-1] == "40.00"
    assert [cell["text"] for cell in second["rows"][0]] == [nodes["b1"].name, nodes["d1"].name, "30.00"]
    book = openpyxl.load_workbook(io.BytesIO(client.get(page, asked | {"export": "xlsx"}).content))
    assert book.worksheets[0].cell(row=2, column=8).value == Decimal("30")
    assert "10" in client.get(page, asked | {"export": "csv-0"}).content.decode()
    empty = client.get(page, {"month": "1999-01"})
    assert empty.status_code == 200


@pytest.fixture
def charged(nodes):
    """What stores gave without a line, of two items."""

    def charge(store, amount, *, kind="cap", what="SUMMER-1", at=NOW, currency="CNY"):
        number = UploadedItem.objects.count()
        item = UploadedItem.objects.create(
            channel=factories.channel(organization=nodes[store], code=f"pos-{number}"), node=nodes[store],
            store=nodes[store], key="k", content=uuid.uuid4(), state="refused", code="c", received_at=at, tried_at=at,
        )  # fmt: skip
        StoreCharge.objects.create(
            item=item, store=nodes[store], kind=kind, what=what, amount=amount, currency=currency, at=at
        )

    return charge


def test_offers_are_called_by_their_names_and_yen_have_no_parts(nodes, charged):
    offering.published(
        organization=nodes["g"], code="SUMMER", offers=(offering.off() | {"name": "50 off 300"},)
    )
    charged("s1", 5_000, currency="JPY")
    table = report(nodes["b1"]).tables()[-1]
    assert [row[2] for row in table.rows] == ["50 off 300 · SUMMER-1"]
    assert table.columns[-1].kind == "count"
    assert export.shown(table.rows[0][-1], table.columns[-1].kind) == "5,000"


def test_what_nobody_else_pays_for_stands_with_the_store_that_gave_it(nodes, charged):
    charged("s1", 5_000)
    charged("s1", 2_050)
    charged("s2", 100, kind="coupon", what="C1")
    charged("s4", 9_900)
    charged("s1", 7_700, at=UNTIL)
    table = report(nodes["b1"]).tables()[-1]
    assert table.title == "Charged to stores in CNY"
    assert table.rows == [
        ("S1", "offer used up", "SUMMER-1", Decimal("70.50")),
        ("S2", "coupon used up", "C1", Decimal("1.00")),
    ]
    assert table.total[-1] == Decimal("71.50")
    assert [each.title for each in report(nodes["s3"]).tables()] == [
        "Costs of offers in any currency", "Owed to others in any currency",
    ]  # fmt: skip
