"""The limit on different values among carriers is typed as numbers, one for each kind that is counted."""

import pytest
from django.urls import reverse

from identity.actions import seeds
from identity.models import IdentifierKind, Trial
from tests import factories, pages

pytestmark = pytest.mark.django_db
ADD = "admin:identity_trial_add"


@pytest.fixture(autouse=True)
def form(client, monkeypatch):
    """The form of a new trial as it is before somebody types."""
    monkeypatch.setattr("identity.admin.trials.async_task", lambda *_given, **_options: None)
    seeds.kinds()
    client.force_login(factories.staff(superuser=True))
    return pages.fields(client.get(reverse(ADD))) | {"name": "Families", "reason": "they share"}


def test_each_counted_kind_has_a_number_of_its_own_and_the_rules_in_force_stand_in_it(form):
    assert (form["device-max_distinct-phone"], form["phone-max_distinct-name"]) == (["2"], ["2"])
    assert (form["phone-max_distinct-phone"], form["phone-max_distinct-another"]) == ([""], [""])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"-name": "3"}, {"unionid": 2, "name": 3}),
        ({"-name": ""}, {"unionid": 2}),
        ({"-name": " 4 "}, {"unionid": 2, "name": 4}),
        ({"-another": "email", "-another-limit": "1"}, {"unionid": 2, "name": 2, "email": 1}),
    ],
)
def test_what_is_typed_is_tried(client, form, typed, kept):
    client.post(reverse(ADD), form | {f"phone-max_distinct{name}": text for name, text in typed.items()})
    assert Trial.objects.get().kinds == {"phone": {"max_distinct": kept}}


def test_nothing_typed_is_nothing_changed(client, form):
    answer = client.post(reverse(ADD), form)
    assert "Nothing is changed" in answer.content.decode()


def test_what_is_wrong_is_told_beside_it_and_what_was_typed_stays(client, form):
    answer = client.post(reverse(ADD), form | {"card-max_distinct-name": "-1"})
    shown = answer.content.decode()
    assert "name: write a whole number, or leave it empty for no limit." in shown
    assert pages.fields(answer)["card-max_distinct-name"] == ["-1"]
    assert not Trial.objects.exists()


def test_the_change_is_told_in_words(client, form):
    answer = client.post(reverse(ADD), form | {"phone-max_distinct-name": "3"}, follow=True)
    shown = answer.content.decode()
    assert "WeChat unionid 2, name 2" in shown
    assert "WeChat unionid 2, name 3" in shown


def test_a_new_kind_takes_numbers_too(client):
    add = reverse("admin:identity_identifierkind_add")
    sent = pages.fields(client.get(add)) | {
        "code": "line",
        "name": "LINE account",
        "strength": "55",
        "max_distinct-name": "2",
    }
    client.post(add, sent)
    assert IdentifierKind.objects.get(code="line").max_distinct == {"name": 2}
    shown = client.get(reverse("admin:identity_identifierkind_change", args=["line"])).content.decode()
    assert "name 2" in shown
