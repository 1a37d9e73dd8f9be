"""What a customer is worth in all, with its parts: added up by the engine, shown on the member's page."""

import pytest
from django.urls import reverse

from tags.actions import compute
from tags.models import MemberTags, ModelRun, Tag
from tags.models_of import real_value
from tags.queries import worth
from tests import factories
from tests.tags import world

pytestmark = pytest.mark.django_db

PARTS = {"transactional_value": 299.0, "clv": 420.0, "network_value": 150.0}
MODELS = {"transactional_value": "transactional", "clv": "clv", "network_value": "network_value"}


@pytest.fixture
def parts(town):
    return [
        factories.tag(
            organization=town.group,
            code=code,
            shape="number",
            model=MODELS[code],
            source="model",
            kind="value",
        )
        for code in PARTS
    ]


@pytest.fixture
def real(town, parts):
    return factories.tag(
        organization=town.group,
        code="real_value",
        shape="number",
        model="real_value",
        source="model",
        kind="value",
    )


def planted(town, *numbers: float | None):
    member = world.person(town)
    MemberTags.objects.create(member=member, numbers=list(numbers), computed_at=world.NOW)
    return member


def number_of(tag: Tag, member) -> float | None:
    numbers = MemberTags.objects.get(member=member).numbers
    return numbers[tag.slot - 1] if len(numbers) >= tag.slot else None


@pytest.mark.requirement("TAG-071")
def test_the_real_value_is_the_sum_of_its_three_parts(town, real):
    whole, half, nobody = (
        planted(town, 299, 420, 150),
        planted(town, 299, None, None),
        planted(town, None, None, None),
    )
    assert compute.compute(now=world.NOW, tags=["real_value"]).error == ""
    assert number_of(real, whole) == 869
    assert number_of(real, half) == 299
    assert number_of(real, nobody) is None


@pytest.mark.requirement("TAG-071")
def test_each_part_is_shown_with_its_formula_and_date(town, real, parts, admin_client):
    member = planted(town, 299, 420, 150, 869)
    ModelRun.objects.create(tag=parts[1], version="1", parameters={}, members=5, as_of=world.days_ago(3))
    found = worth.of(member=member, tags=Tag.objects.live())
    assert [(part.tag.code, part.number) for part in found.parts] == list(PARTS.items())
    assert found.total.number == 869
    assert found.parts[1].as_of == world.days_ago(3)
    assert found.parts[0].as_of == world.NOW
    assert all(part.formula for part in found.parts)
    page = admin_client.get(
        reverse("admin:members_member_change", args=[member.oneid]) + "?tab=value"
    ).content.decode()
    for said in ("299.00", "420.00", "150.00", "869.00", "next 52 weeks", "BG/NBD", "Model version 1 of"):
        assert said in page


@pytest.mark.requirement("REP-070")
def test_a_chance_is_shown_with_version_and_date_of_its_model(town, admin_client):
    tag = factories.tag(
        organization=town.group, code="p_buy", shape="number", model="propensity", source="model",
        parameters={"target": "buy", "horizon_days": 30},
    )  # fmt: skip
    ModelRun.objects.create(tag=tag, version="1", parameters=tag.parameters, members=900, as_of=world.NOW)
    member = planted(town, 0.314)
    page = admin_client.get(
        reverse("admin:members_member_change", args=[member.oneid]) + "?tab=value"
    ).content.decode()
    for said in ("31.4", "within 30 days", "Model version 1 of", "logistic regression"):
        assert said in page


def test_a_part_that_is_not_approved_is_not_counted(town, real, parts):
    Tag.objects.filter(code="clv").update(status="retired", retired_at=world.NOW)
    member = planted(town, 299, 420, 150)
    assert compute.compute(now=world.NOW, tags=["real_value"]).error == ""
    assert number_of(real, member) == 449


def test_the_parts_are_computed_first():
    assert real_value.parse({}).needs() == set(PARTS)
