"""Rights as an end of the company sees and uses them: one service for mall and till."""

import pytest

from members.actions import rights
from members.models import AccessRecord, RightUse
from tests import factories
from tests.api import callers
from tests.members.entitled import right

pytestmark = pytest.mark.django_db


@pytest.fixture
def mall(nodes):
    return factories.channel(organization=nodes["b1"], code="mall", kind="mall")


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s1"], code="pos", kind="pos")


@pytest.fixture
def wang(nodes, mall):
    account = factories.account(channel=mall, organization=nodes["s1"])
    made = right(organization=nodes["b1"], code="staff-price", kind="discount", name="Friends' price")
    rights.grant(
        right=made, account=account, quantity=2, source="hand", key="g1", reason="birthday",
        by=factories.staff(), now=factories.NOW,
    )  # fmt: skip
    return account.member


def use(channel, member, key="1", scopes="value", right="staff-price", **more):
    client = callers.client(channel=channel, scopes=scopes)
    return client.post(
        f"/api/v1/members/{member.oneid}/rights/{right}/use", {"key": key} | more, format="json"
    )


@pytest.mark.requirement("PLT-006")
def test_mall_and_till_use_a_discount_through_one_service(mall, pos, wang):
    listed = callers.client(channel=mall, scopes="query").get(f"/api/v1/members/{wang.oneid}/rights").data
    assert [(row["right"], row["kind"], row["state"], row["used"]) for row in listed] == [
        ("staff-price", "discount", "available", 0)
    ]
    first, second = use(mall, wang), use(pos, wang)
    assert (first.status_code, first.data["number"], first.data["organization"]) == (200, 1, "b1")
    assert (second.status_code, second.data["number"], second.data["organization"]) == (200, 2, "s1")
    assert list(RightUse.objects.order_by("id").values_list("channel__code", flat=True)) == ["mall", "pos"]
    third = use(mall, wang, key="2")
    assert (third.status_code, third.data["type"]) == (409, "urn:ninefold:problem:right-used-up")
    assert "was used already, last on" in third.data["detail"]
    assert AccessRecord.objects.filter(action="value", member=wang).count() == 2


def test_the_same_key_is_the_same_use(mall, wang):
    assert use(mall, wang).data == use(mall, wang).data
    assert RightUse.objects.count() == 1


def test_a_key_needs_the_scope_and_the_member(nodes, mall, wang):
    assert use(mall, wang, scopes="query edit ingest browse").status_code == 403
    elsewhere = factories.channel(organization=nodes["s4"], code="other")
    assert use(elsewhere, wang).status_code == 404
    assert use(mall, wang, right="unheard-of").status_code == 404
    assert not RightUse.objects.exists()


def test_the_place_lies_below_the_key(nodes, mall, pos, wang):
    assert use(mall, wang, organization="s2").data["organization"] == "s2"
    refused = use(pos, wang, key="2", organization="s2")
    assert (refused.status_code, refused.json()["errors"][0]["place"]) == (400, "organization")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": ""},
        {"key": 7},
        {"key": "a", "grant": "x"},
        {"key": "a", "grant": 0},
        {"key": "a", "more": 1},
    ],
)
def test_what_is_not_asked_for_is_refused(mall, wang, body):
    client = callers.client(channel=mall, scopes="value")
    answer = client.post(f"/api/v1/members/{wang.oneid}/rights/staff-price/use", body, format="json")
    assert answer.status_code == 400
    assert not RightUse.objects.exists()


def test_rights_of_other_brands_are_not_told(nodes, mall, wang):
    made = right(organization=nodes["b2"], code="elsewhere")
    rights.grant(
        right=made, account=wang.accounts.get(), quantity=1, source="hand", key="g2", reason="x",
        by=factories.staff(), now=factories.NOW,
    )  # fmt: skip
    listed = callers.client(channel=mall, scopes="query").get(f"/api/v1/members/{wang.oneid}/rights").data
    assert [row["right"] for row in listed] == ["staff-price"]
    assert use(mall, wang, right="elsewhere").status_code == 404
