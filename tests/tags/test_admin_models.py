"""The page of a tag that a model computes: the sort of model, its formula, and the bounds of each value."""

import pytest
from django.urls import reverse

from tags.actions import compute
from tags.models import ModelRun
from tests import factories
from tests.tags.test_compute import held
from tests.tags.world import NOW, person

pytestmark = pytest.mark.django_db


def page(client, town, tag):
    client.force_login(factories.staff(organization=town.group, permissions="tags.view_tag"))
    return client.get(reverse("admin:tags_tag_change", args=[tag.pk])).text


@pytest.mark.requirement("TAG-028")
def test_the_bounds_that_were_found_stand_on_the_tags_page(client, town):
    tag = factories.tag(
        organization=town.group, code="power", source="model", model="percentiles", values=["high", "middle", "low"],
        parameters={"percentiles": [50, 80]},
    )  # fmt: skip
    assert "percentile 80" not in page(client, town, tag)
    ModelRun.objects.create(
        tag=tag, version="1", parameters=tag.parameters, fitted={"lower": 455.25, "upper": 852.9}, members=100, as_of=NOW
    )  # fmt: skip
    text = page(client, town, tag)
    assert "above 852.90 an order (percentile 80)" in text
    assert "up to 455.25 an order (percentile 50)" in text
    assert "Layering: people in an order, by one indicator" in text


@pytest.mark.requirement("TAG-063")
def test_a_value_of_40_is_low_and_the_card_shows_the_bounds(client, town):
    tag = factories.tag(
        organization=town.group, code="value_pyramid", source="model", model="pyramid",
        values=["low", "medium", "high", "vip"], parameters={"bounds": [100, 1_000, 10_000]},
    )  # fmt: skip
    member = person(town)
    factories.order(account=member.account, amount=40)
    assert compute.compute(now=NOW).error == ""
    assert held() == {(member.pk, "value_pyramid", "low")}
    text = page(client, town, tag)
    for bound in ("below 100", "from 100 to below 1,000", "from 1,000 to below 10,000", "from 10,000"):
        assert bound in text


@pytest.mark.requirement("TAG-010")
@pytest.mark.requirement("TAG-083")
def test_loyalty_shows_its_bounds_and_states_are_another_kind_of_model(client, town):
    loyalty = factories.tag(
        organization=town.group, code="loyalty", source="model", model="loyalty",
        values=["very_high", "high", "medium", "low", "very_low"],
    )  # fmt: skip
    states = factories.tag(
        organization=town.group, code="states", source="model", model="states", values=["active", "lost"]
    )
    text = page(client, town, loyalty)
    assert "from 60 points to below 80 points" in text
    assert "from 40 points to below 60 points" in text
    assert "Grouping: people of a kind, in no order" in page(client, town, states)
