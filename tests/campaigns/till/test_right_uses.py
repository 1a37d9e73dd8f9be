"""Using a right is an operation of the till: once for its key, and it can be asked whether it happened."""

import pytest

from members.actions import rights
from members.models import RightUse
from tests import factories
from tests.api import callers
from tests.campaigns.counter import claim, problem
from tests.campaigns.vouchers import template
from tests.connections import at_once
from tests.members.entitled import right
from tests.members.ledger.purses import merge


def granted(nodes, *, quantity: int):
    channel = factories.channel(organization=nodes["b1"], code="pos", kind="pos")
    account = factories.account(channel=channel)
    rights.grant(
        right=right(organization=nodes["b1"], code="cleaning"), account=account, quantity=quantity, source="hand",
        key="g1", reason="birthday", by=factories.staff(), now=factories.NOW,
    )  # fmt: skip
    return account.member, callers.secret(channel=channel, scopes="value")


def use(secret, member, key):
    return callers.with_secret(secret).post(
        f"/api/v1/members/{member.oneid}/rights/cleaning/use", {"key": key}
    )


@pytest.mark.django_db
def test_a_key_uses_a_right_once_and_tells_that_it_did(nodes):
    member, secret = granted(nodes, quantity=2)
    first, again = use(secret, member, "1"), use(secret, member, "1")
    assert (first.json(), again["Idempotent-Replay"]) == (again.json(), "true")
    happened = callers.with_secret(secret).get("/api/v1/pos/operations/1").json()
    assert (happened["verb"], happened["answer"]) == ("right", first.json())
    assert RightUse.objects.count() == 1


@pytest.mark.django_db
def test_a_key_stands_for_one_thing_of_all_that_a_till_does(nodes):
    member, secret = granted(nodes, quantity=2)
    assert use(secret, member, "1").status_code == 200
    ours = template(organization=nodes["b1"])
    assert problem(claim(callers.with_secret(secret), member, ours, key="1")) == (422, "key-reused")
    other = factories.account(channel=member.accounts.get().channel).member
    assert problem(use(secret, other, "1")) == (422, "key-reused")


@pytest.mark.django_db
def test_what_is_refused_keeps_no_key(nodes):
    member, secret = granted(nodes, quantity=1)
    assert use(secret, member, "1").status_code == 200
    assert problem(use(secret, member, "2")) == (409, "right-used-up")
    asked = callers.with_secret(secret).get("/api/v1/pos/operations/2")
    assert problem(asked) == (404, "nothing-happened")


@pytest.mark.django_db(transaction=True)
def test_two_with_one_key_use_it_once():
    member, secret = granted(factories.tree(), quantity=5)
    found = at_once(*(lambda: use(secret, member, "1").status_code for _each in range(4)))
    assert set(found) <= {200, 409}
    assert RightUse.objects.count() == 1
    assert use(secret, member, "1").status_code == 200
    assert RightUse.objects.count() == 1


@pytest.mark.django_db
def test_after_a_merge_a_use_is_answered_under_both_oneids_and_happens_once(nodes):
    member, secret = granted(nodes, quantity=2)
    first = use(secret, member, "1")
    channel = member.accounts.get().channel
    other, stranger = factories.account(channel=channel), factories.account(channel=channel)
    merge(other, member.accounts.get())
    for who in (member, other.member):
        again = use(secret, who, "1")
        assert (again.status_code, again.json(), again["Idempotent-Replay"]) == (200, first.json(), "true")
    assert problem(use(secret, stranger.member, "1")) == (422, "key-reused")
    assert RightUse.objects.count() == 1
