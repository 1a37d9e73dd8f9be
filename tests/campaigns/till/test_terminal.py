"""What the terminal says to a cashier who never saw it: which price, whose, of which sale, and what to do next."""

import datetime as dt

import pytest

from campaigns.models import TillOperation
from members.models import Order
from tests.api import callers
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import cashiers
from tests.campaigns.till.cashiers import Cashier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cashier(live_server, pos, nodes, tmp_path):
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),), starts_at=NOW)
    callers.person(channel=pos, phone="+8613812341234", name="王小明")
    key = callers.secret(channel=pos, scopes="query value", organization=nodes["s1"])
    clock = lambda: dt.datetime.now(dt.UTC)  # noqa: E731
    found = Cashier(url=live_server.url, key=key, journal=tmp_path / "till.jsonl", clock=clock)
    yield found
    found.goes()


def test_list_prices_are_not_called_prices_by_rules(cashier):
    said = cashier.types("cable out", "scan S1 300.00", "quote")
    assert "total 300.00 CNY at list prices" in said
    assert "no rules are kept" in said


def test_a_member_without_an_allowance_is_told_to_pay_as_a_guest(cashier):
    said = cashier.types("look phone 13812341234", "rules", "cable out", "scan S1 300.00", "quote")
    assert "total 250.00 CNY, 50.00 less by the rules kept here" in said
    assert "! the rules do not tell of this member: he pays as a guest, and the sale is his" in said
    assert "as a guest" not in cashier.types("cancel", "scan S1 300.00", "quote")


def test_with_the_cable_out_it_is_said_how_to_get_a_line(cashier):
    assert "(the cable is out): `cable in` first" in cashier.types("cable out", "rules")


def test_verdicts_and_the_journal_name_sales_and_returns(cashier):
    cashier.types("rules", "cable out", "scan S1 300.00", "quote", "pay cash")
    number = cashier.number
    cashier.types("commit", "return N9 1=1")
    assert f": {number}, waits" in cashier.types("journal")
    said = cashier.types("cable in")
    assert f"   {number}: taken in\n" in said
    assert " of N9: kept, it waits: It waits for the sale N9." in said


def test_what_happened_under_a_key_is_told_in_words(cashier):
    cashier.types("scan S1 300.00", "quote", "pay cash")
    number = cashier.number
    cashier.types("commit")
    key = TillOperation.objects.get(verb="commit").key
    said = cashier.types(f"happened {key}")
    assert said.rstrip().endswith(f": commit, {number}, committed, 250.00")


def test_a_sale_that_may_be_sold_already_is_not_changed(cashier):
    cashier.types("scan S1 300.00", "quote", "pay cash")
    cashier.line.after = cashiers.cut("/commit")
    assert "It may have happened or not" in cashier.types("commit")
    for word in ("scan S2 5.00", "remove 1", "coupon auto", "guest"):
        assert "! it may be sold already: `cable in` asks" in cashier.types(word)
    said = cashier.types("cable in")
    assert "it happened: committed" in said
    assert "1. S2" in cashier.types("scan S2 5.00")


def test_a_sale_in_doubt_that_was_sold_after_all_tells_what_to_settle(cashier):
    cashier.types("scan S1 300.00", "quote", "pay cash")
    cashier.line.after = cashiers.cut("/commit")
    cashier.types("commit")
    cashier.line.after = cashiers.cut("quotes")
    number = cashier.number
    assert "250.00 are paid, and 300.00 are due" in cashier.types("commit")
    assert f"{number}: 300.00, written down" in cashier.types("quote", "pay cash", "commit")
    said = cashier.types("cable in")
    assert f"{number}: taken in, with a difference" in said
    assert "The till took 300.00 for it, and the house had sold it for 250.00: settle the rest." in said
    assert Order.objects.get().amount == 250


def test_no_line_is_said_once(cashier):
    cashier.types("scan S1 300.00", "quote", "pay cash")
    cashier.line.after = cashiers.cut("/commit", 99)
    cashier.types("commit", "commit")
    cashier.line.before = cashiers.cut("", 99)
    assert cashier.types("cable in").count("no line to the house") == 1


def test_a_book_that_nobody_knows_is_named_in_words(cashier):
    said = cashier.types("look phone 13812341234", "allow nosuch 5.00")
    assert "! There is no book “nosuch” at your key's organization or above it." in said
