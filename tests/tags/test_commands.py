import json

import pytest
from django.core.management import CommandError, call_command

from tags.models import TagRun, TagValue
from tests import factories
from tests.tags import test_compute as tags_of
from tests.tags import world

pytestmark = pytest.mark.django_db


def printed(capsys) -> str:
    return capsys.readouterr().out


def test_a_table_for_people(town, capsys):
    tags_of.rule(town)
    factories.order(account=world.person(town).account)
    call_command("compute_tags")
    lines = printed(capsys).splitlines()
    assert lines[1].split() == ["buyer", "yes", "1"]
    assert lines[2].startswith("1 tags of 1 members in ")
    assert lines[2].endswith(" s: 1 values gained, 0 lost.")


def test_json_for_programs(town, capsys):
    tags_of.rule(town)
    call_command("compute_tags", "--tag", "buyer", "--json")
    answer = json.loads(printed(capsys))
    assert answer["tags"] == [{"tag": "buyer", "value": "yes", "name": "yes", "members": 0}]
    assert (answer["gained"], answer["error"]) == (0, "")


def test_only_what_changed(town, capsys):
    call_command("compute_tags", "--changed", "--json")
    assert json.loads(printed(capsys)) == {"events": 0}


def test_a_tag_that_fails_fails_the_command_after_the_others(town, capsys):
    tags_of.rule(town, "sound"), tags_of.rule(town, "broken")
    TagValue.objects.filter(tag__code="broken").update(condition={"channel": {"channel": "closed"}})
    with pytest.raises(CommandError, match="could not be computed"):
        call_command("compute_tags")
    assert "broken: yes: channel.channel: the channel “closed” is not known" in capsys.readouterr().err
    assert TagRun.objects.get().tags == ["sound"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tag", "bayer"], "No active tag bayer. There are: buyer."),
        (["--tag", "buyer", "--changed"], "--changed computes all active tags"),
    ],
)
def test_wrong_arguments_are_explained(town, arguments, said):
    tags_of.rule(town)
    with pytest.raises(CommandError, match=said):
        call_command("compute_tags", *arguments)


@pytest.mark.parametrize("command", ["compute_tags", "install_tags"])
def test_before_anything_is_set_up(db, command):
    with pytest.raises(CommandError, match="make the group first"):
        call_command(command)
