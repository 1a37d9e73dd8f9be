"""Whole records: rules as data, parts left out, digests, and that nothing a sender can send breaks cleaning."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.cleaning import identifiers, profiles, records, rules
from identity.cleaning.faults import Faults
from identity.records import problems
from tests.identity.cleaning.samples import AT, FIELDS, NOW, account, clean, codes, hostile, order


def test_rules_are_data():
    rows = [
        ("gender", "F00", rules.TRANSLATE, "female", "app"),
        ("category", "/fridge.*/", rules.TRANSLATE, "refrigerator", ""),
        ("phone", "+8613800138000", problems.DROP, "", ""),
        ("phone.malformed", "", problems.QUARANTINE, "", ""),
    ]
    book = rules.book(rows, rules.DEFAULT)
    assert clean(account(profile={"gender": "f00"}), book).traits == {"gender": "female"}
    assert codes(clean(account(channel="jd", profile={"gender": "f00"}), book)) == ["sex.unknown"]
    assert codes(clean(account(identifiers=[{"kind": "phone", "value": "13800138000"}]), book)) == [
        "phone.test"
    ]
    assert clean(account(identifiers=[{"kind": "phone", "value": "12"}]), book).stops
    line = {"sku": "S", "amount": "1", "category": "Fridge-Freezer"}
    assert clean(order(lines=[line]), book).record.lines[0].category == "refrigerator"


def test_values_of_wrong_form_are_left_out_one_by_one():
    given = [{"kind": "phone", "value": "13800138000"}, "junk", {"kind": "phone"}]
    cleaned = clean(account(identifiers=given, attribution=5))
    assert not cleaned.stops
    assert [each.value for each in cleaned.identifiers] == ["+8613800138000"]
    assert codes(cleaned) == ["record.dropped"] * 3


def test_a_malformed_consent_keeps_the_record_aside():
    assert clean(account(consents=[{"purpose": "marketing", "channel": "sms", "granted": "maybe"}])).stops


def test_the_digest_does_not_depend_on_how_it_is_written():
    raw = order()
    assert clean(raw).version == clean(dict(reversed(raw.items()))).version
    assert clean(raw).version != clean(order(status="completed")).version


def test_ten_megabytes_of_name():
    cleaned = clean(account(profile={"name": "x" * 10_000_000}))
    assert cleaned.rejected
    assert codes(cleaned) == ["record.size"]
    assert codes(clean(account(profile={"name": "x" * 1_000}))) == ["text.long"]


def test_lone_surrogates_are_rejected():
    assert clean(account(profile={"name": "\ud800"})).rejected


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from([*records.reading.TYPES, "x"]),
    fields=st.dictionaries(st.sampled_from(FIELDS), hostile, max_size=5),
)
def test_nothing_a_sender_can_send_breaks_cleaning(kind, fields):
    raw = {"type": kind, "channel": "c", "external_id": "1", "occurred_at": AT, "name": "n"} | fields
    cleaned = clean(raw)
    assert cleaned.stops or cleaned.record is not None
    assert cleaned.stops is False or cleaned.problems
    for problem in cleaned.problems:
        msgspec.json.encode(problem)
        assert "\x00" not in problem.value
    assert clean(raw).key == cleaned.key


@settings(max_examples=300, deadline=None)
@given(hostile)
def test_any_json_gets_a_verdict(raw):
    assert clean(raw).problems


@given(st.text())
def test_normal_forms_are_stable(text):
    faults = Faults(rules.DEFAULT)
    for kind in ("phone", "email", "device"):
        once = identifiers.normalise(kind, text, place="$", faults=faults)
        if once:
            assert identifiers.normalise(kind, once, place="$", faults=faults) == once
    once = profiles.clean({"name": text}, faults=faults, today=NOW.date()).get("name", "")
    if once:
        assert profiles.clean({"name": once}, faults=faults, today=NOW.date()).get("name", "") == once
