import hashlib

import pytest

from members.models import Account, Consent, Member
from tags.conditions import parse
from tags.conditions.faults import Fault
from tags.queries import catalogue
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


def drawn(town, **leaf) -> set[int]:
    return world.chosen(town, {"random": {"salt": "spring"} | leaf})


def place(oneid: str, salt: str) -> int:
    return int(hashlib.md5(f"{salt}:{oneid}".encode(), usedforsecurity=False).hexdigest()[:8], 16)


def test_a_share_is_drawn_by_a_hash_that_anybody_can_compute(town):
    Member.objects.bulk_create(Member() for _number in range(1_000))
    members = dict(Member.objects.values_list("pk", "oneid"))
    for salt in ("spring", "a:b %s"):
        half = {pk for pk, oneid in members.items() if place(oneid, salt) < 2**31}
        assert drawn(town, percent=50, salt=salt) == half
        assert 420 <= len(half) <= 580


def test_two_arms_share_everybody_and_nobody_is_in_both(town):
    Member.objects.bulk_create(Member() for _number in range(200))
    first, second = drawn(town, percent="33.3"), drawn(town, percent="66.7", **{"from": "33.3"})
    assert first & second == set()
    assert len(first | second) == 200
    assert drawn(town, percent=0) == set()
    assert len(drawn(town, percent=100)) == 200
    assert drawn(town, percent=50) != drawn(town, percent=50, salt="autumn")


def test_the_same_member_stays_in_the_same_arm_when_another_is_merged_into_him(town):
    members = [world.person(town) for _number in range(20)]
    before = drawn(town, percent=50)
    for member in members[:5]:
        factories.account(channel=town.tmall, member=member)
    assert drawn(town, percent=50) == before


def reached(town, **leaf) -> set[int]:
    return world.chosen(town, {"reach": {"kind": "app", "touchpoint": "push"} | leaf})


def test_who_can_be_reached_by_a_kind_of_channel_and_consents(town):
    reachable, silent, refusing, revoked, elsewhere = (
        world.person(town, channel=channel) for channel in [town.app] * 4 + [town.tmall]
    )
    for member, granted in [(reachable, True), (refusing, False), (revoked, True), (elsewhere, True)]:
        Consent.objects.create(
            account=member.account, purpose="marketing", touchpoint="push", granted=granted, stated_at=NOW
        )
    Account.objects.filter(pk=revoked.account.pk).update(revoked_at=NOW, revoke_reason="lost")
    assert reached(town) == {reachable.pk}
    assert reached(town, kind=["tmall", "app"]) == {reachable.pk, elsewhere.pk}
    assert reached(town, purpose="research") == set()
    assert silent.pk not in reached(town)


@pytest.mark.parametrize(
    ("document", "at", "said"),
    [
        ({"random": {"percent": 50}}, "random", "“salt” is missing"),
        ({"random": {"percent": 101, "salt": "x"}}, "random.percent", "from 0 to 100"),
        ({"random": {"percent": True, "salt": "x"}}, "random.percent", "must be a number"),
        ({"random": {"percent": 60, "from": 50, "salt": "x"}}, "random.percent", "above 100"),
        ({"reach": {"kind": "phone", "touchpoint": "sms"}}, "reach.kind", "is not known"),
        ({"reach": {"kind": "app"}}, "reach", "“touchpoint” is missing"),
    ],
)
def test_the_place_the_fault_and_the_remedy(town, document, at, said):
    with pytest.raises(Fault) as fault:
        parse.condition(document, catalogue=catalogue.at(node=town.group))
    assert (fault.value.place, said in str(fault.value)) == (at, True), fault.value
