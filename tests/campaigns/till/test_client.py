"""The reference till against a live server: sold with the line and without it, cut off, killed, told clearly what is wrong."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from django.conf import settings

from campaigns.models import SpendAllowance, TillOrder, TillReturn, UploadedItem
from campaigns.till.journal import InUse, Journal
from members.actions import points
from members.models import Order
from tests.api import callers
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import cashiers
from tests.campaigns.till.cashiers import Cashier
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = dt.timedelta(hours=1)
SELL = ("scan S1 300.00", "quote", "pay cash")


@pytest.fixture
def summer(nodes, pos):
    return offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),), starts_at=NOW)


@pytest.fixture
def key(pos, nodes):
    return callers.secret(channel=pos, scopes="query value", organization=nodes["s1"])


@pytest.fixture
def anna(pos, nodes):
    member = callers.person(channel=pos, phone="+8613812341234", name="王小明")
    book = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    points.earn(account=member.accounts.get(), book=book, amount=100, key="top-up", now=NOW)
    return member


@pytest.fixture
def till(live_server, key, tmp_path, summer):
    """Makes a till, or the same one after it went down."""
    open_ = []

    def made(**more) -> Cashier:
        for each in open_:
            each.goes()
        clock = more.pop("clock", lambda: dt.datetime.now(dt.UTC))
        given = {"url": live_server.url, "key": key, "journal": tmp_path / "till.jsonl"}
        open_.append(Cashier(clock=clock, **given | more))
        return open_[-1]

    yield made
    for each in open_:
        each.goes()


def test_a_sale_with_the_line_to_the_last_return(till, anna):
    cashier = till(cashier="Li")
    assert "王**" in cashier.types("look phone 13812341234")
    assert "→ 5000 off: 1.00 more → 50.00 off" in cashier.types("scan S1 299.00", "quote")
    said = cashier.types("remove 1", "scan S1 300.00 1 category=shoes", "quote")
    assert "✓ 5000 off: 50.00 off" in said
    assert "total 250.00 CNY, 50.00 less" in said
    number = cashier.number
    assert "250.00, due 200.00" in cashier.types("pay with card 50.00", "hold 5")
    assert "held" in cashier.types("scan S2 1.00")
    assert f"{number}: 250.00, sold." in cashier.types("pay cash", "commit")
    order = Order.objects.get(external_id=number)
    assert sorted(order.payments.values_list("method", "amount")) == [("book:card", 50), ("cash", 200)]
    assert (order.account.member, order.cashier) == (anna, "Li")
    assert cashier.number != number
    assert "250.00 back" in cashier.types(f"return {number} 1=1 reason=faulty")
    assert TillReturn.objects.get().reason == "faulty"
    assert "0 can still come back" in cashier.types(f"return {number} 1=1")


def test_the_cable_out_and_in(till, anna):
    cashier = till()
    cashier.types("look phone 13812341234")
    assert "may be taken offline" in cashier.types("allow card 60.00")
    assert "1 offers of s1, signed" in cashier.types("rules")
    assert "rules kept here" in cashier.types("cable out", "scan S1 300.00", "pay with card 40.00", "quote")
    first = cashier.number
    assert "written down here" in cashier.types("pay cash", "commit")
    assert "written down here" in cashier.types(f"return {first} 1=1")
    cashier.types("scan S9 100.00", "quote", "pay cash")
    assert "100.00, written down" in cashier.types("commit")
    assert Order.objects.count() == 0
    said = cashier.types("cable in")
    assert said.count("taken in") == 3
    assert sorted(Order.objects.values_list("amount", flat=True)) == [100, 250]
    assert TillReturn.objects.get().total == 25_000
    assert SpendAllowance.objects.get().spent == 40
    assert "Nothing waits" in cashier.types("upload")
    assert "Nothing waits" in cashier.types("journal")


def test_more_than_an_allowance_gives_is_refused_by_the_till(till, anna):
    cashier = till()
    cashier.types("look phone 13812341234", "allow card 60.00", "rules", "cable out")
    said = cashier.types("scan S1 300.00", "pay with card 60.01", "quote", "pay cash", "commit")
    assert "without the line, card pays 60.00 here" in said
    cashier.types("cancel", "scan S1 300.00", "pay with card 60.00", "quote", "pay cash")
    assert "pays nothing here" in cashier.types("commit")  # a guest, after the first was cancelled


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("scan S1 300.00", "quote", "pay cash 250.00", "pay cash 0", "commit"), "amount"),
        (("return N1 1=1 reason=he-was-angry!",), "reason"), (("return N1 1=0",), "quantity"),
        (("scan S1 300.00 99999999999", "quote"), "quantity"), ((f"scan {'S' * 101} 1.00", "quote"), "sku"),
    ],
)  # fmt: skip
def test_what_the_house_could_not_read_is_not_written_down(till, typed, said):
    cashier = till()
    cashier.types("rules", "cable out")
    told = cashier.types(*typed)
    assert "! $" in told
    assert said in told
    assert not cashier.journal.waiting


def test_rules_that_are_over_or_were_changed_price_nothing(till, tmp_path):
    moment = [dt.datetime.now(dt.UTC)]
    cashier = till(clock=lambda: moment[0])
    cashier.types("rules", "cable out")
    assert "total 250.00" in cashier.types("scan S1 300.00", "quote")
    moment[0] += 25 * HOUR
    said = cashier.types("quote")
    assert "total 300.00" in said
    assert "these are list prices" in said
    moment[0] -= 25 * HOUR
    cashier.goes()
    file = tmp_path / "till.jsonl"
    file.write_text(file.read_text().replace('"value": "eyJ', '"value": "eyK'))
    cashier = till()
    cashier.line.plugged = False
    assert "these are list prices" in cashier.types("quote")
    assert "300.00, written down" in cashier.types("pay cash", "commit")
    assert "taken in" in cashier.types("cable in")


def test_an_answer_that_is_lost_once_is_asked_for_again(till):
    cashier = till()
    cashier.types(*SELL)
    cashier.line.after = cashiers.cut("/commit", times=1)
    assert "250.00, sold." in cashier.types("commit")
    assert Order.objects.count() == 1


@pytest.mark.parametrize("reached", [True, False])
def test_a_line_cut_in_mid_commit_leaves_it_in_doubt_and_then_clear(till, reached):
    cashier = till()
    cashier.types("rules", *SELL)
    number = cashier.number
    if reached:
        cashier.line.after = cashiers.cut("/commit")
    else:
        cashier.line.before = cashiers.cut("/commit")
    assert "It may have happened or not" in cashier.types("commit")
    cashier.line.after = cashier.line.before = lambda method, path: None
    said = cashier.types("cable in")
    assert ("it happened: committed" if reached else "nothing happened: do it again") in said
    assert cashier.number != number if reached else cashier.number == number
    if not reached:
        assert "250.00, sold." in cashier.types("commit")
    assert list(Order.objects.values_list("external_id", flat=True)) == [number]


@pytest.mark.parametrize("reached", [True, False])
def test_in_doubt_it_is_written_down_and_counts_once(till, reached):
    cashier = till()
    cashier.types("rules", *SELL)
    number = cashier.number
    lost = cashiers.cut("/commit")
    cashier.line.after, cashier.line.before = (lost, lambda *_: None) if reached else (lambda *_: None, lost)
    cashier.types("commit", "cable out")
    assert "written down here" in cashier.types("commit")
    cashier.line.after = cashier.line.before = lambda method, path: None
    said = cashier.types("cable in")
    assert "taken in" in said
    assert ("had been committed before the line was cut" in said) == reached
    assert list(Order.objects.values_list("external_id", "amount")) == [(number, 250)]


@pytest.mark.parametrize(("when", "happened"), [("before", False), ("after", True)])
def test_a_till_that_is_killed_in_mid_commit_asks_first(till, when, happened):
    cashier = till()
    cashier.types(*SELL)
    number = cashier.number
    setattr(cashier.line, when, cashiers.killed("/commit"))
    with pytest.raises(cashiers.Killed):
        cashier.types("commit")
    assert Order.objects.count() == happened
    again = till()
    assert again.number == number
    again.terminal.recover()
    assert ("it happened: committed" if happened else "nothing happened") in again.out.getvalue()
    if not happened:
        assert "250.00, sold." in again.types("commit")
    assert list(Order.objects.values_list("external_id", flat=True)) == [number]
    assert again.journal.pending == {}


def test_a_till_that_is_killed_without_a_line_forgets_no_sale(till):
    cashier = till()
    cashier.types("rules", "cable out", *SELL, "commit", "scan S2 10.00")
    again = till()
    assert [line.sku for line in again.register.sale.lines] == ["S2"]
    assert "250.00" in again.types("remove 1", "scan S1 300", "quote")
    assert "taken in" in again.types("upload")
    assert Order.objects.count() == 1


def test_what_the_house_refuses_is_told_and_kept(till):
    cashier = till()
    cashier.types("rules", "cable out", "return NO-SUCH 1=1")
    assert "kept, it waits: It waits for the sale NO-SUCH" in cashier.types("cable in")
    assert "NO-SUCH, waits" in cashier.types("journal")
    assert "kept, it waits" in cashier.types("upload")
    assert UploadedItem.objects.get().tries == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("dance", "“dance” is not a word of mine"), ("scan S1", "it goes like this: scan SKU PRICE"),
        ("scan S1 x", "“x” is not an amount of CNY"), ("scan S1 1.999", "has 3 digits after the point"),
        ("scan S1 1.00 0", "the quantity is 0"), ("scan S1 -1", "is not an amount"), ("quote", "nothing is scanned"),
        ("commit", "nothing is scanned"), ("pay", "it goes like this: pay cash"), ("remove 7", "there are none"),
        ("pay cash", "it is not known yet what is due"), ("look name X", "it goes like this: look phone"),
        ("look phone 139 0000 0000", "Nobody is known by that"), ("look phone abc", "!"),
        ("return N1", "it goes like this: return SALE"), ("return N1 one=1", "it goes like this"),
        ("return NO 1=1", "There is no sale of the number NO here"), ("cable", "it goes like this: cable out"),
        ("happened no-such-key", "Nothing happened."), ("allow card 5", "nobody is looked up"),
        ('scan "S1', "close the quotation marks"), ("help", "pull the network cable"), ("status", "not priced yet"),
    ],
)  # fmt: skip
def test_wrong_words_are_told_clearly(till, typed, said):
    assert said in till().types(typed)


def test_wrong_money_is_told_and_can_be_paid_anew(till):
    cashier = till()
    said = cashier.types("scan S1 300.00", "pay cash 100.00", "commit")
    assert "100.00 are paid, and 250.00 are due." in said
    assert "250.00, sold." in cashier.types("quote", "pay cash", "commit")


def test_a_price_that_changed_is_told(till, summer):
    cashier = till()
    cashier.types(*SELL)
    offering.activities.stop(
        version=summer, reason="wrong", by=offering.approver(), now=dt.datetime.now(dt.UTC)
    )
    assert "The price has changed since it was quoted" in cashier.types("commit")
    assert TillOrder.objects.count() == 0


def test_one_file_is_one_tills(till, tmp_path):
    till()
    with pytest.raises(InUse, match="another till's"):
        Journal(tmp_path / "till.jsonl")


def test_a_line_that_a_crash_cut_in_two_is_left_out(tmp_path):
    place = tmp_path / "till.jsonl"
    journal = Journal(place)
    journal.offline({"key": "a", "order": "N1"})
    journal.close()
    with place.open("ab") as file:
        file.write(b'{"entry": "offline", "item": {"key": "b"')
    journal = Journal(place)
    assert list(journal.waiting) == ["a"]
    journal.offline({"key": "c", "order": "N2"})
    journal.close()
    journal = Journal(place)
    assert list(journal.waiting) == ["a", "c"]
    journal.close()


def run(script: str, *words: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "campaigns.till", *words], input=script, capture_output=True, text=True, check=False,
        cwd=settings.BASE_DIR, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def test_a_session_from_a_file(live_server, key, summer, tmp_path):
    script = "scan S1 300\nquote\npay cash\ncommit\nrules\ncable out\nscan S1 300\nquote\npay cash\ncommit\ncable in\nquit\n"
    words = ("--url", live_server.url, "--store", "s1", "--journal", str(tmp_path / "t.jsonl"))
    done = run(script, *words, TILL_API_KEY=key)
    assert (done.returncode, done.stderr) == (0, "")
    assert "250.00, sold." in done.stdout
    assert "total 250.00 CNY, 50.00 less by the rules kept here" in done.stdout
    assert ": taken in" in done.stdout
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--store", "s1"), "without a key the house tells nothing"),
        (("--store", "s1", "--key", "k", "--url", "ftp://x"), "is no address of a house"),
        ((), "--store"),
    ],
)
def test_a_till_that_cannot_begin_says_why(words, said):
    done = run("", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_no_house_is_told(tmp_path):
    words = ("--url", "http://127.0.0.1:1", "--store", "s1", "--key", "k", "--journal", str(tmp_path / "j"))
    done = run("look phone 13800138000\nscan S1 10\nquote\n", *words)
    assert "no line to the house" in done.stdout
    assert "these are list prices" in done.stdout
