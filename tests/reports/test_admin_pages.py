import io

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from identity.actions import datamap
from identity.models import GapPlan, Touchpoint
from members.models import AccessRecord
from reports.admin import kept
from reports.admin.cards import CARDS
from reports.admin.pages import PAGES
from tests import factories
from tests.campaigns import making

pytestmark = pytest.mark.django_db
REPORTS = "members.view_reports"
NOW = factories.NOW


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def mall(tree):
    channel = factories.channel(organization=tree["g"], code="mall")
    for store in ("s1", "s1", "s3"):
        factories.order(account=factories.account(channel=channel, organization=tree[store]))
    return channel


def open_page(client, name, **query):
    return client.get(reverse(f"admin:report_{name}"), query)


@pytest.mark.parametrize("name", PAGES)
def test_every_report_opens_on_an_empty_house_and_on_a_full_one(client, tree, name):
    client.force_login(factories.staff(organization=tree["g"], permissions=REPORTS))
    assert open_page(client, name).status_code == 200

    account = making.reachable(channel=factories.channel(organization=tree["g"]), phone="+8613800138001")
    factories.order(account=account, at=timezone.now())
    chosen = making.audience(organization=tree["g"], members=[account.member])
    making.run(making.approved(organization=tree["g"], audience=chosen))
    layers = ["vip", "high", "medium", "low"]
    factories.tag(organization=tree["g"], code="layers", source="model", model="pyramid", values=layers)
    datamap.install()

    assert open_page(client, name, fresh=1).status_code == 200
    assert open_page(client, name, export="xlsx").status_code == 200
    assert open_page(client, name, export="csv-0").content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", CARDS)
def test_every_card_of_the_front_page_opens(client, tree, mall, name):
    client.force_login(factories.staff(organization=tree["d1"], permissions=REPORTS))

    assert client.get(reverse("admin:report_card", args=[name])).status_code == 200
    assert (
        client.get(reverse("admin:report_card", args=[name]), {"organization": tree["d2"].pk}).status_code
        == 404
    )


def test_a_report_ends_where_the_readers_reach_ends(client, tree, mall):
    client.force_login(factories.staff(organization=tree["d1"], permissions=REPORTS))

    page = open_page(client, "pool")

    assert page.context["figures"][0]["value"] == "2"
    assert {node.code for node in page.context["nodes"]} == {"d1", "s1", "s2"}
    for code in ("g", "d2"):
        assert open_page(client, "pool", organization=tree[code].pk).status_code == 404


def test_the_organization_filter_narrows(client, tree, mall):
    client.force_login(factories.staff(superuser=True))

    people = {
        code: open_page(client, "pool", organization=tree[code].pk).context["figures"][0]["value"]
        for code in tree
    }

    assert people == {
        "g": "3",
        "b1": "3",
        "b2": "0",
        "d1": "2",
        "d2": "1",
        "s1": "2",
        "s2": "0",
        "s3": "1",
        "s4": "0",
    }


def test_an_export_holds_what_the_page_shows_and_is_recorded(client, tree, mall):
    user = factories.staff(organization=tree["g"], permissions=REPORTS)
    client.force_login(user)

    answer = open_page(client, "pool", export="xlsx")

    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert rows[1][:3] == ("mall", 3, 3)
    record = AccessRecord.objects.get()
    assert (record.user, record.action, record.field) == (user, "export", "report pool")
    assert open_page(client, "pool", export="csv-99").status_code == 404
    assert open_page(client, "pool", export="pdf").status_code == 404


def test_an_answer_is_kept_for_some_minutes_and_asked_again_on_request(client, tree, mall):
    client.force_login(factories.staff(superuser=True))
    assert open_page(client, "pool").context["figures"][0]["value"] == "3"
    factories.account(channel=mall)

    assert open_page(client, "pool").context["figures"][0]["value"] == "3"
    assert open_page(client, "pool", fresh=1).context["figures"][0]["value"] == "4"


def test_reports_need_their_permission_and_an_organization(client, tree):
    client.force_login(factories.staff(organization=tree["g"]))
    assert open_page(client, "pool").status_code == 403
    client.force_login(factories.staff(permissions=REPORTS))
    assert open_page(client, "pool").status_code == 404


@pytest.mark.parametrize("part", ["where", "touchpoints", "joins", "signals", "mend", "gaps", "no-such-part"])
def test_the_data_map_is_read_part_by_part_at_as_many_queries(
    client, tree, mall, part, django_assert_max_num_queries
):
    datamap.install()
    client.force_login(factories.staff(organization=tree["g"], permissions=f"{REPORTS} identity.add_gapplan"))
    open_page(client, "datamap")
    with django_assert_max_num_queries(12):
        page = open_page(client, "datamap", part=part)
    assert page.context["part"].name == ("where" if part == "no-such-part" else part)
    assert [table["number"] for table in page.context["tables"]] == ([0] if part == "touchpoints" else [])


def test_a_large_house_is_counted_while_the_page_waits(client, tree, mall, monkeypatch):
    datamap.install()
    client.force_login(factories.staff(organization=tree["g"], permissions=REPORTS))
    monkeypatch.setattr(kept, "LARGE", -2)  # a table that was never analysed has -1 rows
    waiting = open_page(client, "datamap", part="signals")
    assert "Counting what everybody did" in waiting.text
    assert "part=signals&amp;counted=1" in waiting.text
    assert "counted" not in open_page(client, "datamap", part="signals", counted=1).text
    assert "What each touchpoint tells of customers" in open_page(client, "datamap", part="signals").text


def test_what_was_planned_a_moment_ago_stands_on_the_map(client, tree):
    datamap.install()
    client.force_login(factories.staff(organization=tree["g"], permissions=REPORTS))
    open_page(client, "datamap", part="gaps")
    left, right = Touchpoint.objects.order_by("pk")[:2]
    GapPlan.objects.create(left=left, right=right, action="scan the code at the till", target=4)
    assert "scan the code at the till" in open_page(client, "datamap", part="gaps").text
