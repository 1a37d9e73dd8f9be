"""Definitions of events: an unknown one waits until somebody defines it, a wrong property is left out."""

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from identity.actions import schemas, seeds
from identity.cleaning import faults, rules
from identity.events import catalogue, checking, wording
from identity.models import CleaningRule, EventSchema, EventSchemaVersion, IntakeRecord, QuarantineItem
from identity.queries import schemas as reading
from members.models import Channel, Event
from tests.identity import company
from tests.identity.company import NOW, accept, account, event

SOFA = {"title": "Sofa tried", "title_zh": "试坐沙发", "stage": "choose"}


@pytest.fixture
def house(db):
    return company.build()


def check(properties, **definition):
    schema = checking.compiled([("e", definition, True)])
    found = faults.Faults(rules.DEFAULT)
    kept = checking.check(name="e", properties=properties, schemas=schema, faults=found)
    return kept, [(problem.code, problem.place, problem.effect) for problem in found.found]


def test_an_unknown_event_waits_until_it_is_defined(house):
    unknown = event("sofa_tried", "u1", properties={"seconds": 30})
    [_known, verdict] = accept(account("u1"), unknown)
    assert (verdict.verdict, verdict.problems[0].code) == ("quarantined", "event.unknown")
    [waiting] = reading.undefined(channels=Channel.objects.all())
    assert (waiting.name, waiting.count, waiting.samples) == ("sofa_tried", 1, [{"seconds": 30}])

    schemas.define(name="sofa_tried", by=None, now=NOW, **SOFA)
    assert schemas.let_in(name="sofa_tried", by=None, now=NOW) == (1, 0)

    assert Event.objects.get(name="sofa_tried").account.external_id == "u1"
    assert not QuarantineItem.objects.filter(state="open").exists()
    assert reading.undefined(channels=Channel.objects.all()) == []


def test_the_ordinary_retry_lets_it_in_as_well(house):
    accept(event("sofa_tried", "u1"), event("sofa_left", "u1"))
    schemas.define(name="sofa_tried", by=None, now=NOW, **SOFA)
    call_command("retry_quarantine", "--code", "event.unknown")
    assert Event.objects.filter(name="sofa_tried").count() == 1
    assert QuarantineItem.objects.filter(state="open").count() == 1


def test_only_what_waits_for_that_name_is_let_in(house):
    accept(*(event(name, f"u{n}") for n in range(3) for name in ("sofa_tried", "sofa_left")))
    schemas.define(name="sofa_tried", by=None, now=NOW, **SOFA)
    assert schemas.let_in(name="sofa_tried", by=None, now=NOW) == (3, 0)
    [rest] = reading.undefined(channels=Channel.objects.all())
    assert (rest.name, rest.count) == ("sofa_left", 3)


def test_an_event_that_is_no_longer_in_use_waits_again(house):
    accept(event("share", "u1"))
    schemas.define(name="share", active=False, by=None, now=NOW)
    [verdict] = accept(event("share", "u2"))
    assert verdict.verdict == "quarantined"


def test_a_wrong_property_is_left_out_and_listed(house):
    [verdict] = accept(event("watch_live", "u1", properties={"room": "R1", "seconds": "long", "host": "Li"}))
    assert verdict.verdict == "accepted"
    assert [(p.code, p.place, p.effect) for p in verdict.problems] == [
        ("event.property", "$.properties.seconds", "drop")
    ]
    assert Event.objects.get().properties == {"room": "R1", "host": "Li"}
    assert QuarantineItem.objects.get().scope == "value"


def test_a_missing_property_is_listed_and_may_stop_the_record(house):
    incomplete = event("watch_live", "u1", properties={"room": "R1"})
    [verdict] = accept(incomplete)
    assert (verdict.verdict, verdict.problems[0].code) == ("accepted", "event.missing")

    CleaningRule.objects.create(field="event.missing", pattern="*", effect="quarantine")
    [verdict] = accept(incomplete | {"occurred_at": company.day(2)})
    assert verdict.verdict == "quarantined"


def test_a_rule_can_let_unknown_events_of_one_channel_in(house):
    app = Channel.objects.get(code="app")
    CleaningRule.objects.create(field="event.unknown", pattern="*", effect="drop", channel=app)
    [here, there] = accept(event("sofa_tried", "u1"), event("sofa_tried", "u1", channel="mall"))
    assert (here.verdict, there.verdict) == ("accepted", "quarantined")


def test_a_personal_property_stays_in_the_raw_record(house):
    schemas.define(
        name="lead", properties=wording.read("form text\nwechat text personal"), by=None, now=NOW, **SOFA
    )
    accept(event("lead", "u1", properties={"form": "trial", "wechat": "wx-lilei"}))
    assert Event.objects.get().properties == {"form": "trial"}
    assert IntakeRecord.objects.get().raw["properties"]["wechat"] == "wx-lilei"


def test_each_change_is_a_version_and_saying_it_again_is_none(house):
    for _twice in range(2):
        schemas.define(name="sofa_tried", by=None, now=NOW, **SOFA)
    schemas.define(name="sofa_tried", core=True, by=None, now=NOW)
    said = EventSchemaVersion.objects.filter(schema="sofa_tried").order_by("version")
    assert [(each.version, each.definition["core"]) for each in said] == [(1, False), (2, True)]


def test_seeding_keeps_what_staff_changed(house):
    seeds.events(now=NOW)
    schemas.define(name="share", title="Passed on", by=None, now=NOW)
    seeds.events(now=NOW)
    assert EventSchema.objects.get(name="share").title == "Passed on"
    assert EventSchema.objects.count() == len(catalogue.NAMES)
    assert EventSchemaVersion.objects.filter(schema="share").count() == 2


def test_the_check_asks_the_database_once_a_batch(house, django_assert_num_queries):
    accept(event("share", "u0"))
    reading.compiled(reading.stamp())
    with django_assert_num_queries(1):
        assert reading.compiled(reading.stamp())["share"]


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("text", ["a", "", 7], [True, 1.5, [], {}]),
        ("number", [1, 1.5, "320", "-0.5"], ["long", True, None, "1e5", "NaN"]),
        ("whole", [1, "320"], [1.5, "1.0", True]),
        ("boolean", [True, False], ["true", 1]),
        ("time", ["2026-01-02T03:04:05+08:00"], ["2026-01-02T03:04:05", "now", 5]),
        ("date", ["2026-02-28"], ["2026-02-30", "20260228", 5]),
        ("list", [[]], [{}, "a"]),
        ("object", [{}], [[], "a"]),
    ],
)
def test_types(kind, right, wrong):
    for value in right:
        assert check({"p": value}, p={"type": kind}) == ({"p": value}, []), value
    for value in wrong:
        kept, found = check({"p": value}, p={"type": kind})
        assert (kept, found) == ({}, [("event.property", "$.properties.p", "drop")]), value


def test_standard_events_can_be_written_and_read():
    for each in catalogue.definitions():
        assert wording.read(wording.write(each["properties"])) == each["properties"]
        assert each["stage"] in EventSchema.Stage.values
        assert set(each["ends"]) <= set(Channel.Kind.values)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a b", "Line 1: the type b is not known"),
        ("a text\n\na number", "Line 3: a stands there twice"),
        ("a text wanted", "Line 1: wanted is not known"),
        ("1a text", "Line 1: 1a is no name"),
    ],
)
def test_a_line_that_is_no_property_is_refused(text, fault):
    with pytest.raises(wording.Unreadable, match=fault):
        wording.read(text)


scalars = st.one_of(
    st.text(max_size=5), st.integers(), st.booleans(), st.floats(allow_nan=False), st.just([])
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), scalars, max_size=3), min_size=1, max_size=5))
def test_a_guess_fits_what_it_was_guessed_from(samples):
    guessed = wording.guess(samples)
    for sample in samples:
        kept, found = check(sample, **guessed)
        told = [name for name in guessed if guessed[name]["required"] and sample[name] == ""]
        assert [code for code, _place, _effect in found if code == "event.missing"] == [
            "event.missing"
        ] * len(told)
        assert all(kept[name] == value for name, value in sample.items() if guessed[name]["type"] != "text")
