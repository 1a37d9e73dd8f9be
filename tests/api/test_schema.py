"""The API against its own OpenAPI document: anything may be sent, nothing breaks, answers keep their form."""

import io
import json

import hypothesis
import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from members.actions import keys
from tests import factories
from tests.api import callers

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]
pytestmark = pytest.mark.django_db
document = schemathesis.openapi.from_dict(json.loads(json.dumps(SchemaGenerator().get_schema(public=True))))
document.app = get_wsgi_application()


@pytest.fixture(autouse=True)
def _unhindered(settings):
    """No rate holds the test back, and its transaction outlives its requests."""
    framework = django_settings.REST_FRAMEWORK
    rates = {"key": "1000000/min", "stranger": "1000000/min"}
    settings.REST_FRAMEWORK = {**framework, "DEFAULT_THROTTLE_RATES": rates}
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def secret(db) -> str:
    nodes = factories.tree()
    pos = factories.channel(organization=nodes["s1"], code="pos")
    member = callers.person(channel=pos, phone="+8613812341234", name="王小明")
    factories.order(account=member.accounts.get())
    factories.event(account=member.accounts.get(), name="visit", sku="S1")
    return keys.issue(channel=pos, scopes=["query", "browse", "edit", "ingest"], name="k")[1]


@document.parametrize()
@hypothesis.settings(
    max_examples=25, derandomize=True, database=None, deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)  # fmt: skip
def test_whatever_is_sent_the_answer_is_documented(case, secret):
    headers = {"Authorization": f"Api-Key {secret}"}
    case.call_and_validate(headers=headers, checks=CHECKS)


def test_the_document_is_whole():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())
