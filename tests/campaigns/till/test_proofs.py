"""Proofs of prices: what holds goes on holding, and whatever is changed behind the house's back is found and named."""

import datetime as dt
import io

import msgspec
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from campaigns.actions.till import proving
from campaigns.models import PriceProof, ProofChain, RuleSet, TillOrder
from campaigns.offers import reading
from campaigns.queries.till import priced_again, proofs
from members import sets
from members.actions import erasure
from members.models import MemberProfile
from tags.models import MemberTags, TagValue
from tests import factories
from tests.campaigns import offering, vouchers
from tests.campaigns.offering import DAY, NOW, off
from tests.campaigns.till import offline
from tests.campaigns.till.pricing import basket, clock, till
from tests.connections import at_once

CHAIN = "s1 · 2026-01-15 · proof"


@pytest.fixture
def till_at():
    return "g"


@pytest.fixture
def neighbour(nodes):
    """A till of another channel, which has numbers of its own."""
    return till(factories.channel(organization=nodes["g"], code="pos2", kind="pos"), organization=nodes["g"])


@pytest.fixture
def sold(cashier, summer):
    """Three sales of 250.00 at one store."""
    return [sell(cashier, f"N{number}") for number in (1, 2, 3)]


def sell(cashier, number, *, price="300.00", due="250.00", store="s1", **more):
    body = {
        "key": f"{store}:{number}",
        "basket": basket(price, **more),
        "payments": [{"method": "cash", "amount": due}],
    }
    answer = cashier.post(f"/api/v1/pos/orders/{store}/{number}/commit", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def prove(*words) -> tuple[int, str]:
    """Exit code, and what was said."""
    said = io.StringIO()
    try:
        call_command("prove_order", *words, stdout=said, no_color=True)
    except SystemExit as ended:
        return ended.code, said.getvalue()
    return 0, said.getvalue()


def tamper(statement: str, *parameters) -> None:
    """As somebody does who rules the database: no trigger stops him."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.django_db
class TestHolding:
    def test_each_sale_is_told_its_proof(self, sold):
        assert [each["proof"]["number"] for each in sold] == [1, 2, 3]
        assert {each["proof"]["day"] for each in sold} == {"2026-01-15"}
        assert [bytes(each.hash).hex() for each in PriceProof.objects.order_by("number")] == [
            each["proof"]["hash"] for each in sold
        ]
        assert ProofChain.objects.get().number == 3
        assert RuleSet.objects.count() == 1

    def test_asked_again_the_answer_is_the_same_proof(self, cashier, summer):
        assert sell(cashier, "N1") == sell(cashier, "N1")
        assert PriceProof.objects.count() == 1

    def test_a_sale_holds(self, sold):
        assert prove("N2", "--store", "s1") == (0, f"holds   {CHAIN} 2 · sale N2 · 250.00 CNY\n")

    def test_all_sales_of_a_day_hold(self, sold, neighbour):
        sell(neighbour, "N1", store="s2")
        assert prove("--all", "--day", "2026-01-15") == (0, "4 sales hold.\n")
        assert prove("--all", "--store", "s2") == (0, "1 sale holds.\n")
        assert prove("--all", "--day", "2026-01-16") == (0, "0 sales hold.\n")

    def test_every_store_and_day_has_a_chain_of_its_own(self, cashier, neighbour, summer, monkeypatch):
        numbers = [
            sell(cashier, "N1")["proof"]["number"],
            sell(neighbour, "N1", store="s2")["proof"]["number"],
        ]
        clock(monkeypatch, NOW + DAY)
        last = sell(cashier, "N2")["proof"]
        assert [*numbers, last["number"], last["day"]] == [1, 1, 1, "2026-01-16"]
        assert prove("--all")[0] == 0

    def test_a_stopped_and_changed_activity_does_not_matter(self, sold, cashier, summer, nodes, monkeypatch):
        offering.activities.stop(version=summer, reason="wrong", by=offering.approver(), now=NOW)
        clock(monkeypatch, NOW + dt.timedelta(hours=1))
        offering.published(
            organization=nodes["g"],
            code="WINTER",
            offers=(off(amount=7_000),),
            now=NOW + dt.timedelta(minutes=1),
        )
        assert sell(cashier, "N4", due="230.00")["proof"]["number"] == 4
        assert RuleSet.objects.count() == 2
        assert prove("--all") == (0, "4 sales hold.\n")

    def test_refused_offers_are_proved_though_only_their_digest_is_kept(self, cashier, summer, nodes):
        elsewhere = off(regions=["Jinan"]) | {"name": "Jinan only"}
        offering.published(organization=nodes["g"], code="FAR", offers=(elsewhere,))
        sell(cashier, "N1")
        [text] = TillOrder.objects.values_list("quote", flat=True)
        assert "FAR-1" not in text
        assert prove("N1")[0] == 0
        tamper(
            "UPDATE campaigns_tillorder SET quote = replace(quote, %s, %s)",
            reading.quote(text).refused,
            "0" * 64,
        )
        code, said = prove("N1")
        assert code == 1
        assert "the quote of the sale was changed" in said
        assert "offers were refused for other reasons" in said

    def test_what_was_held_is_proved_by_the_rules_it_was_held_by(self, cashier, summer, nodes, monkeypatch):
        account = factories.account(channel=factories.channel(organization=nodes["g"], code="app"))
        template = vouchers.template(
            organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000) | {"limits": {"stack": 2}}
        )
        coupon = vouchers.claim(template, account)
        asked = basket("300.00", oneid=account.member.oneid, coupons=[coupon.code])
        assert (
            cashier.post(
                "/api/v1/pos/orders/s1/N1/hold", {"key": "h", "basket": asked, "seconds": 7200}
            ).status_code
            == 200
        )
        offering.activities.stop(version=summer, reason="wrong", by=offering.approver(), now=NOW)
        clock(monkeypatch, NOW + dt.timedelta(hours=1))
        body = {"key": "c", "payments": [{"method": "cash", "amount": "240.00"}]}
        assert cashier.post("/api/v1/pos/orders/s1/N1/commit", body).json()["proof"]["number"] == 1
        assert prove("N1")[0] == 0

    def test_of_the_buyer_only_what_offers_ask_for_is_kept(self, cashier, nodes, pos):
        account, tag = (
            factories.account(channel=pos),
            factories.tag(code="home", name="Home", source="rule", organization=nodes["g"]),
        )
        values = [TagValue.objects.create(tag=tag, code=code, name=code).pk for code in ("new", "sold")]
        MemberTags.objects.create(member=account.member, values=values, computed_at=NOW)
        offering.published(
            organization=nodes["g"], code="T", offers=(off(tags=["home:new"]), off(tiers=["g:gold"]))
        )
        sell(cashier, "N1", oneid=account.member.oneid)
        assert '"tiers":[],"tags":["home:new"]' in TillOrder.objects.get().basket
        assert prove("N1")[0] == 0

    def test_an_erased_buyer_leaves_a_price_that_is_proved(self, cashier, nodes, pos):
        account = factories.account(channel=pos)
        MemberProfile.objects.create(member=account.member, birth_date=dt.date(1990, 1, 15), account_count=1)
        offering.published(organization=nodes["g"], code="B", offers=(off(birthday="day"),))
        sell(cashier, "N1", oneid=account.member.oneid)
        sale = TillOrder.objects.get()
        assert "birthday" not in sale.basket
        assert '"occasions":["day"]' in sale.basket
        asked = erasure.request(
            member=account.member, reason="asked in writing", now=NOW + DAY, door="command"
        )
        erasure.carry_out(erasure=asked, now=NOW + DAY)
        sale.refresh_from_db()
        assert sale.asked == "erased"
        assert prove("N1") == (0, f"holds   {CHAIN} 1 · sale N1 · 250.00 CNY\n")


@pytest.mark.django_db
class TestWithoutALine:
    def test_a_sale_priced_by_the_rules_that_the_till_had_holds(self, cashier, summer, nodes):
        bundle = offline.fetched(cashier)
        offering.activities.stop(version=summer, reason="wrong", by=offering.approver(), now=NOW)
        assert offline.states(cashier, offline.sale(bundle)) == ["accepted"]
        assert prove("N1") == (0, f"holds   {CHAIN} 1 · sale N1 · 250.00 CNY\n")
        assert prove("--all")[0] == 0

    def test_a_difference_that_was_told_then_is_no_fault_and_still_said(self, cashier, summer):
        sold = msgspec.structs.replace(offline.sale(None), bundle=offline.fetched(cashier).id)
        assert offline.states(cashier, sold) == ["corrected"]
        code, told = prove("N1")
        assert (code, told.splitlines()[0]) == (0, f"holds   {CHAIN} 1 · sale N1 · 300.00 CNY")
        assert told.splitlines()[1].strip() == (
            "sold without a line, and told so then: line 1: 300.00 was charged, 250.00 follows from its rules"
        )
        assert prove("--all") == (0, "1 sale holds.\n")
        tamper("UPDATE campaigns_tillorder SET quote = replace(quote, '\"net\":30000', '\"net\":29999')")
        assert "the quote of the sale was changed" in prove("N1")[1]
        assert prove("--all")[0] == 1


CHANGES = {
    "a cent of a line": (
        "UPDATE campaigns_tillorder SET quote = replace(quote, '\"net\":25000', '\"net\":24999') WHERE number = 'N2'",
        ["the quote of the sale was changed", "line 1: 249.99 was charged, 250.00 follows from its rules"],
    ),
    "the total beside it": (
        "UPDATE campaigns_tillorder SET total = 249.99 WHERE number = 'N2'",
        ["total: 249.99 stands with the sale, 250.00 in its quote"],
    ),
    "the basket": (
        "UPDATE campaigns_tillorder SET basket = replace(basket, '\"unit_price\":30000', '\"unit_price\":31000') WHERE number = 'N2'",
        ["the basket of the sale was changed", "line 1: 250.00 was charged, 260.00 follows from its rules"],
    ),
    "a basket that is no basket": (
        "UPDATE campaigns_tillorder SET basket = '{}' WHERE number = 'N2'",
        [
            "the basket of the sale was changed",
            "it cannot be priced again: $: Object missing required field `lines`: add the field",
        ],
    ),
    "when it was": (
        "UPDATE campaigns_tillorder SET committed_at = committed_at - interval '1 s' WHERE number = 'N2'",
        ["store, number, account, currency, value paid, time or rules are not those that were proved"],
    ),
    "what was paid with value": (
        "UPDATE campaigns_tillorder SET paid = '[[\"points\",\"100\",100]]' WHERE number = 'N2'",
        ["store, number, account, currency, value paid, time or rules are not those that were proved"],
    ),
    "quote and proof alike": (
        (
            "WITH q AS (UPDATE campaigns_tillorder SET quote = replace(quote, '\"proven\":true', '\"proven\":false') WHERE number = 'N2'"
            " RETURNING id, quote) UPDATE campaigns_priceproof p SET answer = sha256(convert_to(q.quote, 'UTF8')) FROM q WHERE p.sale_id = q.id"
        ),
        [
            "store, number, account, currency, value paid, time or rules are not those that were proved",
            "proven to be the best: false was kept, true follows from its rules",
        ],
    ),
}


@pytest.mark.django_db
class TestTampering:
    @pytest.mark.parametrize("change", CHANGES)
    def test_it_is_found_and_named(self, sold, change):
        statement, said = CHANGES[change]
        tamper(statement)
        code, told = prove("--all")
        assert (code, told.splitlines()[0].partition(" · 250")[0]) == (1, f"BROKEN  {CHAIN} 2 · sale N2")
        assert [line.strip() for line in told.splitlines()[1:-1]][: len(said)] == said
        assert told.splitlines()[-1] == "1 place does not hold."
        assert prove("N2")[0] == 1
        assert prove("N1")[0] == prove("N3")[0] == 0

    def test_a_rule(self, sold):
        tamper("UPDATE campaigns_activityoffer SET frozen = jsonb_set(frozen, '{form,amount}', '5001')")
        code, told = prove("N2")
        assert code == 1
        assert [line.strip() for line in told.splitlines()[1:3]] == [
            "the offer SUMMER-1 is not worded as it was",
            "line 1: 250.00 was charged, 249.99 follows from its rules",
        ]

    def test_a_rule_that_is_gone(self, sold):
        tamper("DELETE FROM campaigns_activityoffer")
        code, told = prove("N2")
        assert code == 1
        assert "the activity offer" in told.splitlines()[1]
        assert told.splitlines()[1].endswith("is gone")

    def test_the_list_of_rules(self, sold):
        tamper("UPDATE campaigns_ruleset SET content = replace(content, '\"nodes\":', '\"nodes\":1')")
        assert "the list of the rules was changed" in prove("N2")[1]

    def test_a_missing_proof(self, sold):
        tamper("DELETE FROM campaigns_priceproof WHERE number = 2")
        code, told = prove("--all")
        assert (code, told.splitlines()) == (1, [
            f"BROKEN  {CHAIN} 2",
            "          the proof of this number is missing",
            "BROKEN  s1 · 2026-01-15 · no proof · sale N2",
            "          this sale has no proof",
            "2 places do not hold.",
        ])  # fmt: skip
        assert prove("N2")[0] == 1
        assert prove("N3")[1].splitlines()[0] == f"BROKEN  {CHAIN} 2"

    def test_the_last_proofs_missing(self, sold):
        tamper("DELETE FROM campaigns_priceproof WHERE number > 1")
        assert "the proofs up to number 3 are missing" in prove("--all")[1]

    def test_a_whole_day_gone(self, sold):
        tamper("DELETE FROM campaigns_priceproof")
        tamper("DELETE FROM campaigns_proofchain")
        code, told = prove("--all", "--day", "2026-01-15")
        assert (code, told.count("this sale has no proof")) == (1, 3)

    def test_all_proofs_gone_is_found_part_by_part(self, sold, monkeypatch):
        monkeypatch.setattr(proofs, "PART", 1)
        tamper("DELETE FROM campaigns_priceproof")
        tamper("DELETE FROM campaigns_proofchain")
        assert prove("--all")[1].count("this sale has no proof") == 3
        assert prove("--all", "--store", "s1")[1].count("this sale has no proof") == 3
        assert prove("--all", "--store", "s2")[0] == prove("--all", "--day", "2026-01-16")[0] == 0

    def test_a_reordered_chain(self, sold):
        tamper("UPDATE campaigns_priceproof SET number = 9 WHERE number = 2")
        tamper("UPDATE campaigns_priceproof SET number = 2 WHERE number = 3")
        tamper("UPDATE campaigns_priceproof SET number = 3 WHERE number = 9")
        code, told = prove("--all")
        assert code == 1
        assert told.splitlines()[:2] == [
            f"BROKEN  {CHAIN} 2 · sale N3 · 250.00 CNY", "          it does not follow from the proof before it",
        ]  # fmt: skip

    def test_a_shortened_count(self, sold):
        tamper("UPDATE campaigns_proofchain SET number = 2")
        assert "the chain does not end here" in prove("--all")[1]
        tamper("DELETE FROM campaigns_proofchain")
        assert "the count of this chain is gone" in prove("--all")[1]

    def test_another_engine_says_that_it_cannot_prove(self, sold, monkeypatch):
        monkeypatch.setattr(priced_again, "ENGINE", "2")
        assert "priced by engine 1, and this is engine 2" in prove("N2")[1]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE campaigns_priceproof SET number = 7",
            "DELETE FROM campaigns_priceproof",
            "UPDATE campaigns_ruleset SET content = ''",
            "DELETE FROM campaigns_ruleset",
            "UPDATE campaigns_proofchain SET hash = ''",
            "UPDATE campaigns_proofchain SET number = number + 2",
            "DELETE FROM campaigns_proofchain",
        ],
    )
    def test_the_database_refuses_it_to_whoever_does_not_rule_it(self, sold, statement):
        with pytest.raises(DatabaseError, match=r"append-only|only grows"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Name a sale, or --all"),
        (["N1", "--all"], "Name a sale, or --all"),
        (["N1", "--day", "2026-01-15"], "Name a sale, or --all"),
        (["N9"], "There is no sale 'N9'."),
        (["N1", "--store", "s9"], "There is no organization 's9'"),
        (["--all", "--day", "yesterday"], "'yesterday' is no day"),
        (["N1"], "Several stores have a sale 'N1': name one by --store (s1, s2)."),
        (["OPEN"], "The sale 'OPEN' is open"),
    ],
)
def test_what_cannot_be_asked_is_told_at_once(cashier, neighbour, summer, words, said):
    sell(cashier, "N1")
    sell(neighbour, "N1", store="s2")
    assert (
        cashier.put(
            "/api/v1/pos/orders/s1/OPEN", {"key": "o", "revision": 1, "basket": basket("1.00")}
        ).status_code
        == 200
    )
    with pytest.raises(CommandError) as refused:
        prove(*words)
    assert said in str(refused.value)
    assert refused.value.returncode == 2


@pytest.mark.django_db(transaction=True)
def test_commits_that_race_leave_no_gap(cashier, summer):
    tills = [
        lambda each=each: [sell(cashier, f"T{each}-{number}") for number in range(5)] for each in range(6)
    ]
    answers = [answer for found in at_once(*tills) for answer in found]
    assert sorted(each["proof"]["number"] for each in answers) == list(range(1, 31))
    assert prove("--all") == (0, "30 sales hold.\n")


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_fails_at_the_last_moment_takes_no_number(cashier, summer, monkeypatch):
    sell(cashier, "N1")
    whole = proving.close
    with monkeypatch.context() as broken:
        broken.setattr(proving, "close", lambda **given: whole(**given).number / 0)
        with pytest.raises(AssertionError, match="500"):
            sell(cashier, "N2")
    assert sell(cashier, "N3")["proof"]["number"] == 2
    assert prove("--all")[0] == 0


@pytest.mark.parametrize(
    ("statement", "told", "indexes"),
    [
        ("UNPROVED_AT_STORES", {"store": None, "begin": NOW, "end": NOW + DAY}, {"till_order_lately"}),
        ("OF_SALE", {"store": None, "number": "N1"}, {"till_order_number"}),
    ],
)
@pytest.mark.django_db
def test_sales_are_found_by_indexes(statement, told, indexes):
    """Whatever the planner thinks of a table that is empty: there is a way that reads those sales only."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    [(plan,)] = sets.named(f"EXPLAIN (FORMAT JSON) {getattr(proofs, statement)}", **told)
    assert indexes <= set(used(plan[0]["Plan"]))


def used(plan: dict):
    if plan.get("Relation Name") == "campaigns_tillorder" and "Index Cond" in plan:
        yield plan["Index Name"]
    for each in plan.get("Plans", ()):
        yield from used(each)
