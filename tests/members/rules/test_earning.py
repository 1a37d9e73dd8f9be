"""What a sale earns: bases of lines, the first rule that matches, tiers, short plans, one rounding."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import earning
from members.rules.earning import Due, Line, Refund, Rule, Rules, Sale, Tier

POINTS, GROWTH = 1, 2
GOLD, SILVER = Tier(7, "gold"), Tier(6, "silver")


def sale(amount="100.00", *lines, refunds=(), **more) -> Sale:
    lines = lines or (Line(1, Decimal(amount), "S1", "food"),)
    said = {"channel": "app", "organizations": frozenset({"g", "b1"}), "currency": "CNY"}
    return Sale(**said | {"amount": Decimal(amount), "lines": tuple(lines), "refunds": tuple(refunds)} | more)


def rule(rate=0, *, position=1, book=POINTS, scale=0, **more) -> Rule:
    sets = {name: frozenset(value) for name, value in more.items() if isinstance(value, set)}
    numbers = {name: Decimal(more[name]) for name in ("fixed", "times", "at_least") if name in more}
    return Rule(
        position=position, book=book, scale=scale, currency="CNY", rate=Decimal(rate), **more | sets | numbers
    )  # fmt: skip


def plan(*rules, number=1, **multipliers) -> Rules:
    ids = {"gold": GOLD.id, "silver": SILVER.id}
    return Rules(number, rules, {ids[code]: Decimal(times) for code, times in multipliers.items()})


def steps(sale: Sale, long: Rules, *shorts: Rules, tier=None) -> dict:
    return {
        (each.plan, each.book): each.steps for each in earning.due(sale, long=long, shorts=shorts, tier=tier)
    }


def test_goods_earn_and_shipping_does_not():
    assert steps(sale("199.00"), plan(rule(1))) == {(1, POINTS): 199}
    assert steps(sale("112.00", Line(1, Decimal(100)), shipping=Decimal(12)), plan(rule(1))) == {
        (1, POINTS): 100
    }


@pytest.mark.requirement("MEM-034")
def test_eco_goods_earn_three_times_as_many_points_as_ordinary_ones():
    order = sale("200.00", Line(1, Decimal(100), "S1"), Line(2, Decimal(100), "E1", "eco"))
    eco, ordinary = rule(3, position=1, categories={"eco"}), rule(1, position=2)
    assert steps(order, plan(eco, ordinary)) == {(1, POINTS): 400}


@pytest.mark.requirement("MEM-033")
def test_eco_food_counts_twice_for_growth():
    order = sale("50.00", Line(1, Decimal(50), "rice", "food"))
    weighed = rule(2, book=GROWTH, skus={"rice"})
    assert steps(order, plan(weighed, rule(1, position=2, book=GROWTH))) == {(1, GROWTH): 100}


@pytest.mark.requirement("MEM-023")
def test_gold_earns_half_as_much_again():
    tiers = plan(rule(1), gold="1.5")
    found = [steps(sale("100.00"), tiers, tier=tier) for tier in (GOLD, SILVER, None)]
    assert found == [{(1, POINTS): 150}, {(1, POINTS): 100}, {(1, POINTS): 100}]
    assert steps(sale("100.00"), plan(rule(1, multiplied=False), gold="1.5"), tier=GOLD) == {(1, POINTS): 100}


@pytest.mark.requirement("MEM-032")
def test_a_short_plan_gives_its_own_part_beside_the_long_one():
    double = plan(rule(times=2), number=2)
    assert steps(sale("100.00"), plan(rule(1)), double) == {(1, POINTS): 100, (2, POINTS): 100}


def test_times_are_times_what_the_long_plan_gave_for_the_matching_lines():
    order = sale("150.00", Line(1, Decimal(100), "S1"), Line(2, Decimal(50), "AC", "ac"))
    long = plan(rule(2, categories={"ac"}), rule(1, position=2), gold="1.5")
    triple = plan(rule(times=3, categories={"ac"}), number=2)
    assert steps(order, long, triple, tier=GOLD) == {(1, POINTS): 300, (2, POINTS): 300}
    assert steps(order, plan(rule(1, book=GROWTH)), triple) == {(1, GROWTH): 150}


def test_a_fixed_amount_is_given_once_an_order_and_leaves_the_lines_to_others():
    order = sale("100.00", Line(1, Decimal(40)), Line(2, Decimal(60)))
    bonus = rule(position=1, fixed=50, at_least=100)
    assert steps(order, plan(bonus, rule(1, position=2))) == {(1, POINTS): 150}
    part_back = sale("100.00", *order.lines, refunds=[Refund(1, Decimal("0.01"))])
    assert steps(part_back, plan(bonus, rule(1, position=2))) == {(1, POINTS): 99}


def test_a_rule_of_rate_nothing_takes_goods_out_of_the_earning():
    order = sale("100.00", Line(1, Decimal(40), "voucher"), Line(2, Decimal(60)))
    assert steps(order, plan(rule(0, skus={"voucher"}), rule(1, position=2))) == {(1, POINTS): 60}


@pytest.mark.parametrize(
    ("said", "earned"),
    [
        ({"channels": {"app"}}, 100), ({"channels": {"pos"}}, 0), ({"organizations": {"b1"}}, 100),
        ({"organizations": {"s1"}}, 0), ({"tiers": {"gold"}}, 100), ({"tiers": {"silver"}}, 0),
        ({"at_least": "100"}, 100), ({"at_least": "100.01"}, 0), ({"currency": "USD"}, 0),
    ],
)  # fmt: skip
def test_a_rule_is_for_whom_and_where_it_says(said, earned):
    currency = said.pop("currency", "CNY")
    found = steps(sale("100.00", currency=currency), plan(rule(1, **said)), tier=GOLD)
    assert found == ({(1, POINTS): earned} if earned else {})


def test_an_order_discount_that_does_not_divide_is_shared_exactly():
    lines = [Line(number, Decimal("33.33"), f"S{number}") for number in (1, 2, 3)]
    kept = earning.bases(sale("90.00", *lines), lines)
    assert kept == [Fraction(30)] * 3
    odd = [Line(1, Decimal(10)), Line(2, Decimal(20))]
    assert earning.bases(sale("25.00", *odd), odd) == [Fraction(25, 3), Fraction(50, 3)]


def test_all_goods_returned_except_shipping_leave_nothing():
    order = sale("112.00", Line(1, Decimal(100)), shipping=Decimal(12), refunds=[Refund(1, Decimal(100))])
    assert earning.due(order, long=plan(rule(1), rule(fixed=5, position=2))) == []


def test_a_refund_of_no_line_lessens_all_and_one_beyond_its_line_the_others():
    lines = [Line(1, Decimal(60), "a"), Line(2, Decimal(40), "b")]
    assert earning.bases(sale("100", *lines, refunds=[Refund(None, Decimal(10))]), lines) == [54, 36]
    assert earning.bases(sale("100", *lines, refunds=[Refund(9, Decimal(10))]), lines) == [54, 36]
    assert earning.bases(sale("100", *lines, refunds=[Refund(1, Decimal(80))]), lines) == [0, 20]
    assert earning.bases(sale("100", *lines, refunds=[Refund(1, Decimal(500))]), lines) == [0, 0]


def test_an_order_without_lines_is_one_nameless_line():
    order = Sale(channel="app", organizations=frozenset(), currency="CNY", amount=Decimal(80))
    assert steps(order, plan(rule(1))) == {(1, POINTS): 80}
    assert steps(order, plan(rule(1, skus={"S1"}))) == {}


def test_three_returned_thirds_take_back_everything():
    def after(number: int) -> int:
        back = [Refund(1, Decimal("33.30"))] * number
        return steps(sale("99.90", refunds=back), plan(rule(1), gold="1.5"), tier=GOLD).get((1, POINTS), 0)

    assert [after(number) for number in range(4)] == [149, 99, 49, 0]


def test_each_part_says_its_line_its_rule_and_its_share():
    found = earning.due(sale("10.00"), long=plan(rule("0.5"), rule(fixed=3, position=4)))
    parts = [(part.line, part.rule, part.base, part.amount) for part in found[0].why]
    assert parts == [(1, 1, 10, 5), (None, 4, 10, 3)]


money = st.decimals("0.01", "5000", places=2)
goods = st.sampled_from(["a", "b", "c"])
some_goods = st.frozensets(goods, max_size=2)
rates = st.decimals("0", "5", places=3)


@st.composite
def sales(draw):
    lines = [Line(number, draw(money), draw(goods)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    total = sum(line.amount for line in lines)
    discount = draw(st.decimals("0", str(total), places=2))
    refunds = draw(st.lists(st.builds(Refund, st.none() | st.integers(1, 5), money), max_size=3))
    shipping = draw(st.decimals("0", "20", places=2))
    return sale(str(total - discount + shipping), *lines, refunds=refunds, shipping=shipping)


def rules_of(kind):
    return st.lists(
        st.builds(
            Rule, position=st.just(0), book=st.just(POINTS), scale=st.just(2), currency=st.just("CNY"),
            skus=some_goods, rounding=st.just("down"), multiplied=st.booleans(), **kind,
        ), max_size=3,
    )  # fmt: skip


def oracle(sale: Sale, long: list[Rule], short: list[Rule], times: Fraction) -> tuple[int, int]:
    """The same sums by hand, in one pass, for a long and a short plan of one book with two decimals."""
    goods, total = Fraction(sale.amount - sale.shipping), Fraction(sum(line.amount for line in sale.lines))
    left = {line.number: goods * Fraction(line.amount) / total for line in sale.lines}
    for number in left:
        left[number] -= sum(Fraction(each.amount) for each in sale.refunds if each.number == number)
    loose = sum(Fraction(each.amount) for each in sale.refunds if each.number not in left)
    loose -= sum(base for base in left.values() if base < 0)
    there = sum(base for base in left.values() if base > 0)
    keep = max(Fraction(0), 1 - loose / there) if there else Fraction(0)
    first = second = Fraction(0)
    for line in sale.lines:
        base = max(left[line.number], 0) * keep
        own = next((each for each in long if not each.skus or line.sku in each.skus), None)
        extra = next((each for each in short if not each.skus or line.sku in each.skus), None)
        gave = base * Fraction(own.rate) * (times if own.multiplied else 1) if own else Fraction(0)
        first, second = first + gave, second + (gave * (Fraction(extra.times) - 1) if extra else 0)
    return int(first * 100), int(second * 100)


@given(
    sales(), rules_of({"rate": rates}), rules_of({"times": st.decimals("1", "4", places=2)}),
    st.sampled_from(["1", "1.5", "0.333"]),
)  # fmt: skip
def test_what_is_due_is_what_one_reckons_by_hand(sold, long, short, multiplier):
    found = steps(sold, plan(*long, gold=multiplier), plan(*short, number=2), tier=GOLD)
    wanted = oracle(sold, long, short, Fraction(multiplier))
    assert (found.get((1, POINTS), 0), found.get((2, POINTS), 0)) == wanted


@given(sales(), rates)
def test_all_bases_together_are_goods_less_refunds(sold, rate):
    kept = sum(earning.bases(sold, sold.lines))
    wanted = sold.amount - sold.shipping - sum(each.amount for each in sold.refunds)
    assert kept == max(wanted, 0)


def test_what_is_earned_is_rounded_as_the_rule_says_and_never_endless():
    assert steps(sale("99.90"), plan(rule("0.05", scale=2, rounding="half_up"))) == {(1, POINTS): 500}
    assert steps(sale("99.90"), plan(rule("0.05", scale=2))) == {(1, POINTS): 499}
    endless = earning.due(sale("999999999"), long=plan(rule(999999, scale=4)))
    assert isinstance(endless[0], Due)
    assert endless[0].steps == earning.MOST
