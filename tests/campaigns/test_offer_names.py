import pytest

from campaigns.queries import offer_names
from tests import factories
from tests.campaigns import offering, vouchers
from tests.campaigns.offering import off

pytestmark = pytest.mark.django_db


def test_offers_and_coupons_are_called_by_their_names(django_assert_num_queries):
    nodes = factories.tree()
    offering.published(
        organization=nodes["g"], code="BLACK-FRIDAY", offers=(off() | {"name": "A"}, off() | {"name": "B"})
    )
    offering.drafted(organization=nodes["g"], code="DRAFT", offers=(off() | {"name": "not yet"},))
    vouchers.template(organization=nodes["g"], code="TEN", **off() | {"name": "Ten off"})

    codes = ["BLACK-FRIDAY-2", "coupon:TEN", "DRAFT-1", "GONE-1", "coupon:GONE", "nonsense", ""]
    with django_assert_num_queries(2):
        assert offer_names.of(codes) == {"BLACK-FRIDAY-2": "B", "coupon:TEN": "Ten off"}
    with django_assert_num_queries(0):
        assert offer_names.of([]) == {}


def test_the_newest_published_wording_counts():
    nodes = factories.tree()
    first = offering.published(organization=nodes["g"], code="S", offers=(off() | {"name": "old"},))
    second = offering.activities.new_version(activity=first.activity, by=offering.author(), now=offering.NOW)
    offering.activities.put_offer(
        version=second, position=1, by=offering.author(), now=offering.NOW, **off() | {"name": "new"}
    )
    assert offer_names.of(["S-1"]) == {"S-1": "old"}
    offering.publish(second)
    assert offer_names.of(["S-1"]) == {"S-1": "new"}
