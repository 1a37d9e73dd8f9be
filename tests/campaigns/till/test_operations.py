"""Operations belong to where their key stands: a channel's keys at other organizations are not told of them."""

import pytest

from campaigns.models import TillOperation
from tests import factories
from tests.campaigns.counter import claim, problem
from tests.campaigns.offering import NOW
from tests.campaigns.till import selling
from tests.campaigns.till.pricing import clock, till
from tests.campaigns.vouchers import template

pytestmark = pytest.mark.django_db
KEYS = "/api/v1/pos/operations/"


@pytest.fixture
def ends(nodes, monkeypatch):
    """Keys of one channel at several organizations."""
    clock(monkeypatch, NOW)
    channel = factories.channel(organization=nodes["g"], code="pos", kind="pos")
    return lambda code: till(channel, organization=nodes[code])


@pytest.mark.parametrize(
    ("asks", "told"), [("s1", 200), ("d1", 200), ("g", 200), ("s2", 404), ("d2", 404), ("s4", 404)]
)
def test_a_sale_is_told_to_keys_at_its_own_organization_and_above(ends, asks, told):
    selling.sell(ends("s1"), "10.00", cash="10.00", key="c1")
    answer = ends(asks).get(f"{KEYS}c1")
    assert answer.status_code == told
    if told == 404:
        assert problem(answer) == (404, "nothing-happened")
        assert "s1" not in str(answer.json())


def test_of_what_a_dealers_key_did_a_store_below_is_told_nothing(ends):
    selling.sell(ends("d1"), "10.00", cash="10.00", key="c1")
    assert problem(ends("s1").get(f"{KEYS}c1")) == (404, "nothing-happened")


def test_a_key_of_the_channel_is_one_key_and_tells_another_dealer_nothing(ends, nodes):
    """The very same request: what the first one was answered holds the code of his coupon."""
    ours = template(organization=nodes["g"], per_person=None)
    pos = factories.channel(organization=nodes["g"], code="mini", kind="mini_program")
    anna = factories.account(channel=pos, organization=nodes["s1"])
    assert claim(ends("s1"), anna.member, ours, key="k1").status_code == 200
    assert problem(claim(ends("s4"), anna.member, ours, key="k1")) == (422, "key-reused")
    again = claim(ends("g"), anna.member, ours, key="k1")
    assert (again.status_code, again["Idempotent-Replay"]) == (200, "true")


def test_an_operation_keeps_where_and_of_which_sale(ends, nodes):
    selling.put(ends("d1"), "10.00", number="N7")
    kept = TillOperation.objects.get()
    assert (kept.node, kept.number) == (nodes["d1"].path, "N7")
