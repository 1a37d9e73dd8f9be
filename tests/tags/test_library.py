import datetime as dt
import json

import pytest
from django.core.management import call_command

from tags import library
from tags.actions import compute, definitions
from tags.models import MemberTags, Tag
from tests import factories
from tests.tags import crowd, world
from tests.tags.test_compute import held

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("TAG-032")
def test_a_fresh_installation_has_forty_tags_that_compute(town):
    made = definitions.install(organization=town.group, now=world.NOW, categories=["fresh", "冰箱"])
    assert len(made) >= 42
    buyer = world.person(town, gender="female", birth_date=dt.date(1990, 8, 5))
    factories.order(account=buyer.account, category="fresh", at=world.days_ago(3))
    run = compute.compute(now=world.NOW)
    assert run.error == ""
    assert run.gained >= 20


def test_the_first_tags_cover_every_category_kind_and_source_and_say_why_they_are_there(town):
    made = definitions.install(organization=town.group, now=world.NOW)
    above = {code: parent for code, _name, parent in library.CATEGORIES}
    assert {above[tag.category.code] or tag.category.code for tag in made} == {
        "crowd", "member", "behaviour", "transaction", "consumption", "marketing",
    }  # fmt: skip
    assert {tag.category.code for tag in made} >= {
        "member_tier", "member_loyalty", "member_participation", "member_join_path", "member_lifecycle",
        "member_self_propagation",
    }  # fmt: skip
    assert {tag.kind for tag in made} == {"attribute", "behaviour", "value"}
    assert {tag.source for tag in made} == {"fact", "rule", "model", "strategy"}
    assert not any(tag.unsaid for tag in made)
    assert all(tag.definition != tag.purpose for tag in made)


@pytest.mark.parametrize("seed", range(3))
def test_a_run_over_many_tags_gives_what_each_condition_chooses_alone(town, seed):
    """Runs read shared sources once, in tables or named subqueries; a condition alone reads its facts itself."""
    people = [person.id for person in crowd.gather(town, seed=seed, size=16)]
    definitions.install(organization=town.group, now=world.NOW, categories=["fresh"])
    ruled = Tag.objects.filter(model="", measure=None).exclude(values__condition=None)
    Tag.objects.exclude(pk__in=ruled.values("pk")).update(status="retired", retired_at=world.NOW)
    expected = {
        (member, tag.code, value)
        for tag in Tag.objects.live()
        for member, value in first_value(town, tag).items()
    }
    assert compute.compute(now=world.NOW).error == ""
    assert held() == expected
    assert compute.compute(now=world.NOW, members=people).gained == 0
    MemberTags.objects.all().delete()
    assert compute.compute(now=world.NOW, members=people).gained == len(expected)
    assert held() == expected


def first_value(town, tag) -> dict[int, str]:
    given: dict[int, str] = {}
    for value in tag.values.order_by("position"):
        for member in world.chosen(town, value.condition):
            given.setdefault(member, value.code)
    return given


def test_installing_twice_makes_nothing_new(town):
    definitions.install(organization=town.group, now=world.NOW)
    assert definitions.install(organization=town.group, now=world.NOW) == []


def test_the_command_prints_what_came_of_it(town, capsys):
    call_command("install_tags")
    call_command("compute_tags", "--tag", "gender", "--json")
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [row["value"] for row in printed["tags"]] == ["female", "male", "unknown"]
    codes = Tag.objects.values_list("code", flat=True)
    assert sorted(codes) == sorted(each.code for each in library.DEFINITIONS)
