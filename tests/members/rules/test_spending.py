"""How many points an order takes: a share of it, at least so many, in steps."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import spending
from members.rules.spending import Rule

HUNDREDTH = Rule(
    unit_value=Decimal("0.01"), most_share=Decimal("0.5"), at_least=Decimal(100), step=Decimal(100)
)


@pytest.mark.parametrize(
    ("order", "have", "points", "worth"),
    [
        ("199.00", None, 9900, "99.00"),
        ("199.00", "4550", 4500, "45.00"),
        ("199.00", "99", 0, "0"),
        ("1.99", None, 0, "0"),
        ("2.00", None, 100, "1.00"),
        ("0", None, 0, "0"),
        ("200.00", "-20", 0, "0"),
    ],
)
def test_the_most_that_may_pay(order, have, points, worth):
    have = Decimal(have) if have else None
    found = spending.most(rule=HUNDREDTH, order_amount=Decimal(order), have=have)
    assert found == (points, Decimal(worth))


@pytest.mark.parametrize(
    ("points", "bound"), [(10000, "share"), (150, "step"), (50, "at_least"), (20050, "share")]
)
def test_each_bound_is_named(points, bound):
    with pytest.raises(spending.Beyond) as refused:
        spending.check(rule=HUNDREDTH, points=Decimal(points), order_amount=Decimal("199.00"))
    assert (refused.value.bound, refused.value.most) == (bound, 9900)


def test_what_is_within_all_bounds_passes():
    for points in (100, 5000, 9900):
        spending.check(rule=HUNDREDTH, points=Decimal(points), order_amount=Decimal("199.00"))


rules = st.builds(
    Rule, unit_value=st.decimals("0.001", "10", places=3), most_share=st.decimals("0.01", "1", places=2),
    at_least=st.decimals("0", "50", places=1), step=st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(25)]),
)  # fmt: skip


@given(rules, st.decimals("0", "9999", places=2))
def test_the_most_may_pay_and_a_step_more_may_not(rule, order):
    points, worth = spending.most(rule=rule, order_amount=order)
    assert worth == points * rule.unit_value
    if points:
        spending.check(rule=rule, points=points, order_amount=order)
        with pytest.raises(spending.Beyond):
            spending.check(rule=rule, points=points + rule.step, order_amount=order)
