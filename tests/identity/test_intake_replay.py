"""The same records again, in another order, in other batches: the same rows."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from identity.models import IntakeRecord
from members.models import Membership
from tests.identity import company, snapshots
from tests.identity.company import accept, account, event, order, returned, review, verdicts_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]


@pytest.mark.requirement("IDN-055")
def test_a_replay_changes_nothing():
    records = [
        account("u1", phone="13800138000"),
        order("o1", "u1"),
        returned(),
        review(),
        event("page_view", "u1"),
    ]
    assert verdicts_of(*records) == ["accepted"] * 5
    before = snapshots.take()
    assert verdicts_of(*records) == ["duplicate"] * 5
    assert verdicts_of(*reversed(records), *records) == ["duplicate"] * 10
    assert snapshots.take() == before


def test_the_same_record_twice_in_one_batch():
    assert verdicts_of(order("o1"), order("o1"), order("o1", status="completed")) == [
        "accepted",
        "duplicate",
        "updated",
    ]


def test_times_of_batches_do_not_matter_to_facts():
    accept(account("u1"), now=company.NOW)
    accept(order("o1", "u1"), now=company.NOW + dt.timedelta(days=1))
    assert IntakeRecord.objects.count() == 2
    assert Membership.objects.count() == 1


def history():
    """Some forty records about few accounts and orders, with versions that contradict each other."""
    ids, orders, days = st.sampled_from("abc"), st.sampled_from("mno"), st.integers(-3, 3)
    phones = st.sampled_from(["13800138000", "13900139000", "13700137000"])
    contact = st.lists(
        st.builds(
            lambda value, role: {"kind": "phone", "value": value, "role": role},
            phones,
            st.sampled_from(["buyer", "contact", "receiver"]),
        ),
        max_size=2,
    )
    joined = st.none() | st.builds(
        lambda node, number, on: {"organization": node, "number": number, "joined_at": company.day(on)},
        st.sampled_from(["b1", "s1"]),
        st.sampled_from(["1", "2"]),
        days,
    )
    names = st.sampled_from(["Li", "Han", "Wu"])
    people = st.builds(
        lambda id, on, phone, name, membership, node: account(
            id, on=on, phone=phone, profile={"name": name}, membership=membership, organization=node
        ),
        st.none() | ids, days, phones, names, joined, st.sampled_from(["s1", "s2", "b1"]),
    )  # fmt: skip
    sales = st.builds(
        lambda id, who, on, amount, status, contacts, node: order(
            id, who, on=on, amount=amount, status=status, identifiers=contacts, organization=node
        ),
        orders, st.none() | ids, days, st.sampled_from(["10", "20.5"]),
        st.sampled_from(["created", "paid", "completed"]), contact, st.sampled_from(["s1", "s2", "b1"]),
    )  # fmt: skip
    back = st.builds(
        lambda id, sale, who, on: returned(id, sale, on=on, refund="5", **({"account": who} if who else {})),
        st.sampled_from("xy"), st.none() | orders, st.none() | ids, days,
    )  # fmt: skip
    said = st.builds(
        lambda id, sale, on, who: review(id, sale, on=on, **({"account": who} if who else {})),
        st.sampled_from("kl"), orders, days, st.none() | ids,
    )  # fmt: skip
    happened = st.builds(lambda who, on: event("page_view", who, on=on), ids, days)
    return st.lists(people | sales | back | said | happened, min_size=1, max_size=25)


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(records=history(), data=st.data())
def test_any_order_and_any_repetition_leave_the_same_rows(records, data):
    once = _left_by([records])
    shuffled = data.draw(st.permutations(records + records[: len(records) // 2]))
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    batches, place = [], 0
    while place < len(shuffled):
        size = sizes[len(batches) % len(sizes)]
        batches.append(shuffled[place : place + size])
        place += size
    again = _left_by(batches)
    for name in once:
        assert again[name] == once[name], name


def _left_by(batches):
    with transaction.atomic():
        for batch in batches:
            accept(*batch)
        found = snapshots.take()
        transaction.set_rollback(True)
    return found
