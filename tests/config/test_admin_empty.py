"""An empty list says what would stand there, and whether a search or a filter hides it."""

import pytest
from django.urls import reverse

from config import roles
from tests import factories

pytestmark = pytest.mark.django_db
EXPLAINED = (
    "activity", "simulation", "coupontemplate", "coupon", "toldcoupon", "cartwatch", "cartrun", "tillorder", "uploadeditem",
)  # fmt: skip


@pytest.mark.parametrize("model", EXPLAINED)
def test_an_empty_list_says_what_it_is_for(client, model):
    roles.create()
    client.force_login(factories.staff(organization=factories.tree()["g"], role="marketer"))
    address = reverse(f"admin:campaigns_{model}_changelist")
    shown = client.get(address)
    words = str(shown.context["cl"].model_admin.empty_words)
    assert words in shown.content.decode().replace("&#x27;", "'")


def test_a_search_that_finds_nothing_says_so(client):
    client.force_login(factories.staff(superuser=True))
    shown = client.get(reverse("admin:campaigns_tillorder_changelist"), {"q": "nowhere"}).content.decode()
    assert "Nothing fits" in shown
    assert "Without search and filters" in shown
