"""What stands in for a page that can't be shown: in plain words, with a way back."""

import pytest
from django.test import Client
from django.urls import path

from config.urls import urlpatterns as real
from tests import factories

pytestmark = pytest.mark.django_db


def broken(_request):
    raise RuntimeError("out of order")


urlpatterns = [*real, path("broken", broken)]


def told(response) -> tuple[int, str]:
    page = response.content.decode()
    assert 'href="/admin/"' in page
    return response.status_code, page[page.index("<h1>") + 4 : page.index("</h1>")]


def test_who_may_not_see_a_page_is_told_so(client):
    client.force_login(factories.staff())
    assert told(client.get("/admin/tags/tag/")) == (403, "This is not open to you")


def test_an_address_that_leads_nowhere(client):
    client.force_login(factories.staff(superuser=True))
    assert told(client.get("/admin/nowhere/")) == (404, "There is nothing here")


def test_a_form_of_another_session():
    client = Client(enforce_csrf_checks=True)
    assert told(client.post("/admin/login/", {"username": "a"})) == (403, "This form was not sent")


@pytest.mark.urls("tests.config.test_plain_pages")
def test_a_fault_of_ours(client):
    client.raise_request_exception = False
    assert told(client.get("/broken")) == (500, "Something went wrong")
