import pytest
from django.db import OperationalError
from django.test import Client

from members.queries import people
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db
FIELDS = {"type", "title", "status", "detail", "instance", "errors"}


@pytest.fixture
def caller():
    channel = factories.channel(organization=factories.organization(), code="pos")
    return callers.client(channel=channel, scopes="query browse edit ingest")


def _is_problem(answer, status: int) -> dict:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == FIELDS
    assert body["status"] == status
    assert body["instance"] == answer.wsgi_request.path
    assert all(set(error) == {"place", "message", "remedy"} for error in body["errors"])
    return body


@pytest.mark.parametrize(
    "address", ["/api/", "/api/v1/", "/api/v2/members", "/api/v1/member", "/api/v1/members/a/b/c"]
)
def test_an_unknown_address_is_a_problem(client, address):
    for method in ("get", "post", "delete", "put"):
        _is_problem(getattr(client, method)(address), 404)


@pytest.mark.parametrize("method", ["DELETE", "PUT", "OPTIONS", "TRACE", "FOO"])
def test_a_method_that_is_not_offered(caller, method):
    _is_problem(caller.generic(method, "/api/v1/organizations"), 405)


def test_head_needs_what_get_needs(caller):
    assert caller.head("/api/v1/organizations").status_code == 200
    assert caller.head("/api/v1/organizations").content == b""


def test_an_answer_in_another_form(caller):
    _is_problem(caller.get("/api/v1/organizations", HTTP_ACCEPT="text/csv"), 406)


def test_a_body_in_another_form(caller):
    _is_problem(caller.post("/api/v1/records", "<a/>", content_type="text/xml"), 415)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe[]", b"[NaN]", b"[" * 10_000, b'["\\ud800"]', b"[1e999999]x"]
)
@pytest.mark.parametrize("address", ["records", "members/lookup"])
def test_a_body_that_is_not_json(caller, body, address):
    _is_problem(caller.post(f"/api/v1/{address}", body, content_type="application/json"), 400)


@pytest.mark.parametrize(
    "body", [b"null", b"1", b'"x"', b'{"type": "account"}', b'{"records": 1}', b'{"records": [], "a": 1}']
)
def test_a_body_that_is_no_list(caller, body):
    problem = _is_problem(caller.post("/api/v1/records", body, content_type="application/json"), 400)
    assert problem["errors"][0]["remedy"] == 'Send […] or {"records": […]}.'


def test_a_body_that_is_too_large(caller, settings):
    settings.API_RECORDS_MAX_BYTES = 100
    problem = _is_problem(caller.post("/api/v1/records", [{"a": "b" * 200}]), 413)
    assert problem["type"] == "urn:ninefold:problem:too-large"


@pytest.mark.parametrize(
    "body", [b"[1e999999]", b"[" + b"9" * 5000 + b"]", b"[-0.0]", b"[true, null, [], {}]"]
)
def test_a_list_of_anything_gets_a_verdict_for_each(caller, body):
    answer = caller.post("/api/v1/records", body, content_type="application/json")
    assert answer.status_code in (200, 400)
    given = {row["verdict"] for row in answer.data.get("verdicts", [])}
    assert given <= {"rejected", "quarantined"}


def test_answers_stay_out_of_caches(caller):
    assert "no-store" in caller.get("/api/v1/members")["Cache-Control"]


def test_too_many_records(caller):
    problem = _is_problem(caller.post("/api/v1/records", [{}] * 1001), 400)
    assert problem["errors"][0]["message"] == "1001 records are too many."


def test_a_fault_of_ours_says_nothing_of_itself(caller, monkeypatch, caplog):
    def broken(**_given):
        raise RuntimeError("secret: 13812341234")

    monkeypatch.setattr(people, "current", broken)
    answer = caller.get("/api/v1/members/X/orders")
    _is_problem(answer, 500)
    assert "13812341234" not in answer.content.decode()


def test_a_database_that_is_away_asks_to_send_again(caller, monkeypatch):
    def away(**_given):
        raise OperationalError("connection refused: password=secret")

    monkeypatch.setattr(people, "current", away)
    answer = caller.get("/api/v1/members/X/orders")
    _is_problem(answer, 503)
    assert answer["Retry-After"] == "5"
    assert "secret" not in answer.content.decode()


def test_a_fault_of_ours_is_a_problem_without_a_test_client_as_well(monkeypatch):
    answer = Client(raise_request_exception=False).get(
        "/api/v1/organizations", HTTP_AUTHORIZATION="Api-Key x"
    )
    _is_problem(answer, 401)


def test_the_query_is_not_repeated_in_the_problem(caller):
    answer = caller.get("/api/v1/members/lookup?phone=13812341234")
    assert "13812341234" not in answer.content.decode()
