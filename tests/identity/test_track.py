"""The door of own pages: anonymous events come in, nothing goes out."""

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from identity.actions import visits
from identity.admin import tracking
from identity.models import QuarantineItem, TrackingKey
from members.models import Account, Event, Member
from tests import factories
from tests.identity import company

ORIGIN = "https://www.shop.cn"
VISITOR = "0123456789abcdef0123"
pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    site = factories.channel(organization=company.build()["b1"], code="site", kind="website")
    return TrackingKey.objects.create(channel=site, origins=[ORIGIN])


def millis(moment):
    return int(moment.timestamp() * 1000)


def now():
    return dt.datetime.now(dt.UTC)


def happened(name="page_view", number=1, **more):
    return {
        "i": f"{number:016d}",
        "n": name,
        "t": millis(now()),
        "u": f"{ORIGIN}/tea?gclid=g-1&name=Li#x",
    } | more


def batch(*events, **more):
    return {"v": VISITOR, "s": millis(now()), "e": list(events)} | more


def send(key, body, *, origin=ORIGIN, kind="text/plain;charset=UTF-8", method="post"):
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    headers = {"Origin": origin} if origin else {}
    return getattr(Client(), method)(f"/api/track/{key}", text, content_type=kind, headers=headers)


def test_a_page_view_is_stored_with_its_click_parameters(key):
    answer = send(key, batch(happened(p={"title": "Tea"}, r="https://www.baidu.com/s?wd=tea")))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    stored = Event.objects.get()
    assert (stored.name, stored.channel, stored.touchpoint) == ("page_view", key.channel, "www.shop.cn")
    stored.properties.pop("external_id")
    assert stored.properties == {
        "title": "Tea", "url": f"{ORIGIN}/tea", "referrer": "https://www.baidu.com/s",
        "attribution": {"gclid": "g-1"},
    }  # fmt: skip
    assert stored.account.is_contact


def test_the_same_batch_twice_is_there_once(key):
    body = batch(happened(), happened(number=2))
    assert send(key, body).json() == {"accepted": 2}
    assert send(key, body).json() == {"duplicate": 2}
    assert Event.objects.count() == 2


@pytest.mark.parametrize("origin", ["https://www.shop.cn.evil.cn", "http://www.shop.cn", "null", "", None])
def test_pages_of_others_are_refused(key, origin):
    assert send(key, batch(happened()), origin=origin).status_code == 403
    assert not Event.objects.exists()


def test_an_unknown_key_and_one_that_is_off_open_nothing(key):
    assert send("0" * 20, batch(happened())).status_code == 404
    TrackingKey.objects.update(active=False)
    assert send(key, batch(happened())).status_code == 404
    assert not Event.objects.exists()


def test_nothing_can_be_read(key):
    send(key, batch(happened()))
    assert send(key, "", method="get").status_code == 405
    assert Client().get(f"/api/v1/members?key={key}").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{", b"\xff", {"v": VISITOR}, batch(), batch(*[happened()] * 21), batch(happened(), v="short"),
        batch(happened(i="1")), batch(happened(n="")), batch(happened(p={"a": {"b": 1}})), batch(happened(t="now")),
    ],
)  # fmt: skip
def test_what_is_no_batch_is_refused_whole(key, body):
    assert send(key, body).status_code == 400
    assert not Event.objects.exists()


def test_a_batch_that_is_too_large_is_refused(key):
    assert send(key, batch(happened(p={"a": "x" * 70_000}))).status_code == 413


def test_it_speaks_for_no_account_and_binds_nothing_but_the_cookie(key):
    factories.account(channel=key.channel, external_id="u1")
    forged = happened(account="u1", channel="mall", identifiers=[{"kind": "phone", "value": "13812341234"}])
    send(key, batch(forged | {"w": {"phone": "13812341234", "email": "li@example.com"}}, type="account"))
    stored = Event.objects.get()
    assert stored.channel == key.channel
    assert [each.identifier.kind_id for each in stored.account.bindings.all()] == ["cookie"]
    assert stored.account != Account.objects.get(external_id="u1")


def test_forms_join_where_the_key_lets_them(key):
    send(key, batch(happened()))
    form = happened(
        "form_submit", 2, w={"email": "li@example.com", "phone": "13812341234"}, p={"form": "trial"}
    )
    TrackingKey.objects.update(forms_join=True)
    send(key, batch(form))
    assert Member.objects.active().count() == 1
    kinds = {each.identifier.kind_id for account in Account.objects.all() for each in account.bindings.all()}
    assert kinds == {"cookie", "email"}


def test_a_wrong_clock_is_corrected_and_old_news_is_left(key):
    lag = dt.timedelta(days=400)
    seen = now() - dt.timedelta(seconds=30)
    send(key, batch(happened(t=millis(seen - lag)), s=millis(now() - lag)))
    assert abs(Event.objects.get().occurred_at - seen) < dt.timedelta(seconds=5)
    assert send(key, batch(happened(number=2, t=millis(now() - lag)))).json() == {}


def test_an_unknown_event_waits_and_the_houses_own_cannot_be_said(key):
    assert send(key, batch(happened("sofa_tried"))).json() == {"quarantined": 1}
    assert send(key, batch(happened("campaign.sent"))).json() == {"quarantined": 1}
    assert set(QuarantineItem.objects.values_list("code", flat=True)) == {"event.unknown", "event.reserved"}


def test_long_and_odd_properties_are_cut(key):
    given = {"a": "x" * 1000, "b c": 1, **{f"p{n}": n for n in range(40)}}
    send(key, batch(happened(p=given)))
    kept = Event.objects.get().properties
    assert len(kept["a"]) == visits.TEXT
    assert "b c" not in kept
    assert len([name for name in kept if name.startswith("p")]) == visits.PROPERTIES - 2


def test_too_many_batches_are_held_back(key, settings):
    from django.core.cache import cache  # the counters of other tests

    cache.clear()
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] | {"track": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    assert [send(key, batch(happened(number=n))).status_code for n in range(3)] == [202, 202, 429]
    cache.clear()


def test_a_browser_that_asks_first_is_answered(key):
    allowed = send(key, "", method="options")
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    assert send(key, "", method="options", origin="https://evil.cn").status_code == 403


def test_a_key_names_its_pages(key):
    with pytest.raises(IntegrityError), transaction.atomic():
        TrackingKey.objects.create(channel=key.channel, origins=[])


@pytest.mark.parametrize("given", ["https://Shop.cn/", "http://localhost:8000", "https://a.cn"])
def test_origins_are_written_as_browsers_send_them(given):
    assert tracking._origin(given) == given.lower().rstrip("/")


@pytest.mark.parametrize(
    "given", ["shop.cn", "https://*.cn", "https://a.cn/path", "https://u@a.cn", "ftp://a.cn", "https://[", ""]
)
def test_what_is_no_origin_is_refused(given):
    with pytest.raises(ValidationError):
        tracking._origin(given)
