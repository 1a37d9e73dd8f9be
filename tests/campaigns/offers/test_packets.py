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
