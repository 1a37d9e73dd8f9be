import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.offers import forms, packets


@pytest.mark.requirement("CMP-034")
def test_a_hundred_packets_of_200_yuan_add_up_to_the_cent():
    amounts = packets.divide(total=20000, count=100, seed="spring")
    assert len(amounts) == 100
    assert sum(amounts) == 20000
    assert min(amounts) >= 1
    assert len(set(amounts)) > 20
    assert amounts == packets.divide(total=20000, count=100, seed="spring")
    assert amounts != packets.divide(total=20000, count=100, seed="autumn")


@given(st.integers(1, 200), st.integers(0, 50), st.integers(0, 10**6), st.text(max_size=5))
def test_any_division_is_exact(count, least, spare, seed):
    amounts = packets.divide(total=count * least + spare, count=count, seed=seed, least=least)
    assert sum(amounts) == count * least + spare
    assert min(amounts) >= least


@given(st.integers(1, 200), st.integers(0, 50), st.integers(0, 300), st.data())
def test_a_division_with_a_most_is_exact_and_none_is_above(count, least, room, data):
    most = least + room
    total = data.draw(st.integers(count * least, count * most))
    amounts = packets.divide(total=total, count=count, seed="s", least=least, most=most)
    assert (sum(amounts), len(amounts)) == (total, count)
    assert least <= min(amounts) <= max(amounts) <= most


def test_more_than_packets_may_hold_is_refused():
    with pytest.raises(ValueError, match="at most 2"):
        packets.divide(total=5, count=2, seed="", most=2)


@pytest.mark.parametrize(
    "form", [{"total": 100}, {"count": 3}, {"total": 2, "count": 3}, {"total": 31, "count": 3}]
)
def test_packets_that_cannot_be_divided_so_are_no_form(form):
    with pytest.raises(ValueError, match=r"name both|can't be divided"):
        forms.Packet(least=1, most=10, **form)


def test_divisions_are_as_likely_as_each_other():
    found = [packets.divide(total=3, count=2, seed=str(seed), least=0)[0] for seed in range(4000)]
    assert all(900 < found.count(first) < 1100 for first in range(4))


@pytest.mark.parametrize(("total", "count", "least"), [(99, 100, 1), (1, 0, 0), (1, 1, -1)])
def test_what_can_not_be_divided_is_refused(total, count, least):
    with pytest.raises(ValueError, match="at least"):
        packets.divide(total=total, count=count, seed="", least=least)


def test_a_packet_lies_between_its_bounds():
    packet = forms.Packet(least=100, most=105)
    assert {packets.draw(packet, seed=str(seed)) for seed in range(200)} == set(range(100, 106))
