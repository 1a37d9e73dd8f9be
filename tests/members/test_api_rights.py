"""What a customer may ask at his own end, through the key of its channel."""

import pytest

from members.models import AccessRecord, Account, Channel, Erasure, PromiseText
from tests.api import callers
from tests.identity import company

pytestmark = pytest.mark.django_db
PROMISE = "We recognise you in every shop."


@pytest.fixture
def tree():
    nodes = company.build()
    for version, day in (("v1", 1), ("v2", 20), ("v3", 10_000)):
        PromiseText.objects.create(
            purpose="identification", language="en", version=version, text=f"{PROMISE} {version}",
            benefit="welcome-20", valid_from=company.day(day),
        )  # fmt: skip
    agreed = {"purpose": "identification", "granted": True, "at": company.day(2), "text_version": "v1"}
    refused = agreed | {"granted": False, "at": company.day(3)}
    company.accept(
        company.account(
            "u-0001-aaaa", phone="13812340001", profile={"name": "Xu Wenjun"}, consents=[agreed, refused]
        )
    )
    return nodes


@pytest.fixture
def oneid(tree):
    return Account.objects.get().member.oneid


def caller(scopes="query edit", organization=None):
    return callers.client(channel=Channel.objects.get(code="app"), scopes=scopes, organization=organization)


def test_the_promise_in_force_is_told_with_its_digest(tree):
    (told,) = caller().get("/api/v1/promises", {"purpose": "identification", "language": "en"}).data
    text = PromiseText.objects.get(version="v2")
    assert (told["version"], told["text"], told["digest"]) == ("v2", text.text, text.digest)
    assert caller().get("/api/v1/promises", {"purpose": "unheard of"}).data == []


@pytest.mark.requirement("PLT-008")
def test_what_somebody_agreed_to_is_told_with_its_proof(oneid):
    told = caller().get(f"/api/v1/members/{oneid}/consents").data
    assert [(row["granted"], row["text_version"]) for row in told["statements"]] == [
        (False, "v1"),
        (True, "v1"),
    ]
    assert told["statements"][0]["proof"]
    assert told["anonymous"] == ["app"]
    assert told["benefits"][0]["benefit"] == "welcome-20"
    assert told["benefits"][0]["ended_at"]


@pytest.mark.requirement("PLT-009")
def test_a_customer_asks_to_be_forgotten_and_staff_decide(oneid):
    client = caller()
    first = client.post(f"/api/v1/members/{oneid}/erasure")
    assert (first.status_code, first.data["state"]) == (202, "requested")
    assert client.post(f"/api/v1/members/{oneid}/erasure").data == first.data
    wish = Erasure.objects.get()
    assert (wish.door, wish.requested_with.channel.code) == ("api", "app")
    assert caller("query").post(f"/api/v1/members/{oneid}/erasure").status_code == 403


@pytest.mark.requirement("PLT-009")
def test_a_copy_takes_a_key_of_the_group_and_is_on_record(tree, oneid):
    address = f"/api/v1/members/{oneid}/copy"
    assert caller().get(address).status_code == 403
    assert not AccessRecord.objects.exists()
    told = caller(organization=tree["g"]).get(address).data
    assert told["rooms"]["members"]["profile"][0]["name"] == "Xu Wenjun"
    assert AccessRecord.objects.get().action == "copy"
