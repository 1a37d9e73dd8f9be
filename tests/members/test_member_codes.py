import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.actions import member_codes
from members.models import Member, oneid

NOW = dt.datetime(2026, 1, 15, 12, 0, 0, tzinfo=dt.UTC)
MEMBER = Member(oneid=oneid.mint())
SECOND = dt.timedelta(seconds=1)


def test_a_code_is_read_for_two_minutes_and_no_longer():
    code = member_codes.show(member=MEMBER, now=NOW)
    for later in (0 * SECOND, 60 * SECOND, 119 * SECOND):
        assert member_codes.read(code=code, now=NOW + later) == MEMBER.oneid
    for other in (NOW + 120 * SECOND, NOW + dt.timedelta(days=365), NOW - 6 * SECOND):
        with pytest.raises(member_codes.NoSuchCode):
            member_codes.read(code=code, now=other)


def test_a_code_is_capitals_and_digits_so_that_it_makes_a_small_picture():
    code = member_codes.show(member=MEMBER, now=NOW)
    assert code.isalnum()
    assert code == code.upper()
    assert len(code) == member_codes.LENGTH


@given(
    place=st.integers(0, member_codes.LENGTH - 1),
    symbol=st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"),
)
def test_no_symbol_can_be_changed(place, symbol):
    code = member_codes.show(member=MEMBER, now=NOW)
    changed = code[:place] + symbol + code[place + 1 :]
    if changed != code:
        with pytest.raises(member_codes.NoSuchCode):
            member_codes.read(code=changed, now=NOW)


@given(st.text(max_size=60))
def test_any_other_text_is_no_code(text):
    with pytest.raises(member_codes.NoSuchCode):
        member_codes.read(code=text, now=NOW)


def test_the_code_of_one_person_is_not_that_of_another():
    code, other = member_codes.show(member=MEMBER, now=NOW), oneid.mint()
    with pytest.raises(member_codes.NoSuchCode):
        member_codes.read(code=other + code[oneid.LENGTH :], now=NOW)


def test_a_new_secret_ends_all_codes_unless_the_old_one_is_kept_for_a_while(settings):
    code, old = member_codes.show(member=MEMBER, now=NOW), settings.SECRET_KEY
    settings.SECRET_KEY = "another one that is long enough for anybody"
    with pytest.raises(member_codes.NoSuchCode):
        member_codes.read(code=code, now=NOW)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert member_codes.read(code=code, now=NOW) == MEMBER.oneid
