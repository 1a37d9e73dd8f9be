"""What happened to a member's points, told one by one, each with the balance before and after it."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from members.actions import points
from members.admin import movements as screen
from members.models import Conversion, Hold, Member, Posting
from members.queries import balances, movements
from tests import factories
from tests.members.ledger.purses import DAY, NOW, accounts, book, earn, key, merge, spend, split

pytestmark = pytest.mark.django_db


def told(account, ours, **asked):
    return movements.of(member=Member.objects.get(accounts=account), book=ours, **asked)


def steps(account, ours, **asked):
    return [
        (each.verb, int(each.before), int(each.amount), int(each.after))
        for each in told(account, ours, **asked)
    ]


@pytest.mark.requirement("MEM-019")
def test_every_change_has_its_balance_before_and_after_its_cause_and_its_channel(group):
    ours, [account] = book(organization=group), accounts(1, organization=group)
    earn(account, ours, 100, reason="welcome")
    spent = spend(account, ours, 30)
    points.reverse(posting=Posting.objects.get(pk=spent.posting), amount=10, key=key(), now=NOW)
    by = factories.staff()
    points.adjust(account=account, book=ours, amount=-5, reason="typed twice", by=by, key=key(), now=NOW)

    assert steps(account, ours) == [
        ("adjust", 80, -5, 75), ("reverse", 70, 10, 80), ("spend", 100, -30, 70), ("earn", 0, 100, 100)
    ]  # fmt: skip
    adjusted, reversed_, _spent, earned = told(account, ours)
    assert (adjusted.cause, adjusted.by) == ("typed twice", by.username)
    assert reversed_.cause == f"of movement {spent.posting}"
    assert (earned.cause, earned.channel) == ("welcome", account.channel.name)
    [balance] = balances.of(members=[account.member_id], now=NOW)
    assert balance.booked == adjusted.after == sum(each.amount for each in told(account, ours))


def test_the_movements_of_a_person_are_those_of_his_accounts(group):
    ours, [one, other] = book(organization=group), accounts(2, organization=group)
    earn(one, ours, 50, at=NOW)
    earn(other, ours, 40, at=NOW + DAY)
    merge(one, other)
    spend(other, ours, 70, at=NOW + DAY)
    assert steps(one, ours) == [("spend", 90, -70, 20), ("earn", 50, 40, 90), ("earn", 0, 50, 50)]
    split(one, other)
    assert [each[2:] for each in steps(one, ours)] == [(-50, 0), (50, 50)]
    assert [each[2:] for each in steps(other, ours)] == [(-20, 20), (40, 40)]
    assert {each.account for each in told(one, ours)} == {one.pk, other.pk}


def test_pages_join_without_a_gap(group):
    ours, [account] = book(organization=group, scale=2), accounts(1, organization=group)
    for number in range(1, 8):
        earn(account, ours, Decimal(number) / 4)
    whole = told(account, ours)
    paged, last = [], None
    while page := told(account, ours, limit=3, before=last):
        assert len(page) <= 3
        paged, last = paged + page, page[-1].posting
    assert paged == whole
    assert [each.before for each in whole[:-1]] == [each.after for each in whole[1:]]
    assert (whole[-1].before, whole[0].after) == (0, Decimal("7.00"))


def test_another_book_is_not_in_it(group):
    ours, other = book(organization=group), book(organization=group, code="other")
    [account] = accounts(1, organization=group)
    earn(account, ours, 5)
    earn(account, other, 7)
    assert [each.amount for each in told(account, ours)] == [5]


def test_what_could_not_be_taken_back_is_told_too(group):
    ours, [account] = book(organization=group), accounts(1, organization=group)
    earned = earn(account, ours, 10)
    spend(account, ours, 10)
    points.reverse(posting=Posting.objects.get(pk=earned.posting), key=key(), now=NOW)
    newest = told(account, ours)[0]
    assert (newest.verb, newest.amount, newest.short, newest.after) == ("reverse", 0, 10, 0)


def posting(account, ours, verb, **fields):
    return Posting.objects.create(
        book=ours, account=account, verb=verb, key=str(uuid.uuid4()), content=uuid.uuid4(), amount=0,
        occurred_at=NOW, recorded_at=NOW, **fields,
    )  # fmt: skip


def test_a_conversion_says_its_rate_and_what_was_lost(group):
    ours, other = book(organization=group), book(organization=group, code="other", unit="stars")
    [account] = accounts(1, organization=group)
    out, into = earn(account, other, 25), earn(account, ours, 8)
    Conversion.objects.create(
        posting_id=into.posting, source_id=out.posting, asked=25, rate=Decimal("0.333"), lost=Decimal("0.325")
    )
    [came], [went] = told(account, ours), told(account, other)
    assert (came.rate, came.lost) == (Decimal("0.333"), Decimal("0.325"))
    assert came.cause == "from 25 stars of Other"
    assert (went.rate, went.lost) == (came.rate, came.lost)


def test_a_page_costs_one_question(group, django_assert_num_queries):
    ours, [account] = book(organization=group), accounts(1, organization=group)
    member = account.member
    for number in (1, 20):
        for _ in range(number):
            earn(account, ours, 1)
        with django_assert_num_queries(1):
            assert len(movements.of(member=member, book=ours)) >= number


def test_what_is_held_is_told_with_the_balance(group):
    ours, [account] = book(organization=group), accounts(1, organization=group)
    earn(account, ours, 10)
    [balance] = balances.of(members=[account.member_id], now=NOW)
    assert balance.held == 0
    assert not Hold.objects.exists()
    assert told(account, ours, before=1) == []
    assert balances.of(members=[], now=NOW) == balances.as_of(members=[], at=NOW + dt.timedelta(days=1)) == []


VIEW = "members.view_posting members.view_member members.view_wallet"


@pytest.fixture
def pages(client):
    """One member known at two brands, who earned at both in a book of the group."""
    tree = factories.tree()
    shared = book(organization=tree["g"])
    here, there = (
        factories.account(channel=factories.channel(organization=tree[code], code=f"app-{code}"))
        for code in ("b1", "b2")
    )
    earn(here, shared, 100, reason="welcome")
    earn(there, shared, 40, at=NOW + DAY, reason="a secret of the other brand")
    merge(here, there)

    def show(organization, *, permissions=VIEW, oneid=None, **query):
        client.force_login(factories.staff(organization=tree[organization], permissions=permissions))
        key = oneid or Member.objects.get(accounts=here).oneid
        return client.get(reverse("admin:members_posting_movements", args=[key, shared.pk]), query)

    return {"show": show, "book": shared, "here": here, "there": there, **tree}


def test_the_page_tells_each_movement_with_its_balance(pages):
    page = pages["show"]("g").content.decode()
    rows = page.split('id="movements"')[1].split("<tbody>")[1].split("<tr>")[1:]
    assert len(rows) == 2
    assert [">100<" in rows[0], ">+40<" in rows[0], ">140<" in rows[0]] == [True] * 3
    assert "a secret of the other brand" in rows[0]
    assert "app-b1" in rows[1]


def test_what_belongs_to_another_branch_is_only_an_amount(pages):
    page = pages["show"]("b1").content.decode()
    assert ">+40<" in page
    assert "an account that you cannot see" in page
    assert "secret" not in page
    assert "app-b2" not in page
    assert "welcome" in page


def test_the_balance_of_a_day_as_known_today_and_then(pages):
    earn(pages["here"], pages["book"], 7, at=NOW + 9 * DAY, occurred_at=NOW)
    page = pages["show"]("g", on="2026-01-15").content.decode()
    figures = page.split('id="as-of"')[1].split("</section>")[0]
    assert ">107 points<" in figures
    assert ">100 points<" in figures


def test_who_may_not_see_the_person_or_the_book_sees_no_movement(pages):
    assert pages["show"]("g", permissions="members.view_member").status_code == 403
    assert pages["show"]("s4").status_code == 404
    assert pages["show"]("g", oneid="nobody").status_code == 404


def test_a_retired_oneid_leads_to_the_one_it_stands_for(pages):
    Member.objects.filter(pk=pages["there"].minted_id).update(retired_at=NOW)
    moved = pages["show"]("g", oneid=pages["there"].minted.oneid)
    assert moved.status_code == 302
    assert pages["here"].minted.oneid in moved.url


def test_a_second_page_goes_on_where_the_first_ended(pages, monkeypatch):
    monkeypatch.setattr(screen, "SHOWN", 1)
    page = pages["show"]("g")
    assert f"?before={page.context['more']}" in page.content.decode()
    older = pages["show"]("g", before=page.context["more"])
    assert [row["movement"].after for row in older.context["rows"]] == [100]
    assert older.context["more"] is None
