"""The pages of event definitions, tracking keys, and what brought an order."""

import pytest
from django.urls import reverse

from identity.models import EventSchema, TrackingKey
from members.models import Channel, Event, Order
from tests import factories
from tests.identity import company
from tests.identity.company import accept, account, event, order

pytestmark = pytest.mark.django_db
LIST = reverse("admin:identity_eventschema_changelist")
ADD = reverse("admin:identity_eventschema_add")


@pytest.fixture
def house():
    return company.build()


@pytest.fixture
def boss(client, house):
    client.force_login(factories.staff(superuser=True))
    return client


def filled(**more):
    return {
        "name": "sofa_tried", "title": "Sofa tried", "title_zh": "试坐沙发", "stage": "choose",
        "lines": "seconds number required", "first_party": "on", "active": "on",
        "versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0",
    } | more  # fmt: skip


def test_an_unknown_event_is_listed_defined_and_let_in(boss):
    accept(account("u1"), event("sofa_tried", "u1", properties={"seconds": 30}))
    page = boss.get(LIST)
    assert [(each.name, each.count) for each in page.context["undefined"]] == [("sofa_tried", 1)]
    assert b"add_to_cart" in page.content

    form = boss.get(ADD + "?name=sofa_tried").context["adminform"].form
    assert (form.initial["name"], form.initial["lines"]) == ("sofa_tried", "seconds whole required")

    answer = boss.post(ADD, filled(), follow=True)
    assert "1 event that waited was let in." in [str(told) for told in answer.context["messages"]]
    assert Event.objects.get(name="sofa_tried").account.external_id == "u1"
    assert answer.context["undefined"] == []


def test_a_change_is_a_version_with_its_author(boss):
    boss.get(LIST)
    place = reverse("admin:identity_eventschema_change", args=["share"])
    answer = boss.post(place, filled(name="other", title="Passed on", lines="sku text required"), follow=True)
    assert answer.status_code == 200
    share = EventSchema.objects.get(name="share")
    assert (share.title, share.version, share.properties["sku"]["required"]) == ("Passed on", 2, True)
    assert share.versions.get(version=2).changed_by.is_superuser
    assert not EventSchema.objects.filter(name="other").exists()
    assert b"sku text required" in boss.get(place).content


def test_a_wrong_line_is_named(boss):
    answer = boss.post(ADD, filled(lines="seconds numbre"))
    assert "the type numbre is not known" in str(answer.context["adminform"].form.errors["lines"])


def test_the_last_30_days_are_counted_within_reach(client, house):
    from django.utils import timezone  # the page looks at the clock

    for node, times in (("b1", 2), ("b2", 3)):
        someone = factories.account(channel=factories.channel(organization=house[node]))
        for _time in range(times):
            factories.event(account=someone, name="share", at=timezone.now())
    client.force_login(factories.staff(organization=house["b1"], permissions="identity.view_eventschema"))
    rows = {row.name: row for row in client.get(LIST).context["cl"].result_list}
    assert rows["share"].recent_count == 2
    assert (rows["search"].recent_count, rows["search"].last_at) == (0, None)
    assert client.get(ADD).status_code == 403


def test_a_tracking_key_is_made_and_shows_its_snippet(boss):
    channel = Channel.objects.get(code="mall")
    place = reverse("admin:identity_trackingkey_add")
    wrong = boss.post(place, {"channel": channel.pk, "origins": "shop.cn", "active": "on"})
    assert "https://www.example.com" in str(wrong.context["adminform"].form.errors["origins"])
    boss.post(place, {"channel": channel.pk, "origins": "https://Shop.cn/,https://m.shop.cn", "active": "on"})
    key = TrackingKey.objects.get()
    assert key.origins == ["https://shop.cn", "https://m.shop.cn"]
    page = boss.get(reverse("admin:identity_trackingkey_change", args=[key.pk])).content.decode()
    assert f"data-key=&quot;{key.key}&quot;" in page
    assert "http://testserver/static/ninefold/track.js" in page


def test_staff_see_keys_of_their_own_channels_only(client, house):
    for code in ("mall", "ad"):
        TrackingKey.objects.create(channel=Channel.objects.get(code=code), origins=["https://a.cn"])
    client.force_login(factories.staff(organization=house["b1"], permissions="identity.view_trackingkey"))
    rows = client.get(reverse("admin:identity_trackingkey_changelist")).context["cl"].result_list
    assert [row.channel.code for row in rows] == ["mall"]


def test_an_order_shows_what_brought_it(boss):
    cookie = {"kind": "cookie", "value": "ck-1234567890"}
    click = event("ad_click", channel="ad", on=1, identifiers=[cookie], attribution={"qz_gdt": "w-1"})
    accept(click, account("u1", identifiers=[cookie]), order("o1", "u1", on=4), order("o2", on=4))
    with_click, without = (Order.objects.get(external_id=number) for number in ("o1", "o2"))
    page = boss.get(reverse("admin:members_order_change", args=[with_click.pk])).content.decode()
    assert "qz_gdt = w-1" in page
    assert "Tencent Ads" in page
    page = boss.get(reverse("admin:members_order_change", args=[without.pk])).content.decode()
    assert "What brought this order" not in page
