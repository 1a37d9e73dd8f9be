"""Tags of the network as a run over everybody computes them, and what is made of them."""

import pytest

from reports.queries import spreaders
from tags.actions import audiences, compute
from tags.queries import audiences as whom
from tags.queries import selection
from tests import factories
from tests.tags import world
from tests.tags.network.people import planted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_on_the_server")]


@pytest.mark.requirement("TAG-081")
def test_a_very_large_network_value_is_listed_and_saves_as_an_audience(town):
    node, friend = planted(town, [-1, 0])
    small, other = planted(town, [-1, 0])
    factories.order(account=friend.account, amount="3000.00", at=world.days_ago(2))
    factories.order(account=other.account, amount="999.99", at=world.days_ago(2))
    factories.tag(
        organization=town.group, code="network_value", shape="number", model="network_value", source="model"
    )
    assert compute.compute(now=world.NOW).error == ""

    listed = spreaders.worth(node=town.group, as_of=world.NOW, threshold=1_000)
    assert [(each.person.member, each.value) for each in listed.rows] == [(node.pk, 3_000)]
    (group,) = listed.groups().values()
    saved = audiences.save(
        name="Large", organization=town.group, condition=group.condition, by=None, now=world.NOW
    )
    assert saved.count == 1
    assert selection.ids(whom.members(audience=saved, as_of=world.NOW)) == [node.pk]
    below = {"tag": {"tag": "network_value", "op": "<", "value": "1000"}}
    assert world.chosen(town, below) == {small.pk}
    assert world.chosen(town, {"tag": {"tag": "network_value"}}) == {node.pk, small.pk}
