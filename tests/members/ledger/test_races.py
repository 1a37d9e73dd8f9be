"""The same points at the same moment, from connections of their own."""

import pytest

from identity.actions import verdicts
from members.actions import earning, points, postings
from members.actions.postings import Receipt
from members.models import Entry, Posting, Programme
from tests import factories
from tests.api import callers
from tests.connections import at_once
from tests.identity import company
from tests.members.ledger.purses import (
    DAY,
    NOW,
    accounts,
    available,
    book,
    earn,
    faults,
    key,
    merge,
    spend,
    split,
)
from tests.members.plans import published, rule

pytestmark = pytest.mark.django_db(transaction=True)


def sound() -> bool:
    return not faults()


def of(kind, found) -> int:
    return sum(isinstance(each, kind) for each in found)


def test_two_tills_spend_the_last_points_and_one_of_them_gets_them(group):
    ours, [account] = book(organization=group), accounts(1, organization=group)
    earn(account, ours, 100)
    found = at_once(*(lambda: spend(account, ours, 70) for _ in range(4)))
    assert (of(Receipt, found), of(points.NotEnough, found)) == (1, 3)
    assert available(account, ours) == 30
    assert sound()


def test_eight_tills_spend_from_two_accounts_of_one_person(group):
    ours, pair = book(organization=group), accounts(2, organization=group)
    for account in pair:
        earn(account, ours, 40)
    merge(*pair)
    found = at_once(*(lambda each=pair[n % 2]: spend(each, ours, 10) for n in range(8)))
    assert of(Receipt, found) == 8
    assert available(pair[0], ours) == 0
    assert sound()


def test_the_same_key_twice_at_once_is_one_movement(group):
    ours, pair = book(organization=group), accounts(2, organization=group)
    found = at_once(*(lambda: earn(pair[0], ours, 10, key="a") for _ in range(3)))
    assert len(set(found)) == 1
    found = at_once(*(lambda each=each: earn(each, ours, 5, key="b") for each in pair))
    assert (of(Receipt, found), of(postings.KeyReused, found)) == (1, 1)
    assert Posting.objects.count() == 2
    assert sound()


def test_expiry_beside_spending(group):
    ours, [account] = (
        book(organization=group, expiry="months_after", expiry_months=1),
        accounts(1, organization=group),
    )
    for days in (60, 0):
        earn(account, ours, 50, at=NOW - days * DAY)
    found = at_once(
        lambda: points.expire(now=NOW), lambda: spend(account, ours, 50), lambda: points.expire(now=NOW)
    )
    assert of(Exception, found) == 0
    assert Posting.objects.filter(verb="expire").count() == 1
    assert available(account, ours) == 0
    assert sound()


def test_joining_and_parting_beside_spending(group):
    ours, pair = book(organization=group), accounts(2, organization=group)
    for account in pair:
        earn(account, ours, 100)
    moving = [lambda: merge(*pair), lambda: split(*pair)] * 2
    found = at_once(*moving, *(lambda n=n: spend(pair[n % 2], ours, 20) for n in range(6)))
    assert of(Receipt, found) == 6
    assert sum(Entry.objects.filter(wallet__role="").values_list("amount", flat=True)) == 80
    assert sound()


def test_verdicts_that_join_and_part_beside_spending(group):
    """As stewards do it: what one till pays for both while they are one person stays paid by whose lots it took."""
    ours, pair = book(organization=group), accounts(2, organization=group)
    for account in pair:
        earn(account, ours, 100)
    steward = factories.staff()

    def joined_and_parted():
        one, other = ([each.pk] for each in pair)
        said = verdicts.same(left=one, right=other, by=steward, now=NOW, reason="the same customer")
        verdicts.withdraw(verdict=said, by=steward, now=NOW)

    spending = [lambda n=n: spend(pair[n % 2], ours, 20) for n in range(6)]
    found = at_once(joined_and_parted, *spending, lambda: spend(pair[0], ours, 130))
    assert found[0] is None
    assert {type(each) for each in found[1:]} <= {Receipt, points.NotEnough}
    taken = sum(-each.amount for each in found[1:] if isinstance(each, Receipt))
    assert sum(available(each, ours) for each in pair) == 200 - taken
    assert sound()


def test_two_tills_spend_the_last_points_through_their_door(group):
    ours, pos = book(organization=group), factories.channel(organization=group, code="pos")
    account = factories.account(channel=pos)
    earn(account, ours, 100)
    address = f"/api/v1/members/{account.member.oneid}/value/spend"
    tills = [callers.client(channel=pos, scopes="value") for _ in range(3)]
    asked = {"book": "points", "amount": "70"}
    found = at_once(
        *(lambda n=n, till=till: till.post(address, asked | {"key": f"{n}"}) for n, till in enumerate(tills))
    )
    assert sorted(each.status_code for each in found) == [200, 409, 409]
    assert {each.json().get("available") for each in found} == {None, "30"}
    again = at_once(
        *(
            lambda till=till: till.post(address, {"book": "points", "amount": "30", "key": "last"})
            for till in tills
        )
    )
    assert [(each.status_code, each.json()) for each in again] == [(200, again[0].json())] * 3
    assert available(account, ours) == 0
    assert sound()


def test_a_part_reversed_twice_at_once_is_reversed_once(group):
    ours, [account] = book(organization=group), accounts(1, organization=group)
    earn(account, ours, 50)
    posting = Posting.objects.get(pk=spend(account, ours, 50).posting)
    found = at_once(
        *(lambda: points.reverse(posting=posting, amount=30, key=key(), now=NOW) for _ in range(3))
    )
    assert of(Receipt, found) == 1
    assert available(account, ours) == 30
    assert sound()


def test_two_workers_settle_the_same_orders_once():
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    ours = book(organization=club.organization)
    published(club, rules=[rule(ours, 1)], starts_at=NOW - 1000 * DAY)
    company.accept(*(company.account(f"n{n}") for n in range(5)))
    company.accept(*(company.order(f"o{n}", f"n{n}") for n in range(5)))

    def work():
        while earning.follow(now=company.NOW):
            pass

    assert at_once(work, work, work) == [None] * 3
    assert Posting.objects.count() == 5
    assert sound()
