"""The oldest account of each person, found for all of them at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.matching import anchors
from identity.matching.facts import Accounts

YEAR_9999 = 253_402_300_799_000_000

account = st.tuples(
    st.sampled_from(["mall", "card", "天猫"]),
    st.booleans(),
    st.sampled_from([-1, 0, 1, YEAR_9999]),
    st.integers(0, 3),
)


@given(st.lists(account, max_size=30))
def test_they_are_those_of_the_rule(rows):
    accounts = Accounts(
        channel=[channel for channel, _, _, _ in rows],
        external_id=[f"{100 - place}" for place in range(len(rows))],
        named=[named for _, named, _, _ in rows],
        first_at=[at for _, _, at, _ in rows],
    )
    people = [person for *_, person in rows]
    first = {person: people.index(person) for person in people}
    component = np.array([first[person] for person in people], dtype=np.int64)
    expected = [
        min((other for other, its in enumerate(people) if its == person), key=accounts.age)
        for person in people
    ]
    assert anchors.oldest(accounts, component).tolist() == expected


@pytest.mark.parametrize("named", [True, False])
def test_a_person_of_one_account_is_that_account(named):
    accounts = Accounts(channel=["mall"], external_id=["a"], named=[named], first_at=[5])
    assert anchors.oldest(accounts, np.array([0])).tolist() == [0]
