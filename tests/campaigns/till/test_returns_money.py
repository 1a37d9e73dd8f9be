"""A refund over the payments of its sale: nobody gets back more than he paid, and the parts add up to the whole."""

from hypothesis import given
from hypothesis import strategies as st

from campaigns.actions.till.returning_money import Payment, split

PAYMENTS = st.lists(
    st.builds(Payment, st.integers(1, 3_000), st.one_of(st.just(0), st.integers(1, 5_000))),
    min_size=1,
    max_size=5,
)


def nothing(payments) -> list[Payment]:
    return [Payment(0)] * len(payments)


def together(back: list[Payment], more: list[Payment]) -> list[Payment]:
    return [Payment(*map(sum, zip(*pair, strict=True))) for pair in zip(back, more, strict=True)]


@given(PAYMENTS, st.data())
def test_any_parts_add_up_to_what_was_paid(payments, data):
    left, back = sum(each.minor for each in payments), nothing(payments)
    while left:
        total = data.draw(st.integers(0, left)) or left
        parts = split(payments=payments, back=back, total=total)
        assert sum(each.minor for each in parts) == total
        assert all(each.minor >= 0 and each.steps >= 0 for each in parts)
        back, left = together(back, parts), left - total
        assert all(gone.minor <= paid.minor for gone, paid in zip(back, payments, strict=True))
    assert back == payments


@given(st.integers(1, 50_000), st.integers(1, 50_000), st.data())
def test_each_payment_gets_its_share_to_the_unit(one, two, data):
    total = data.draw(st.integers(0, one + two))
    parts = split(payments=[Payment(one), Payment(two)], back=nothing("ab"), total=total)
    assert abs(parts[0].minor - total * one / (one + two)) < 1


def test_what_a_part_of_a_point_would_pay_is_paid_in_cash():
    """100 points paid 10.00, 240.00 were cash: of 83.33 that come back 3.30 are 33 points."""
    payments = [Payment(1_000, 100), Payment(24_000)]
    parts = split(payments=payments, back=nothing(payments), total=8_333)
    assert parts == [Payment(330, 33), Payment(8_003)]
    rest = split(payments=payments, back=parts, total=25_000 - 8_333)
    assert rest == [Payment(670, 67), Payment(15_997)]


def test_where_nothing_else_was_paid_with_the_rest_of_a_point_waits():
    payments = [Payment(1_000, 100)]
    first = split(payments=payments, back=nothing(payments), total=333)
    assert first == [Payment(333, 33)]
    assert split(payments=payments, back=first, total=667) == [Payment(667, 67)]


def test_a_sale_for_nothing_pays_nothing_back():
    assert split(payments=[], back=[], total=0) == []
