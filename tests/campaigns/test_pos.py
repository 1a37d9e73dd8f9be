"""The till's look: code, phone, card; masked name, tier, balances, three tags; in good time."""

import datetime as dt

import pytest
from django.utils import timezone

from members.actions import books, member_codes, points
from members.models import AccessRecord, Programme, Tier
from tags.models import MemberTags, TagValue
from tests import factories, speed
from tests.api import callers
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PHONE = "+8613812341234"


@pytest.fixture
def pos(tree):
    return factories.channel(organization=tree["s1"], code="pos")


@pytest.fixture
def member(tree, pos):
    """Gold at the group, 120 points, and five tags."""
    member = callers.person(channel=pos, phone=PHONE, name="王小明")
    account = member.accounts.get()
    callers.bind(account, kind="card", value="C-77", namespace="pos")
    programme = Programme.objects.create(organization=tree["g"], name="Club")
    Tier.objects.create(programme=programme, code="gold", name="Gold", rank=2)
    account.memberships.update(tier="gold", tier_at=NOW, stated_at=NOW)
    book = books.create(kind="points", organization=tree["g"], code="points", name="Points", unit="points")
    points.earn(account=account, book=book, amount=120, key="a", now=NOW)
    values = []
    for code in ("tea", "music", "colour", "sport", "books"):
        tag = factories.tag(code=code, name=code.title(), source="rule", organization=tree["g"])
        values.append(TagValue.objects.create(tag=tag, code="yes", name=f"Likes {code}").pk)
    MemberTags.objects.create(member=member, values=sorted(values), computed_at=NOW)
    return member


@pytest.fixture
def till(pos):
    return callers.client(channel=pos, scopes="query")


def look(till, **given):
    return till.post("/api/v1/pos/customer", given)


@pytest.mark.requirement("MEM-064")
def test_a_scanned_code_tells_masked_name_tier_and_three_tags_in_good_time(till, member):
    code = till.post(f"/api/v1/members/{member.oneid}/code").json()["code"]
    told = look(till, code=code).json()
    assert speed.is_once(lambda: speed.of(lambda: look(till, code=code)), within=0.3)
    assert told == {
        "known": True, "oneid": member.oneid, "name": "王**", "tier": "gold", "tier_name": "Gold",
        "balances": [{"book": "points", "name": "Points", "unit": "points", "available": "120"}],
        "tags": [
            {"tag": code, "tag_name": code.title(), "value": "yes", "value_name": f"Likes {code}"}
            for code in ("books", "colour", "music")
        ],
    }  # fmt: skip


@pytest.mark.requirement("MEM-064")
def test_an_unknown_code_is_anonymous(till, member):
    old = member_codes.show(member=member, now=timezone.now() - dt.timedelta(minutes=3))
    for code in ("nothing", "A" * 33, old):
        answer = look(till, code=code)
        assert (answer.status_code, answer.json()) == (200, {"known": False})
    assert AccessRecord.objects.filter(action="lookup", field="code", member=None).count() == 3


@pytest.mark.parametrize(
    "given", [{"phone": "138 1234 1234"}, {"card": "C-77"}, {"kind": "phone", "value": PHONE}]
)
def test_phone_card_and_identifiers_find_as_well(till, member, given):
    assert look(till, **given).json()["oneid"] == member.oneid
    assert look(till, phone="139 0000 0000").json() == {"known": False}


def test_the_till_may_say_which_tags_it_wants(till, member):
    told = look(till, phone=PHONE, tags=["tea", "sport", "unheard"]).json()
    assert [each["tag"] for each in told["tags"]] == ["tea", "sport"]
    assert look(till, phone=PHONE, tags=[]).json()["tags"] == []


def test_a_code_goes_on_after_a_merge(till, member, pos):
    gone = factories.account(channel=pos, member=member).minted
    code = member_codes.show(member=gone, now=timezone.now())
    assert look(till, code=code).json()["oneid"] == member.oneid


def test_whom_the_store_does_not_know_is_a_guest_there(tree, member, pos):
    other = callers.client(channel=factories.channel(organization=tree["s4"], code="pos4"), scopes="query")
    code = member_codes.show(member=member, now=timezone.now())
    assert look(other, code=code).json() == {"known": False}
    assert look(other, phone=PHONE).json() == {"known": False}


def test_a_familys_phone_asks_who_it_is(till, member, pos):
    callers.person(channel=pos, phone=PHONE, name="李四")
    answer = look(till, phone=PHONE)
    assert answer.status_code == 409
    assert {each["profile"]["name"] for each in answer.json()["candidates"]} == {"王**", "李*"}


@pytest.mark.parametrize(
    "given",
    [{}, {"code": "A", "phone": PHONE}, {"value": "x"}, {"kind": "phone"}, {"phone": "abc"}, {"phone": PHONE, "x": 1},
     {"phone": PHONE, "tags": ["a", "b", "c", "d"]}],
)  # fmt: skip
def test_a_question_that_cannot_be_read_is_refused(till, member, given):
    assert look(till, **given).status_code == 400


def test_a_key_without_the_scope_is_told_nothing(pos, member):
    assert look(callers.client(channel=pos, scopes="browse ingest"), phone=PHONE).status_code == 403
