"""A device that too many people use stops linking and becomes a case, until it is true no more or a steward decides."""

import pytest

from identity.actions import oneid, verdicts
from identity.models import Binding, Identifier, IdentifierKind, ReviewCase
from tests.identity.oneids import DAY, NOW, account, people, resolve

pytestmark = pytest.mark.django_db
DEVICE = "device:d1"


@pytest.fixture
def steward(django_user_model):
    return django_user_model.objects.create_user("steward")


def users(mall, *names, device=DEVICE):
    """People of one device, each with a mail of their own."""
    made = [
        account(mall, name, device, f"email:{name}@x.com", at=NOW + DAY * day)
        for day, name in enumerate(names)
    ]
    resolve(*made)
    return made


def device() -> Identifier:
    return Identifier.objects.get(kind="device")


def case() -> ReviewCase:
    return ReviewCase.objects.get(sort="shared")


def steady() -> bool:
    return not oneid.rebuild(now=NOW, dry_run=True) and not oneid.rebuild(now=NOW)


@pytest.mark.requirement("IDN-062")
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_device_of_more_than_n_people_stops_linking_and_opens_a_review(mall, limit):
    IdentifierKind.objects.filter(code="device").update(max_members=limit)
    names = "abcdef"[:limit]
    users(mall, *names)
    assert len(people()) == 1
    assert not ReviewCase.objects.exists()
    users(mall, "z")
    assert len(people()) == limit + 1
    assert device().shared == "members"
    found = case()
    assert (found.state, found.reason, found.identifier) == ("open", "members", device())
    assert found.evidence == {"accounts": limit + 1, "people": limit + 1, "limit": limit}
    assert steady()


def test_the_case_is_one_and_tells_of_those_who_come_later(mall):
    users(mall, *"abc")
    users(mall, *"de")
    assert case().evidence["accounts"] == 5
    assert steady()


def test_the_case_closes_by_itself_when_it_is_no_longer_true(mall):
    a, b, _c = users(mall, *"abc")
    gone = device()
    Binding.objects.filter(identifier=gone, account=a).delete()
    resolve(a, b, identifiers=[gone.pk])
    assert case().state == "obsolete"
    assert len(people()) == 2
    Binding.objects.create(identifier=gone, account=a, first_at=NOW, last_at=NOW)
    resolve(a)
    assert case().state == "open"
    assert steady()


def test_the_case_closes_when_the_identifier_is_blocked_or_its_kind_links_no_more(mall):
    users(mall, *"abc")
    Identifier.objects.filter(kind="device").update(blocked=True)
    oneid.resolve(accounts=[], identifiers=[device().pk], now=NOW)
    assert case().state == "obsolete"
    Identifier.objects.filter(kind="device").update(blocked=False)
    oneid.resolve(accounts=[], identifiers=[device().pk], now=NOW)
    assert case().state == "open"
    IdentifierKind.objects.filter(code="device").update(links=False)
    oneid.rebuild(now=NOW)
    assert case().state == "obsolete"


@pytest.mark.parametrize(
    ("decide", "count"), [(verdicts.shared, 3), (verdicts.not_shared, 1)], ids=["shared", "not_shared"]
)
def test_a_verdict_decides_it_and_its_withdrawal_opens_it_again(mall, steward, decide, count):
    users(mall, *"abc")
    verdict = decide(identifier=device(), by=steward, now=NOW)
    assert len(people()) == count
    found = case()
    assert (found.state, found.decision, found.decided_by) == ("decided", decide.__name__, steward)
    assert found.verdict == verdict
    assert steady()
    verdicts.withdraw(verdict=verdict, by=steward, now=NOW)
    found = case()
    assert (found.state, found.decision, found.verdict) == ("open", "", None)
    assert len(people()) == 3
    assert steady()


def test_a_crowd_opens_no_case_where_people_are_not_limited(mall):
    resolve(*[account(mall, f"a{n}", "phone:+8613800138000") for n in range(20)])
    assert Identifier.objects.get(kind="phone").shared == "accounts"
    assert not ReviewCase.objects.exists()


def test_a_device_on_a_hundred_accounts_is_a_case_as_well(mall):
    resolve(*[account(mall, f"a{n}", DEVICE) for n in range(100)])
    found = case()
    assert (found.reason, found.evidence["accounts"], len(found.left)) == ("accounts", 100, 20)
    assert steady()
