import datetime as dt

import pytest

from members.actions import books, points
from members.models import AccessRecord
from tests import factories
from tests.api import callers
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def mini(tree):
    return factories.channel(organization=tree["g"], code="mini")


@pytest.fixture
def book(tree):
    return books.create(kind="points", organization=tree["g"], code="points", name="Points", unit="points")


@pytest.fixture
def member(mini):
    return callers.person(channel=mini, name="王小明")


@pytest.fixture
def till(mini):
    return callers.client(channel=mini, scopes="query edit")


def test_movements_are_turned_over_with_the_balance_before_and_after_each(till, member, book):
    for number in range(5):
        points.earn(account=member.accounts.get(), book=book, amount=10, key=f"k{number}", now=NOW)
    address, found = f"/api/v1/members/{member.oneid}/movements?book=points&limit=2", []
    while address:
        page = till.get(address).json()
        found += [
            (float(each["before"]), float(each["amount"]), float(each["after"])) for each in page["results"]
        ]
        address = page["next"]
    assert found == [(each * 10, 10, each * 10 + 10) for each in (4, 3, 2, 1, 0)]


def test_amounts_are_the_persons_and_places_stay_with_whom_they_belong_to(tree, mini, member, book):
    there = factories.account(channel=mini, organization=tree["s3"], member=member)
    here = factories.account(channel=mini, organization=tree["s1"], member=member)
    points.earn(account=there, book=book, amount=30, key="a", now=NOW, reason="sale of store 3")
    points.earn(account=here, book=book, amount=10, key="b", now=NOW, reason="sale of store 1")
    store = callers.client(channel=mini, scopes="query", organization=tree["s1"])
    rows = store.get(f"/api/v1/members/{member.oneid}/movements?book=points").json()["results"]
    assert [(row["channel"], float(row["after"])) for row in rows] == [("mini", 40), (None, 30)]
    assert rows[1]["cause"] is None


@pytest.mark.parametrize(
    "query", ["", "?book=points&limit=0", "?book=points&colour=red", "?book=points&before=x"]
)
def test_a_wrong_question_is_refused(till, member, book, query):
    assert till.get(f"/api/v1/members/{member.oneid}/movements{query}").status_code == 400


def test_a_book_of_another_branch_is_none(tree, mini, member, till):
    factories.account(channel=mini, organization=tree["s1"], member=member)
    books.create(kind="points", organization=tree["b2"], code="other", name="Other", unit="points")
    store = callers.client(channel=mini, scopes="query", organization=tree["s1"])
    for code in ("other", "nothing"):
        answer = store.get(f"/api/v1/members/{member.oneid}/movements?book={code}")
        assert answer.status_code == 404
        assert code in answer.json()["detail"]


@pytest.mark.requirement("MEM-056")
def test_the_timeline_is_filtered_and_turned_over(mini, tree, till, member):
    account = member.accounts.get()
    other = factories.account(channel=factories.channel(organization=tree["g"], code="pos"), member=member)
    for number in range(7):
        factories.event(account=account, name="visit", at=NOW + dt.timedelta(hours=number), phone="138")
    factories.event(account=other, name="ask", at=NOW)
    address, seen = f"/api/v1/members/{member.oneid}/timeline?channel=mini&limit=3", []
    while address:
        page = till.get(address).json()
        seen += [each["occurred_at"] for each in page["results"]]
        address = page["next"]
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)
    [asked] = till.get(f"/api/v1/members/{member.oneid}/timeline?name=ask").json()["results"]
    assert (asked["channel"], "properties" in asked) == ("pos", False)
    early = till.get(
        f"/api/v1/members/{member.oneid}/timeline", {"until": (NOW + dt.timedelta(hours=2)).isoformat()}
    )
    assert len(early.json()["results"]) == 3


@pytest.mark.parametrize(
    "query",
    ["before=x", "before=2026-01-01T00:00:00%2B00:00~x", "since=yesterday", "limit=101", "kind=visit"],
)
def test_a_wrong_filter_does_not_answer_with_everything(till, member, query):
    assert till.get(f"/api/v1/members/{member.oneid}/timeline?{query}").status_code == 400


@pytest.mark.requirement("PLT-004")
def test_a_name_may_be_edited_points_may_not_and_both_leave_what_was_done(till, member, book):
    points.earn(account=member.accounts.get(), book=book, amount=10, key="a", now=NOW)
    address = f"/api/v1/members/{member.oneid}"

    refused = till.patch(address, {"points": "5000"})
    edited = till.patch(address, {"name": "王晓明"})

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["place"] == "points"
    assert edited.json()["profile"] == {"name": "王晓明"}
    [told] = till.get(f"{address}/balances").json()
    assert float(told["available"]) == 10
    [entry] = AccessRecord.objects.filter(member=member, action="edit")
    assert entry.key is not None
    assert "name" in str([entry.field, entry.details])
