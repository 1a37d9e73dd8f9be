"""Codes of gift cards: random, readable over the telephone, kept as keyed hashes."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.ledger import codes

ZEROS = "0" * codes.LENGTH
drawn = st.binary(min_size=codes.BYTES, max_size=codes.BYTES).map(
    lambda raw: codes.made(random=lambda _n: raw)
)


def test_a_code_holds_every_random_bit():
    assert codes.BYTES == 10
    assert codes.made(random=bytes) == ZEROS
    assert codes.made(random=lambda count: b"\xff" * count)[:-1] == "Z" * 16
    assert len({codes.made(random=secrets.token_bytes) for _ in range(200)}) == 200


@given(drawn)
def test_a_code_is_read_as_people_write_it(code):
    written = codes.grouped(code).lower().replace("0", "o").replace("1", "l").replace("-", " - ")
    assert codes.normal(written) == code
    assert codes.is_code(code)


@given(drawn, st.integers(0, codes.LENGTH - 1), st.sampled_from(codes.ALPHABET))
def test_one_wrong_symbol_is_noticed(code, place, symbol):
    typed = code[:place] + symbol + code[place + 1 :]
    alike = place < codes.SYMBOLS and {symbol, code[place]} == {"0", "Z"}  # 31 steps apart
    assert codes.is_code(typed) == (typed == code or alike)


@pytest.mark.parametrize(
    "text", ["", "7K2M", ZEROS + "0", "U" * codes.LENGTH, "٣" * codes.LENGTH, "0" * 16 + "\n"]
)
def test_other_texts_are_no_codes(text):
    assert not codes.is_code(text)


def test_the_hash_needs_the_key():
    one, other = (codes.hashed(ZEROS, secret=key) for key in (b"a", b"b"))
    assert len(one) == 64
    assert one != other
    assert codes.hashed(ZEROS, secret=b"a") == one
