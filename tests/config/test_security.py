"""What no text can hold is refused before it reaches the database."""

import pytest
from django.urls import reverse

from identity.models import ReviewDecision
from tests import factories
from tests.identity import cases, company

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/admin/identity/reviewcase/desk/?sort=%00", "/admin/identity/verdict/?kind=%00",
        "/admin/identity/reviewcase/?q=a&a%00=b", "/admin/members/member/?q=%00",
    ],
)  # fmt: skip
def test_an_address_with_a_nul_is_refused(client, address):
    client.force_login(factories.staff(superuser=True))
    answer = client.get(address)
    assert answer.status_code == 400
    assert "NUL" in answer.content.decode()


def test_a_note_with_a_nul_is_refused_and_nothing_is_decided(client):
    company.build()
    case = cases.candidate()
    client.force_login(factories.staff(superuser=True))
    address = reverse("admin:identity_review_decide", args=[case.pk])
    assert client.post(address, {"decision": "merge", "note": "a\x00b"}).status_code == 400
    assert not ReviewDecision.objects.exists()
    assert client.post(address, {"decision": "merge", "note": "ab"}).status_code == 302
