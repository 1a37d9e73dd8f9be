"""Groups that share nobody, each with its content and way of contact."""

import pytest

from campaigns.models import OutboxMessage
from members.models import MemberProfile
from tags.actions import audiences, splitting
from tags.actions.splitting import Group
from tags.conditions.faults import Fault
from tags.models import Audience
from tests import factories
from tests.campaigns import making
from tests.campaigns.making import NOW

pytestmark = pytest.mark.django_db
KINDS = {"sms": "phone", "push": "push_token", "wecom": "external_userid"}


def lives_in(city: str) -> dict:
    return {"profile": {"field": "city", "op": "=", "value": city}}


def people(app, *, city: str, count: int, gender: str = "") -> None:
    for number in range(count):
        account = making.reachable(channel=app)
        for kind in KINDS.values():
            making.identifier(account=account, kind=kind, value=f"{kind}-{city}-{gender}-{number}")
        MemberProfile.objects.create(member=account.member, city=city, gender=gender)


def split(tree, *groups: Group):
    return splitting.split(groups=list(groups), organization=tree["g"], by=None, now=NOW)


@pytest.mark.requirement("TAG-105")
def test_groups_of_ten_twenty_thirty_get_their_content_by_their_way_and_nobody_gets_two(tree):
    app = factories.channel(organization=tree["g"])
    people(app, city="Qingdao", count=6)
    people(app, city="Qingdao", count=4, gender="female")  # fit the second group as well
    people(app, city="Jinan", count=20, gender="female")
    people(app, city="Yantai", count=30)
    women = {"profile": {"field": "gender", "op": "=", "value": "female"}}

    groups = split(tree, Group("A", lives_in("Qingdao")), Group("B", women), Group("C", {"all": []}))

    assert [group.count for group in groups] == [10, 20, 30]
    for group, content, way in zip(groups, "abc", KINDS, strict=True):
        making.run(
            making.approved(
                organization=tree["g"], audience=group, touchpoint=f"sandbox_{way}", body=f"content {content}",
                name=group.name,
            )
        )  # fmt: skip
    sent = OutboxMessage.objects.values_list("decision__member_id", "body", "address")
    assert len({member for member, _body, _address in sent}) == len(sent) == 60
    for content, count, kind in (("a", 10, "phone"), ("b", 20, "push_token"), ("c", 30, "external_userid")):
        mine = [address for _member, body, address in sent if body == f"content {content}"]
        assert len(mine) == count
        assert all(address.startswith(f"{kind}-") for address in mine)


def test_a_wrong_group_is_named_and_none_is_made(tree):
    wrong = {"profile": {"field": "shoe", "op": "known"}}
    with pytest.raises(Fault) as fault:
        split(tree, Group("A", lives_in("Jinan")), Group("B", wrong))
    assert fault.value.place == "groups[1].profile.field"
    assert not Audience.objects.exists()


def test_one_group_is_no_split(tree):
    with pytest.raises(audiences.Refused, match="two groups at least"):
        split(tree, Group("A", lives_in("Jinan")))
    with pytest.raises(audiences.Refused, match="name of its own"):
        split(tree, Group("A", lives_in("Jinan")), Group("A", lives_in("Yantai")))
