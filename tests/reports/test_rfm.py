"""RFM classes and the movement between two dates."""

import datetime as dt
import io
import random
from collections import Counter

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from reports.queries import rfm
from tags.models_of.rfm import Bounds, Rfm
from tags.queries import rfm as scoring
from tests import factories
from tests.factories import NOW

EARLIER = NOW - dt.timedelta(days=60)
FIXED = Rfm(bounds=Bounds(30, 1, 100))


@pytest.fixture
def app(nodes):
    return factories.channel(organization=nodes["g"])


@pytest.fixture
def company(app):
    dice = random.Random(7)
    for _ in range(40):
        account = factories.account(channel=app)
        for _ in range(dice.randrange(4)):
            days = dice.randrange(120)
            order = factories.order(
                account=account, amount=dice.randrange(10, 300), at=NOW - dt.timedelta(days=days)
            )
            if dice.random() < 0.2:
                factories.returned(
                    order=order, amount=order.amount, at=order.occurred_at + dt.timedelta(days=3)
                )


def test_by_hand(nodes, app):
    good, small, gone = (factories.account(channel=app) for _ in range(3))
    factories.account(channel=app)
    for amount in ("150", "60"):
        factories.order(account=good, amount=amount)
    factories.order(account=small, amount="40")
    factories.returned(order=factories.order(account=gone, amount="500"), amount="500")

    found = rfm.report(node=nodes["g"], as_of=NOW, model=FIXED)

    assert {c.code: (c.buyers, c.value) for c in found.classes if c.buyers} == {
        "important_value": (1, 210), "general_development": (1, 40)
    }  # fmt: skip
    assert (found.buyers, found.value) == (2, 250)
    champions = found.tables()[0].rows[-1]
    assert champions[:6] == ("Important value (champions)", "重要价值", 1, 0.5, 210, 0.84)


@pytest.mark.requirement("REP-047")
def test_eight_classes_sum_to_all_buyers_and_the_movement_has_equal_row_and_column_sums(nodes, company):
    before, now = (rfm.report(node=nodes["g"], as_of=day) for day in (EARLIER, NOW))
    moved = rfm.movement(node=nodes["g"], earlier=EARLIER, later=NOW)

    assert len(now.classes) == 8
    assert now.buyers == len(scoring.scores(node=nodes["g"], as_of=NOW)) > 0
    assert {c.code: moved.row(c.code) for c in before.classes} == {c.code: c.buyers for c in before.classes}
    assert {c.code: moved.column(c.code) for c in now.classes} == {c.code: c.buyers for c in now.classes}
    assert sum(moved.row(code) for code in moved.codes) == sum(moved.column(code) for code in moved.codes)
    total = moved.tables()[0].total
    assert sum(total[1:-1]) == total[-1] == sum(moved.cells.values())


def test_movement_against_plain_python(nodes, company):
    earlier, later = (
        {score.member: score.code for score in scoring.scores(node=nodes["g"], as_of=day, model=FIXED)}
        for day in (EARLIER, NOW)
    )
    moved = rfm.movement(node=nodes["g"], earlier=EARLIER, later=NOW, model=FIXED)
    expected = Counter((earlier.get(m, "none"), later.get(m, "none")) for m in earlier.keys() | later.keys())
    assert moved.cells == dict(expected)


def test_the_page_and_its_export_tell_who_moved(client, nodes, company, time_machine):
    time_machine.move_to(NOW, tick=False)
    client.force_login(factories.staff(organization=nodes["g"], permissions="members.view_reports"))
    page = client.get(reverse("admin:report_rfm"), {"since": "30", "fresh": "1"})
    moved = rfm.movement(node=nodes["g"], earlier=NOW - dt.timedelta(days=30), later=NOW)
    classes, shown = page.context["tables"]
    assert shown["title"] == "Movement between classes"
    assert [cell["text"] for cell in shown["total"][1:-1]] == [
        str(moved.column(code)) for code in moved.codes
    ]
    assert "16 Dec" in shown["notes"][0]
    assert len(classes["rows"]) == 8
    book = load_workbook(io.BytesIO(client.get(reverse("admin:report_rfm"), {"export": "xlsx"}).content))
    assert len(book.sheetnames) == 2


def test_without_buyers_everything_is_zero(nodes):
    found = rfm.report(node=nodes["g"], as_of=NOW)
    assert (found.buyers, found.value, found.tables()[0].rows[0][3]) == (0, 0, None)
    assert rfm.movement(node=nodes["g"], earlier=EARLIER, later=NOW).cells == {}
