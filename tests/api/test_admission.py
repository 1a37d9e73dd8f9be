import datetime as dt

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.rest import throttles
from members.actions import keys
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def pos():
    return factories.channel(organization=factories.organization(), code="pos")


def test_without_a_key_every_address_is_closed(client, pos):
    for address in ("members", "members/lookup", "members/X/orders", "organizations", "channels", "tags"):
        answer = client.get(f"/api/v1/{address}")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Api-Key"
        assert answer.json()["errors"][0]["remedy"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Api-Key",
        "Api-Key ",
        "Api-Key x",
        "Bearer abcdefgh.x",
        "Api-Key \x00\xff",
        "Api-Key " + "a" * 9000,
    ],
)
def test_a_header_that_is_no_key_opens_nothing_and_asks_no_database(pos, header, client):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get("/api/v1/organizations", HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert not captured


def test_unknown_revoked_and_expired_keys_open_nothing(pos):
    key, secret = keys.issue(channel=pos, scopes=["browse"], name="k")
    assert callers.with_secret(secret).get("/api/v1/organizations").status_code == 200
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    assert callers.with_secret(wrong).get("/api/v1/organizations").status_code == 401
    assert callers.with_secret("a" * 8 + "." + "b" * 32).get("/api/v1/organizations").status_code == 401
    keys.revoke(key=key)
    assert callers.with_secret(secret).get("/api/v1/organizations").status_code == 401
    yesterday = timezone.now() - dt.timedelta(days=1)
    _key, old = keys.issue(channel=pos, scopes=["browse"], name="k", expires_at=yesterday)
    assert callers.with_secret(old).get("/api/v1/organizations").status_code == 401


def test_a_wrong_scope_is_named(pos):
    answer = callers.client(channel=pos, scopes="ingest").get("/api/v1/organizations")
    assert answer.status_code == 403
    assert "browse" in answer.json()["detail"]


def test_the_secret_is_kept_as_a_hash(pos):
    key, secret = keys.issue(channel=pos, scopes=["query"], name="k")
    key.refresh_from_db()
    assert secret.partition(".")[2] not in f"{key.id} {key.hashed_key}"
    assert key.hashed_key.startswith("sha512$$")


@pytest.mark.parametrize("scopes", [[], ["admin"], ["query", "root"]])
def test_a_key_needs_scopes_that_exist(pos, scopes):
    with pytest.raises(keys.WrongKey):
        keys.issue(channel=pos, scopes=scopes, name="k")


def test_a_key_that_calls_too_often_is_held_back(pos, settings):
    settings.REST_FRAMEWORK = _rates(key="2/min")
    caller = callers.client(channel=pos, scopes="browse")
    answers = [caller.get("/api/v1/organizations") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert answers[2].json()["type"] == "urn:ninefold:problem:throttled"
    assert callers.client(channel=pos, scopes="browse").get("/api/v1/organizations").status_code == 200


def test_who_waited_is_let_in_again_one_call_for_each_share_of_the_time(pos, settings, monkeypatch):
    now = [1_000_000.0]
    monkeypatch.setattr(throttles.Rate, "timer", lambda _rate: now[0])
    settings.REST_FRAMEWORK = _rates(key="2/min")
    caller = callers.client(channel=pos, scopes="browse")

    def asked() -> int:
        now[0] += 1
        return caller.get("/api/v1/organizations").status_code

    assert [asked() for _ in range(3)] == [200, 200, 429]
    now[0] += 28
    assert [asked() for _ in range(2)] == [200, 429]
    now[0] += 60
    assert [asked() for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("most", [3, 7, 11])
def test_as_many_calls_as_the_rate_says_are_let_in_at_once(pos, settings, monkeypatch, most):
    monkeypatch.setattr(throttles.Rate, "timer", lambda _rate: 1_795_371_174.1592586)
    settings.REST_FRAMEWORK = _rates(key=f"{most}/min")
    caller = callers.client(channel=pos, scopes="browse")
    answers = [caller.get("/api/v1/organizations").status_code for _ in range(most + 1)]
    assert answers == [200] * most + [429]


def test_calls_out_of_scope_count_as_well(pos, settings):
    settings.REST_FRAMEWORK = _rates(key="2/min")
    caller = callers.client(channel=pos, scopes="ingest")
    assert [caller.get("/api/v1/organizations").status_code for _ in range(3)] == [403, 403, 429]


def test_guessing_keys_is_held_back_by_address_whatever_the_guesser_says_of_it(client, pos, settings):
    settings.REST_FRAMEWORK = _rates(stranger="2/min")
    answers = [
        client.get(
            "/api/v1/organizations",
            HTTP_AUTHORIZATION=f"Api-Key {'a' * 8}.{number:032d}",
            HTTP_X_FORWARDED_FOR=f"10.0.0.{number}",
        ).status_code
        for number in range(3)
    ]
    assert answers == [401, 401, 429]


def _rates(**rates: str) -> dict:
    framework = django_settings.REST_FRAMEWORK
    return {**framework, "DEFAULT_THROTTLE_RATES": {**framework["DEFAULT_THROTTLE_RATES"], **rates}}


@pytest.mark.django_db(transaction=True)
def test_a_call_opens_a_connection_that_was_lost_anew(pos):
    _key, secret = keys.issue(channel=pos, scopes=["browse"], name="k")
    caller = callers.with_secret(secret)
    assert caller.get("/api/v1/organizations").status_code == 200
    connection.connection.close()  # as a server does that restarts
    assert caller.get("/api/v1/organizations").status_code == 200
