import pytest

from members.models import AccessRecord, Account
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db


@pytest.fixture
def nodes():
    return factories.tree()


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s1"], code="pos-s1", kind="pos")


@pytest.fixture
def wang(pos):
    return callers.person(channel=pos, name="王小明", external_id="card-77")


@pytest.fixture
def desk(pos):
    return callers.client(channel=pos, scopes="edit")


@pytest.mark.requirement("PLT-004")
def test_name_is_edited_points_are_refused_and_the_edit_is_recorded(desk, wang):
    answer = desk.patch(f"/api/v1/members/{wang.oneid}", {"name": "王晓明", "birth_date": "1984-05-06"})
    assert answer.status_code == 200
    assert answer.data["profile"]["name"] == "王晓明"
    assert answer.data["profile"]["birth_date"] == "1984-05-06"
    [record] = AccessRecord.objects.filter(action="edit")
    assert (record.member, record.field, record.key.channel.code) == (wang, "birth_date,name", "pos-s1")
    refused = desk.patch(f"/api/v1/members/{wang.oneid}", {"points": "1000"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["place"] == "points"
    assert AccessRecord.objects.filter(action="edit").count() == 1


def test_an_edit_is_a_fact_of_the_channels_account(desk, wang):
    desk.patch(f"/api/v1/members/{wang.oneid}", {"city": "Qingdao"})
    assert Account.objects.get().traits["city"]["value"] == "Qingdao"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"oneid": "X"},
        {"name": ""},
        {"name": None},
        {"name": 5},
        {"name": 1e300},
        {"name": True},
        {"name": "x" * 201},
        {"name": "a\x00b"},
        {"name": {"a": 1}},
        {"gender": "x"},
        {"birth_date": "1800-01-01"},
        {"birth_date": "tomorrow"},
        {"name": "Good", "retired_at": "2026-01-01"},
        [],
        "name",
    ],
)
def test_what_cannot_be_stated_is_refused_whole(desk, wang, body):
    answer = desk.patch(f"/api/v1/members/{wang.oneid}", body)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    wang.profile.refresh_from_db()
    assert wang.profile.name == "王小明"
    assert not AccessRecord.objects.filter(action="edit").exists()


def test_a_channel_without_an_account_of_the_member_has_nothing_to_state(nodes, pos, wang):
    other = factories.channel(organization=nodes["s1"], code="mall")
    answer = callers.client(channel=other, scopes="edit").patch(
        f"/api/v1/members/{wang.oneid}", {"name": "X"}
    )
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:ninefold:problem:no-own-account"


def test_a_member_elsewhere_cannot_be_edited(nodes, desk):
    there = callers.person(channel=factories.channel(organization=nodes["s4"]))
    assert desk.patch(f"/api/v1/members/{there.oneid}", {"name": "X"}).status_code == 404


def test_editing_needs_its_scope(pos, wang):
    reader = callers.client(channel=pos, scopes="query browse ingest")
    assert reader.patch(f"/api/v1/members/{wang.oneid}", {"name": "X"}).status_code == 403
