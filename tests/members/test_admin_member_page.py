"""The page of a member in tabs: what is filled, what is masked, how the timeline is narrowed and turned over."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from members.admin import panels
from members.models import Event
from tests import factories
from tests.members.people import PEOPLE, page

pytestmark = pytest.mark.django_db
NOW = factories.NOW


@pytest.fixture
def mini(tree):
    return factories.channel(organization=tree["g"], code="mini", name="Mini-program")


def shown(client, member, query=""):
    answer = client.get(page(member) + (f"?{query}" if query else ""))
    assert answer.status_code == 200
    return answer.content.decode()


def card(text, id):
    return re.search(rf'<section[^>]* id="{id}">.*?</section>', text, re.DOTALL)[0]


@pytest.mark.requirement("MEM-047")
def test_the_birthday_is_masked_and_names_its_source_and_its_time(client, tree, mini):
    said = {"birth_date": {"value": "1990-05-06", "at": "2026-01-10T12:00:00+00:00"}}
    account = factories.account(channel=mini, organization=tree["s1"], traits=said)
    client.force_login(factories.staff(organization=tree["s1"], permissions=PEOPLE))

    profile = card(shown(client, account.member), "profile")

    assert "1990-**-**" in profile
    assert "1990-05-06" not in profile
    assert "Mini-program" in profile
    assert f"{timezone.localtime(dt.datetime(2026, 1, 10, 12, tzinfo=dt.UTC)):%d Jan 2026, %H:%M}" in profile
    assert "/show/birth_date/" not in profile
    client.force_login(
        factories.staff(organization=tree["s1"], permissions=f"{PEOPLE} members.view_personal_data")
    )
    assert "/show/birth_date/" in card(shown(client, account.member), "profile")


def test_only_the_open_tab_is_filled(client, tree, mini, monkeypatch):
    asked = []
    for panel in panels._panels:
        monkeypatch.setattr(
            panels, "_panels", [*(each for each in panels._panels if each is not panel), spied(panel, asked)]
        )
    client.force_login(factories.staff(superuser=True))
    member = factories.account(channel=mini).member
    for tab in panels.tabs(opened="overview"):
        asked.clear()
        shown(client, member, f"tab={tab.code}")
        assert {each.tab for each in asked if each.place != "head"} == {tab.code}


def spied(panel, asked):
    def fill(member, request):
        asked.append(panel)
        return

    return panels.Panel(panel.title, panel.template, fill, panel.place, panel.position, panel.tab)


@pytest.mark.parametrize("tab", ["", "nowhere", "orders&all=returns", "timeline&since=x&before=y~z"])
def test_any_address_of_the_page_opens(client, tree, mini, tab):
    client.force_login(factories.staff(superuser=True))
    assert 'aria-current="page"' in shown(client, factories.account(channel=mini).member, f"tab={tab}")


def test_a_panel_of_no_tab_is_refused():
    with pytest.raises(ValueError, match="nowhere is no tab"):
        panels.Panel("title", "template.html", lambda member, request: None, tab="nowhere")


@pytest.mark.requirement("MEM-056")
def test_the_timeline_is_narrowed_by_channel_type_and_period(client, tree, mini):
    till = factories.channel(organization=tree["g"], code="till", name="Till")
    account = factories.account(channel=mini)
    other = factories.account(channel=till, member=account.member)
    noon = dt.datetime(2026, 1, 10, 4, tzinfo=dt.UTC)
    for owner, name, days in [(account, "visit", 0), (other, "ask_price", 1), (account, "share", 2)]:
        factories.event(account=owner, name=name, at=noon + dt.timedelta(days=days))
    client.force_login(factories.staff(superuser=True))

    def listed(query):
        found = re.search(
            r'<ol class="nf-timeline">.*?</ol>', shown(client, account.member, query), re.DOTALL
        )
        return re.findall(r'nf-strong">([^<]*)<', found[0]) if found else []

    assert listed("tab=timeline") == ["Share", "Ask price", "Visit"]
    assert listed("tab=timeline&channel=mini") == ["Share", "Visit"]
    assert listed("tab=timeline&name=ask_price") == ["Ask price"]
    assert listed("tab=timeline&since=2026-01-11&until=2026-01-11") == ["Ask price"]
    assert listed("tab=timeline&channel=till&name=visit") == []
    assert "let through" in shown(client, account.member, "tab=timeline&channel=till&name=visit")


def test_what_an_event_says_is_masked_by_the_name_of_the_property(client, tree, mini):
    account = factories.account(channel=mini)
    factories.event(account=account, name="visit", real_name="Wang Xiaoming", sku="FR-500")
    factories.event(account=account, name="share")
    client.force_login(factories.staff(superuser=True))
    for query in ("", "tab=timeline"):
        text = shown(client, account.member, query)
        assert "FR-500" in text
        assert "Xiaoming" not in text
        assert text.count("<summary>details</summary>") == 1


def test_older_pages_are_turned_to_with_the_filters_kept(client, tree, mini):
    account = factories.account(channel=mini)
    for number in range(120):
        factories.event(account=account, name="visit", at=NOW - dt.timedelta(minutes=number))
    factories.event(account=account, name="share", at=NOW)
    client.force_login(factories.staff(superuser=True))
    query, pages = "tab=timeline&name=visit", []
    while query:
        text = shown(client, account.member, query)
        pages.append(text.count("<li>\n        <div><span"))
        older = re.search(r'rel="next" href="\?([^"]*)"', text)
        query = older[1].replace("&amp;", "&") if older else ""
    assert pages == [50, 50, 20]


@pytest.mark.requirement("MEM-063")
def test_the_page_says_how_long_the_relation_lasts_and_its_stages(client, tree, mini):
    account = factories.account(channel=mini, at=dt.datetime(2023, 1, 1, 4, tzinfo=dt.UTC))
    factories.order(account=account, at=dt.datetime(2025, 1, 1, 4, tzinfo=dt.UTC))
    client.force_login(factories.staff(superuser=True))

    told = card(shown(client, account.member), "relation")

    assert "731 days" in told
    assert "1 Jan 2023" in told
    stages = re.findall(r"<li><span>([^<]*)</span>", told)
    assert stages[-1] == "Prospect"
    assert "New customer" in stages


def test_ten_thousand_events_cost_the_page_no_more_statements(
    client, tree, mini, django_assert_max_num_queries
):
    account = factories.account(channel=mini)
    Event.objects.bulk_create(
        Event(account=account, channel=mini, organization=tree["g"], name="visit",
              occurred_at=NOW - dt.timedelta(minutes=number))
        for number in range(10_000)
    )  # fmt: skip
    client.force_login(factories.staff(organization=tree["g"], permissions=PEOPLE))
    shown(client, account.member, "tab=timeline")
    with django_assert_max_num_queries(30):
        assert "10,000 events" in shown(client, account.member, "tab=timeline")
