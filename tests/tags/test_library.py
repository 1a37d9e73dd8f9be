import json

import pytest
from django.core.management import call_command

from tags.actions import compute, definitions
from tags.models import Tag
from tests import factories
from tests.tags import world

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("TAG-032")
def test_a_fresh_installation_has_twenty_tags_that_compute(town):
    made = definitions.install(organization=town.group)
    assert len(made) >= 20
    made += definitions.install(organization=town.group, categories=["fresh", "冰箱"])
    assert all(tag.purpose and tag.values.exists() for tag in made)
    buyer = world.person(town, gender="female")
    factories.order(account=buyer.account, category="fresh", at=world.days_ago(3))
    run = compute.compute(now=world.NOW)
    assert run.error == ""
    assert run.gained >= 8


def test_installing_twice_makes_nothing_new(town):
    definitions.install(organization=town.group)
    assert definitions.install(organization=town.group) == []


def test_the_command_prints_what_came_of_it(town, capsys):
    call_command("install_tags")
    call_command("compute_tags", "--tag", "gender", "--json")
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [row["value"] for row in printed["tags"]] == ["female", "male"]
    assert Tag.objects.count() >= 19
