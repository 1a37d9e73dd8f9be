import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.models import oneid


def test_a_minted_oneid_is_valid_and_thirteen_symbols_long():
    minted = oneid.mint()
    assert len(minted) == oneid.LENGTH
    assert oneid.is_valid(minted)


def test_many_are_minted_at_once_and_none_twice():
    minted = oneid.mint_many(1_000)
    assert len(set(minted)) == 1_000
    assert all(oneid.is_valid(each) for each in minted)


@given(place=st.integers(0, oneid.LENGTH - 1), symbol=st.sampled_from(oneid.ALPHABET[:31]))
def test_one_wrong_symbol_is_noticed(place, symbol):
    minted = "7K2MQ4TX8B3D"
    value = 0
    for letter in minted:
        value = value * 32 + oneid.ALPHABET.index(letter)
    good = minted + oneid.ALPHABET[value % 31]
    wrong = good[:place] + symbol + good[place + 1 :]
    # 32 symbols modulo 31: the symbol of value 31 (Z) stands for 0 as well, so Z is not drawn.
    assert oneid.is_valid(wrong) == (wrong == good)


@pytest.mark.parametrize("typed", ["7k2m-q4tx-8b3d-a", " 7K2M Q4TX 8B3D A ", "7K2MQ4TX8B3DA"])
def test_what_people_type_is_read_as_one_form(typed):
    assert oneid.normalise(typed) == "7K2MQ4TX8B3DA"


def test_letters_taken_for_digits_are_read_as_digits():
    assert oneid.normalise("OIL") == "011"


@given(st.text(oneid.ALPHABET, min_size=oneid.LENGTH, max_size=oneid.LENGTH), st.data())
def test_every_way_of_writing_it_matches_and_is_read_as_it(canonical, data):
    alike = {"0": "0Oo", "1": "1IiLl"}
    written = "".join(
        data.draw(st.sampled_from(alike.get(symbol, symbol + symbol.lower())))
        + data.draw(st.sampled_from(["", " ", "-"]))
        for symbol in canonical
    )
    assert oneid.normalise(written) == canonical
    assert re.search(oneid.written(canonical), f"of {written}.", re.IGNORECASE)
