"""Whom a platform names by nothing but the hash of a telephone is found by the telephone."""

import hashlib

import pytest

from identity.actions import recipes, verdicts
from identity.models import HashRecipe
from members.models import Account
from tests import factories
from tests.api import callers
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PHONE = "+8613800138001"
HASH = hashlib.md5(b"13800138001pinch", usedforsecurity=False).hexdigest()


@pytest.fixture(autouse=True)
def recipe(monkeypatch):
    monkeypatch.setenv("HASH_JD_SALT", "pinch")
    callers.identifier(kind="phone_hash", value="0" * 32)
    HashRecipe.objects.create(
        name="JD", plain_kind_id="phone", hashed_kind_id="phone_hash", namespace="jd", algorithm="md5",
        form="national", secret_name="HASH_JD_SALT",
    )  # fmt: skip
    recipes.apply(now=NOW)


@pytest.fixture
def nodes():
    return factories.tree()


@pytest.fixture
def mall(nodes):
    return factories.channel(organization=nodes["g"], code="jd")


def buyer(mall, **fields):
    """Somebody of whom the platform tells the hash of a telephone and no more."""
    member = callers.person(channel=mall, name="王小明", **fields)
    callers.bind(member.accounts.get(), kind="phone_hash", value=HASH, namespace="jd")
    return member


def look(channel, organization=None, phone="138 0013 8001"):
    client = callers.client(channel=channel, scopes="query", organization=organization)
    return client.post("/api/v1/members/lookup", {"phone": phone})


def test_somebody_known_by_his_hash_is_found_by_his_telephone(mall):
    wang = buyer(mall)
    answer = look(mall)
    assert (answer.status_code, answer.json()["oneid"]) == (200, wang.oneid)
    assert answer.json()["found_by"] == {"kind": "phone", "namespace": "", "value": PHONE}
    assert HASH not in answer.content.decode()
    assert look(mall, phone="138 0013 8002").status_code == 404


def test_the_till_recognises_him_too(mall):
    wang = buyer(mall)
    till = callers.client(channel=mall, scopes="query")
    assert till.post("/api/v1/pos/customer", {"phone": PHONE}).json()["oneid"] == wang.oneid


def test_who_gave_the_telephone_itself_comes_first(mall):
    buyer(mall)
    plain = callers.person(channel=mall, phone=PHONE)
    assert look(mall).json()["oneid"] == plain.oneid


def test_two_of_one_hash_are_not_guessed(mall):
    both = {buyer(mall).oneid, buyer(mall).oneid}
    answer = look(mall)
    assert answer.status_code == 409
    assert {each["oneid"] for each in answer.json()["candidates"]} == both


def test_nobody_is_found_elsewhere_or_through_a_recipe_that_is_not_in_force(nodes, mall):
    shop = factories.channel(organization=nodes["s1"], code="shop")
    buyer(mall, organization=nodes["s1"])
    assert look(shop).status_code == 200
    assert look(shop, organization=nodes["b2"]).status_code in (403, 404)
    HashRecipe.objects.update(active=False)
    recipes.apply(now=NOW)
    assert look(shop).status_code == 404


def test_a_telephone_that_was_never_his_does_not_find_him_by_the_hash_made_of_it(mall):
    """What a steward says of the plain number holds for the hash that the house derived from it."""
    wrong = callers.person(channel=mall, phone=PHONE)
    account = Account.objects.get(member=wrong)
    recipes.apply(now=NOW)
    assert account.bindings.exclude(source=None).exists()
    plain = account.bindings.get(source=None)
    verdicts.not_his(accounts=[account.pk], identifier=plain.identifier, by=factories.staff(), now=NOW)
    assert look(mall).status_code == 404
