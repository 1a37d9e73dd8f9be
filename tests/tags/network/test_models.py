"""Tags of the network: what events tell, and what is said of members."""

import pytest

from members.models import LabelStatement
from tags.conditions.faults import Fault
from tags.models_of import brought, koc, network_value, self_propagation
from tests import factories
from tests.tags import world
from tests.tags.network import trees
from tests.tags.network.people import brought_by, planted, refer, scored

pytestmark = pytest.mark.django_db


def recruit(person, *labels, at=None, until=None):
    return LabelStatement.objects.create(
        account=person.account, source="tag:recruited_koc", labels=list(labels), stated_at=at or world.days_ago(1),
        expires_at=until,
    )  # fmt: skip


@pytest.mark.requirement("TAG-070")
def test_what_those_he_brought_are_worth_halves_with_each_step(town):
    a, b, c = planted(town, [-1, 0, 1], bought=100)
    assert scored(network_value, town) == {a.pk: 150, b.pk: 100}
    assert scored(network_value, town, {"decay": 0})[a.pk] == 100
    assert scored(network_value, town, {"decay": 1})[a.pk] == 200
    assert c.pk not in scored(network_value, town)


def test_network_value_is_net_of_returns(town):
    a, b = planted(town, [-1, 0])
    factories.returned(order=factories.order(account=b.account, amount="100.00"), amount="30.00")
    assert scored(network_value, town) == {a.pk: 70}


@pytest.mark.requirement("TAG-014")
def test_who_brought_five_propagates_strongly(town):
    star = planted(town, [-1, 0, 0, 0, 0, 0])
    pair = planted(town, [-1, 0, 0])
    one = planted(town, [-1, 0])
    sharer, _silent = world.person(town), world.person(town)
    factories.event(account=sharer.account, name="share", at=world.days_ago(3), sku="S1")
    found = {star[0].pk: "high", pair[0].pk: "medium", one[0].pk: "low", sharer.pk: "low"}
    assert scored(self_propagation, town) == found
    assert scored(self_propagation, town, {"high": 6})[star[0].pk] == "medium"


@pytest.mark.requirement("TAG-078")
def test_events_tell_of_three_people_below_a_node_and_of_nine_in_all(town):
    people = planted(town, [-1, 0, 0, 0, 1, 1, 2, 6, 7, 7])
    node = people[0].pk
    assert (scored(brought, town)[node], scored(brought, town, {"count": "all"})[node]) == (3, 9)


def test_brought_counts_people_directly_or_all(town):
    people = planted(town, [-1, 0, 0, 1])
    assert scored(brought, town) == {people[0].pk: 2, people[1].pk: 1}
    assert scored(brought, town, {"count": "all"}) == {people[0].pk: 3, people[1].pk: 1}


def test_the_first_who_brought_him_counts_and_merged_people_are_one(town):
    first, second, invitee = (world.person(town) for _each in range(3))
    refer(second, invitee, days=10)
    refer(first, invitee, days=20)
    assert scored(brought, town) == {first.pk: 1}

    other = world.person(town)
    refer(second, other, days=5)
    other.account.member = invitee
    other.account.save()
    assert scored(brought, town) == {first.pk: 1}


def test_it_may_be_told_of_either_side_and_what_came_later_does_not_count(town):
    inviter, told, later = (world.person(town) for _each in range(3))
    brought_by(told, external_id=inviter.account.external_id)
    refer(inviter, later, days=1)
    assert scored(brought, town) == {inviter.pk: 2}
    assert scored(brought, town, as_of=world.days_ago(30)) == {inviter.pk: 1}


def test_broken_referrals_bring_nobody(town):
    person, stranger = world.person(town), {"channel": "app", "external_id": "nobody yet"}
    for told in (
        {"invitee": stranger},
        {"invitee": "text"},
        {"inviter": {"role": "guide"}},
        {"inviter": []},
        {},
    ):
        factories.event(account=person.account, name="referral", **told)
    refer(person, person)
    assert scored(brought, town) == {}


@pytest.mark.requirement("TAG-075")
def test_the_planted_key_opinion_consumer_is_found_by_what_he_spread(town):
    guide_like = planted(town, trees.generations(4))
    planted_koc = planted(town, trees.generations(6, 12))
    refer(guide_like[0], world.person(town), days=2, role="guide")
    assert scored(koc, town) == {planted_koc[0].pk: "hidden"}
    assert scored(koc, town, {"least": 13}) == {}


@pytest.mark.requirement("TAG-076")
def test_a_recruited_leader_overshadows_nobody(town):
    hidden, leader = planted(town, trees.generations(6)), planted(town, trees.generations(20))
    assert scored(koc, town) == {leader[0].pk: "hidden"}
    recruit(leader[0], "recruited")
    assert scored(koc, town) == {leader[0].pk: "recruited", hidden[0].pk: "hidden"}


def test_a_contract_that_ended_recruits_no_longer(town):
    leader = planted(town, trees.generations(6))[0]
    recruit(leader, "recruited", at=world.days_ago(20), until=world.days_ago(10))
    assert scored(koc, town, as_of=world.days_ago(15)) == {leader.pk: "recruited"}
    assert scored(koc, town) == {leader.pk: "hidden"}
    recruit(leader, "recruited", at=world.days_ago(5))
    recruit(leader, at=world.days_ago(4))
    assert scored(koc, town) == {leader.pk: "hidden"}


def test_different_people_who_opened_what_he_shared_count_in_part(town):
    sharer, *readers = (world.person(town) for _each in range(4))
    for reader in [*readers, readers[0], sharer]:
        factories.event(account=reader.account, name="share_opened", by=sharer.account.external_id)
    assert scored(koc, town, {"least": 1.5, "opened": 0.5}) == {sharer.pk: "hidden"}
    assert scored(koc, town, {"least": 1.6, "opened": 0.5}) == {}


def test_a_node_is_told_of_its_own_people_only(town):
    here, elsewhere = planted(town, [-1, 0]), planted(town, [-1, 0])
    factories.account(channel=town.tmall, member=here[0])
    assert set(scored(brought, town, node="b1")) == {here[0].pk}
    assert set(scored(brought, town)) == {here[0].pk, elsewhere[0].pk}


@pytest.mark.parametrize(
    ("module", "parameters", "place"),
    [
        (brought, {"count": "some"}, "parameters.count"),
        (network_value, {"decay": 1.5}, "parameters.decay"),
        (network_value, {"decay": "half"}, "parameters.decay"),
        (network_value, {"depth": 3}, "parameters.depth"),
        (self_propagation, {"high": 2, "medium": 2}, "parameters.medium"),
        (koc, {"least": 0}, "parameters.least"),
        (koc, {"top": 2}, "parameters.top"),
    ],
)
def test_a_wrong_parameter_is_named(module, parameters, place):
    with pytest.raises(Fault) as refused:
        module.parse(parameters)
    assert refused.value.place == place


def test_who_is_no_customer_brings_and_carries_no_tag(town):
    members = [world.person(town) for _each in range(3)]
    for person in members:
        brought_by(person, role="guide", id="G-7")
    refer(members[0], world.person(town))
    assert scored(brought, town) == {members[0].pk: 1}


def test_a_comparison_needs_a_number(town):
    factories.tag(organization=town.group, code="worth", shape="number")
    factories.tag(organization=town.group, code="kind", values=["a"])
    for leaf, place in (
        ({"tag": "kind", "op": "=", "value": 3}, "tag.op"),
        ({"tag": "worth", "value": ["a"]}, "tag"),
        ({"tag": "worth", "op": ">", "value": "much"}, "tag.value"),
    ):
        with pytest.raises(Fault) as refused:
            world.chosen(town, {"tag": leaf})
        assert refused.value.place == place
