"""The super ID page: child IDs, keys, the drawing and the table that says the same, revoking and restoring."""

import itertools
import re

import pytest
from django.urls import reverse

from identity.actions import verdicts
from identity.admin import drawing
from identity.models import Binding, Identifier
from identity.queries import graph
from members.models import AccessRecord, Account, Member
from tests import factories
from tests.identity import company, oneids

pytestmark = pytest.mark.django_db
PHONE = "phone:+8613800138001"


@pytest.fixture
def house():
    return oneids.house(app={"name": "The App"}, tmall={"name": "Tmall", "first_party": False}, pos={})


@pytest.fixture
def person(house):
    accounts = [
        oneids.account(house["app"], "app-account-1", PHONE, "email:a@b.cn", name="王小明"),
        oneids.account(house["tmall"], "tmall-account-2", PHONE, "device:tablet-in-the-shop"),
        oneids.account(house["pos"], "pos-account-3", PHONE),
    ]
    oneids.resolve(*accounts)
    return Account.objects.get(external_id="app-account-1").member


@pytest.fixture
def steward(client):
    user = factories.staff(superuser=True)
    client.force_login(user)
    return user


def page(client, member):
    answer = client.get(reverse("admin:members_member_change", args=[member.oneid]) + "?tab=identity")
    assert answer.status_code == 200
    return answer.content.decode()


def card(shown, id):
    """The markup of one card of the page."""
    return re.search(rf'<section[^>]* id="{id}">.*?</section>', shown, re.DOTALL)[0]


def svg(shown):
    return re.search(r'<svg viewBox="[^"]*" role="group".*?</svg>', card(shown, "graph"), re.DOTALL)[0]


def rows(markup):
    return [text(row) for row in re.findall(r"<tr[^>]*>.*?</tr>", markup.split("<tbody>")[1], re.DOTALL)]


def text(markup):
    return " ".join(re.sub(r"<[^>]*>", " ", markup).split())


@pytest.mark.requirement("IDN-076")
def test_the_page_lists_all_child_ids_and_their_channel(client, steward, person):
    shown = page(client, person)
    children = rows(card(shown, "super-id"))
    assert len(children) == 3
    said = " ".join(children)
    assert all(name in said for name in ("The App", "Tmall", "pos"))
    assert said.count("active") == 3
    assert "3 active child IDs" in text(card(shown, "super-id"))
    assert "+8613800138001" not in said
    assert "138****8001" in said


@pytest.mark.requirement("IDN-009")
def test_each_child_id_says_what_it_is_known_from_and_how_sure_that_is(client, steward):
    company.build()
    phone = {"kind": "phone", "value": "13800138001"}
    company.accept(
        company.account("u1", phone="13800138001"),
        company.event("login", "u2", channel="mall", identifiers=[phone]),
        company.order("o1", channel="tmall", identifiers=[phone | {"role": "contact"}]),
    )
    (person,) = Member.objects.active()
    children = rows(card(page(client, person), "super-id"))
    found = {re.search(r"(The channel|An event|The contact).*?confidence \d+ %", row)[0] for row in children}
    assert found == {
        "The channel&#x27;s own record confidence 100 %",
        "An event that shows who it is confidence 90 %",
        "The contact on an order confidence 60 %",
    }


@pytest.mark.requirement("IDN-075")
def test_the_drawing_shows_the_links_of_a_person_and_the_table_says_the_same(client, steward, person):
    Binding.objects.filter(account__external_id="tmall-account-2", identifier__kind="phone").update(
        act="bind"
    )
    Identifier.objects.filter(kind="device").update(shared="members")
    shown = page(client, person)
    drawn = svg(shown)
    parts = ("<a ", 'class="nf-by-observed', 'class="nf-by-business', 'class="nf-cross"')
    assert [drawn.count(part) for part in parts] == [3 + 3, 4, 1, 1]
    targets = set(re.findall(r'href="#([^"]*)"', drawn))
    table = card(shown, "graph").split('id="graph-table"')[1]
    assert len(targets) == 6
    assert targets <= set(re.findall(r'id="([^"]*)"', table))
    table = " ".join(rows(table))
    assert table.count("138****8001") == 3
    assert "shared, links nobody" in table
    assert "business" in table


def test_a_verdict_and_a_score_are_told_apart(client, steward, house):
    left, right, third = (oneids.account(house[code], code) for code in ("app", "tmall", "pos"))
    verdicts.same(left=[left.pk], right=[right.pk], by=steward, now=factories.NOW)
    verdicts.same(left=[left.pk], right=[third.pk], by=None, now=factories.NOW, model="people 3")
    person = Account.objects.get(pk=right.pk).member
    found = graph.of(accounts=Account.objects.filter(member=person))
    assert {said.by for said in found.said} == {"business", "model"}
    drawn = svg(page(client, person))
    assert [drawn.count(f'class="nf-by-{by}') for by in ("model", "business", "observed")] == [1, 1, 0]


@pytest.mark.requirement("IDN-078", "IDN-080")
def test_keys_and_temperature_stand_on_the_page(client, steward, person):
    shown = card(page(client, person), "keys")
    said = text(shown)
    assert "Telephone 138****8001" in said
    assert "2 keys, 2 kinds" in said
    assert 'aria-label="Digital temperature 77 of 100"' in shown


@pytest.mark.requirement("IDN-077")
def test_a_child_is_revoked_and_restored_on_the_screen_with_a_reason(client, steward, person):
    child = Account.objects.get(external_id="tmall-account-2")
    revoke = reverse("admin:account_revoke", args=[child.pk])
    assert b"No other account changes its person." in client.get(revoke).content
    assert client.post(revoke, {"reason": ""}).status_code == 200
    child.refresh_from_db()
    assert child.revoked_at is None

    answer = client.post(revoke, {"reason": "closed by the customer"}, follow=True)
    assert answer.redirect_chain[-1][0].endswith(f"{person.oneid}/change/?tab=identity")
    child.refresh_from_db()
    assert (child.revoked_by, child.member) == (steward, person)
    shown = page(client, person)
    assert "2 active child IDs · 1 revoked" in text(card(shown, "super-id"))
    assert "closed by the customer" in " ".join(rows(card(shown, "super-id")))
    assert "Device" not in text(card(shown, "keys"))

    client.post(reverse("admin:account_restore", args=[child.pk]), {"reason": "a mistake"})
    child.refresh_from_db()
    assert child.revoked_at is None
    assert list(AccessRecord.objects.order_by("id").values_list("action", "reason")) == [
        ("revoke", "closed by the customer"), ("restore", "a mistake"),
    ]  # fmt: skip
    assert (
        "somebody else was faster"
        in client.get(reverse("admin:account_restore", args=[child.pk]), follow=True).content.decode()
    )


def test_who_would_part_is_shown_first(client, steward, house):
    accounts = [
        oneids.account(house["app"], "bridge-account", PHONE, "unionid:u1"),
        oneids.account(house["tmall"], "tmall-account", "unionid:u1"),
        oneids.account(house["pos"], "pos-account", PHONE),
    ]
    oneids.resolve(*accounts)
    answer = client.get(reverse("admin:account_revoke", args=[accounts[0].pk]))
    assert "1 other account will no longer belong to this person" in answer.content.decode()
    assert "Tmall" in answer.content.decode().split('id="leaves"')[1]
    assert {row.member_id for row in Account.objects.all()} == {accounts[0].member_id}


def test_revoking_needs_its_permission_and_ends_where_the_reach_ends(client, house, person):
    child = Account.objects.get(external_id="tmall-account-2")
    address = reverse("admin:account_revoke", args=[child.pk])
    client.force_login(factories.staff(organization=child.organization, permissions="members.view_member"))
    assert client.get(address).status_code == 403
    assert "Revoke" not in text(card(page(client, person), "super-id"))
    elsewhere = factories.organization(code="elsewhere")
    client.force_login(factories.staff(organization=elsewhere, permissions="members.revoke_account"))
    assert client.post(address, {"reason": "because"}).status_code == 404
    client.force_login(
        factories.staff(
            organization=child.organization, permissions="members.view_member members.revoke_account"
        )
    )
    assert client.get(address).status_code == 200


def many(house, count):
    accounts = []
    for number in range(count):
        carried = [
            f"unionid:u{number // 5}",
            f"cookie:own-{number}",
            "phone:+8613800138001" if number % 5 == 0 else f"device:d{number // 2}",
        ]
        accounts.append(oneids.account(house["app"], f"account-{number:03}", *carried))
    return accounts


@pytest.mark.parametrize("count", [2, 40])
def test_boxes_never_overlap_and_few_things_are_left_out(house, count):
    drawn = drawing.draw(graph.of(accounts=many(house, count)))
    assert len(drawn.accounts) == count
    for column in (drawn.accounts, drawn.identifiers):
        tops = sorted(box.y for box in column)
        assert all(lower - upper >= drawing.BOX for upper, lower in itertools.pairwise(tops))
        assert all(top >= 0 and top + drawing.BOX <= drawn.height for top in tops)
    assert sum(box.own for box in drawn.accounts) == (0 if count == 2 else 40 + drawn_alone(drawn))


def drawn_alone(drawn):
    """Identifiers besides the cookies that only one account carries and that are not drawn."""
    return sum(box.own - 1 for box in drawn.accounts)


def test_the_drawing_is_asked_with_as_many_queries_for_forty_as_for_two(house, django_assert_num_queries):
    accounts = many(house, 40)
    for few in (accounts[:2], accounts):
        with django_assert_num_queries(3):
            graph.of(accounts=few)
