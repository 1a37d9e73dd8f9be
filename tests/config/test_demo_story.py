"""The sample company: the same seed tells the same story, with its traps, and only those reached answer."""

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from config.demo import company, story

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=8)))
SMALL = story.Size(people=150, accounts=300, orders=1_200, events=4_000)


@pytest.fixture(scope="module")
def told():
    return story.tell(seed=9, now=NOW, size=SMALL)


def _records(paths):
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line not in story.BROKEN_LINES:
                yield json.loads(line)


def _bytes(paths):
    return [path.read_bytes() for path in paths]


def test_the_same_seed_gives_the_same_bytes(told, tmp_path):
    again = story.tell(seed=9, now=NOW, size=SMALL)
    first = story.write_first_act(story=told, folder=tmp_path / "a")
    second = story.write_first_act(story=again, folder=tmp_path / "b")
    assert _bytes(first) == _bytes(second)
    assert again.truth == told.truth


def test_another_seed_gives_another_story(told, tmp_path):
    other = story.tell(seed=10, now=NOW, size=SMALL)
    first = story.write_first_act(story=told, folder=tmp_path / "a")
    assert _bytes(first) != _bytes(story.write_first_act(story=other, folder=tmp_path / "b"))


def test_it_has_the_size_asked_for(told):
    records = [record for _moment, record in told.entries]
    orders = {record["external_id"] for record in records if record["type"] == "order"}
    assert len(orders) == SMALL.orders
    assert sum(record["type"] == "event" for record in records) == SMALL.events
    assert len(told.truth) == SMALL.accounts
    assert len(set(told.truth.values())) == SMALL.people
    assert {channel for channel, _id in told.truth} == {channel.code for channel in company.CHANNELS}


def test_entries_are_in_time_and_nothing_lies_in_the_future(told):
    moments = [moment for moment, _record in told.entries]
    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert moments[-1] <= NOW


def test_the_truth_is_in_no_file(told, tmp_path):
    text = b"".join(_bytes(story.write_first_act(story=told, folder=tmp_path)))
    assert not any(f'"{person}"'.encode() in text for person in set(told.truth.values()))


def test_the_first_act_ends_with_the_campaign_but_for_clocks_that_run_wild(told, tmp_path):
    late = [
        record
        for record in _records(story.write_first_act(story=told, folder=tmp_path))
        if record.get("occurred_at", "")[:4] < "2199"
        and record.get("occurred_at", "2")[0] == "2"
        and len(record.get("occurred_at", "")) > 19
        and datetime.fromisoformat(record["occurred_at"]) >= told.campaign_at
    ]
    assert late == []


def test_records_come_late_twice_and_broken(told, tmp_path):
    paths = story.write_first_act(story=told, folder=tmp_path)
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > len(set(lines))
    assert any(line in story.BROKEN_LINES for line in lines)
    orders, returned_first = set(), 0
    for record in _records(paths):
        if record["type"] == "order":
            orders.add((record["channel"], record.get("external_id")))
        returned_first += record["type"] == "return" and (record["channel"], record["order"]) not in orders
    assert returned_first


def test_only_those_reached_answer(told):
    key, person = next(iter(told.truth.items()))
    assert list(story.answers(story=told, reached=[])) == []
    answered = list(story.answers(story=told, reached=told.truth))
    assert 0 < len(answered) <= SMALL.people
    assert all(told.campaign_at < moment <= NOW for moment, _record in answered)
    alone = {record.get("account") for _moment, record in story.answers(story=told, reached=[key])}
    own = {external_id for (_channel, external_id), who in told.truth.items() if who == person}
    assert alone <= own | {None}


def test_an_answer_does_not_depend_on_who_else_was_reached(told):
    keys = sorted(told.truth)
    together = {record["external_id"] for _m, record in story.answers(story=told, reached=keys)}
    halves = [story.answers(story=told, reached=part) for part in (keys[::2], keys[1::2])]
    assert {record["external_id"] for half in halves for _m, record in half} == together
