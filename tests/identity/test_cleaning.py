"""Cleaning: what becomes one value, what is refused, and that nothing a sender can send breaks it."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.cleaning import amounts, dates, emails, identifiers, phones, profiles, records, rules
from identity.cleaning.faults import Faults
from identity.records import problems

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BOOK = rules.RuleBook(everywhere=rules.DEFAULT)
AT = "2026-01-02T03:04:05+08:00"


def clean(raw, book=BOOK):
    return records.clean(raw, book=book, now=NOW)


def account(**given):
    return {"type": "account", "channel": "app", "external_id": "u1", "occurred_at": AT} | given


def order(**given):
    line = {"line": 1, "sku": "S1", "quantity": "1", "unit_price": "10.00"}
    return {
        "type": "order",
        "channel": "pos",
        "external_id": "o1",
        "occurred_at": AT,
        "lines": [line],
    } | given


def codes(cleaned):
    return [problem.code for problem in cleaned.problems]


@pytest.mark.requirement("IDN-053")
@pytest.mark.parametrize("written", ["男", "1", "M", "male", 1, " Male "])
def test_sex_codes_of_channels_become_one(written):
    assert clean(account(profile={"gender": written})).traits == {"gender": "male"}


@pytest.mark.requirement("IDN-053")
@pytest.mark.parametrize(
    "written",
    [
        "+86 138 0013 8000",
        "138-0013-8000",
        "13800138000",
        "0086 13800138000",
        "8613800138000",
        "１３８００１３８０００",
    ],
)
def test_one_phone_however_it_is_written(written):
    assert phones.normalise(written, region="CN") == "+8613800138000"


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("12345", "CN", None),
        ("phone", "CN", None),
        ("9" * 300, "CN", None),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+1 650-253-0000", "CN", "+16502530000"),
        ("13800138000", "GB", None),
        ("", "CN", None),
    ],
)
def test_phones_elsewhere(written, region, expected):
    assert phones.normalise(written, region=region) == expected


@pytest.mark.parametrize("written", ["Ann.Li@Example.COM", " ann.li@example.com "])
def test_mail_is_compared_in_lower_case(written):
    assert emails.normalise(written) == "ann.li@example.com"


@pytest.mark.parametrize(
    "written", ["a@b", "a@x", "@x.com", "a b@x.com", "a..b@x.com", "a@x.test", "x" * 300]
)
def test_mail_without_a_domain_is_refused(written):
    assert emails.normalise(written) is None


@given(st.emails(domains=st.sampled_from(["example.com", "mail.example.org", "例子.中国"])))
def test_fast_and_careful_mail_agree(written):
    import email_validator

    careful = email_validator.validate_email(written.lower(), check_deliverability=False).normalized.lower()
    assert emails.normalise(written) == careful


@pytest.mark.requirement("IDN-056")
def test_malformed_values_are_rejected_and_listed():
    given = [{"kind": "phone", "value": "12345"}, {"kind": "email", "value": "a@b"}]
    cleaned = clean(account(identifiers=given))
    assert not cleaned.stops
    assert cleaned.identifiers == []
    assert [(each.code, each.value, each.place) for each in cleaned.problems] == [
        ("phone.malformed", "12345", "$.identifiers[0].value"),
        ("email.malformed", "a@b", "$.identifiers[1].value"),
    ]
    assert all(each.remedy for each in cleaned.problems)


@pytest.mark.requirement("IDN-056")
@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("phone", "11111111111", "phone.test"),
        ("phone", "12345678901", "phone.test"),
        ("email", "test@test.com", "email.test"),
        ("phone", "", "identifier.blank"),
        ("email", "无", "identifier.blank"),
        ("device", None, "identifier.blank"),
    ],
)
def test_test_and_empty_values_are_listed(kind, value, code):
    cleaned = clean(account(identifiers=[{"kind": kind, "value": value}]))
    assert codes(cleaned) == [code]
    assert cleaned.identifiers == []


@pytest.mark.parametrize("name", ["测试", "TEST", "测试用户"])
def test_test_names_are_left_out(name):
    cleaned = clean(account(profile={"name": name}))
    assert codes(cleaned) == ["name.test"]
    assert cleaned.traits == {}


@pytest.mark.requirement("IDN-054")
def test_identifiers_are_detected_and_typed():
    raw = account(phone="138 0013 8000", openid="o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
    found = {(each.kind, each.namespace, each.value) for each in clean(raw).identifiers}
    assert found == {("phone", "", "+8613800138000"), ("openid", "app", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M")}


@pytest.mark.requirement("IDN-054")
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("13800138000", "phone"),
        ("a@example.com", "email"),
        ("o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "openid"),
        ("fcaccc6eec962aa8ab06b42bdbe391be", "phone_hash"),
        ("card-77", "user_id"),
    ],
)
def test_a_bare_identifier_is_recognised_by_its_form(value, kind):
    assert [each.kind for each in clean(account(identifiers=[{"value": value}])).identifiers] == [kind]


def test_each_identifier_counts_once():
    given = [{"kind": "phone", "value": "13800138000"}, {"kind": "phone", "value": "+86 138-0013-8000"}]
    assert len(clean(account(identifiers=given)).identifiers) == 1


def test_unknown_kinds_are_listed():
    book = rules.book([], rules.Rules(kinds=frozenset({"phone"})))
    cleaned = clean(account(identifiers=[{"kind": "horoscope", "value": "x"}]), book)
    assert codes(cleaned) == ["identifier.kind"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1984-05-06", "1984-05-06"),
        ("1984/5/6", "1984-05-06"),
        ("19840506", "1984-05-06"),
        ("1984年5月6日", "1984-05-06"),
        ("1984-05-06 00:00:00", "1984-05-06"),
        ("1984-13-06", None),
        ("06/05/1984", None),
        ("19840", None),
        ("", None),
    ],
)
def test_dates(written, expected):
    found = dates.parse(written)
    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize("written", ["1899-12-31", "2026-06-02", "0001-01-01"])
def test_implausible_birthdays_are_left_out(written):
    assert codes(clean(account(profile={"birth_date": written}))) == ["date.implausible"]


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


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (199.1, "money.float"),
        ("1,234.50", "money.malformed"),
        ("ten", "money.malformed"),
        ("NaN", "money.malformed"),
        ("Infinity", "money.malformed"),
        ("1" * 100, "money.too_large"),
        ("1e30", "money.too_large"),
        (10**30, "money.too_large"),
        (str(10**30), "money.too_large"),
        ("0.00001", "money.decimals"),
        ("-5", "order.negative"),
    ],
)
def test_wrong_amounts_are_quarantined_with_their_reason(value, code):
    cleaned = clean(order(lines=[{"sku": "S", "quantity": "1", "unit_price": value}]))
    assert cleaned.stops
    assert code in codes(cleaned)


def test_an_unusual_amount_is_flagged_and_kept():
    cleaned = clean(order(lines=[{"sku": "S", "amount": "1000000000"}]))
    assert not cleaned.stops
    assert cleaned.record.flagged
    assert codes(cleaned) == ["money.unusual"]


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ({"quantity": "3", "unit_price": "3.33", "discount": "0.99"}, "9.00"),
        ({"quantity": "3", "unit_price": "3.33", "amount": "10.00"}, "10.00"),
        ({"quantity": "0.333", "unit_price": "0.0151"}, "0.0050"),
        ({"quantity": 2, "unit_price": 5}, "10"),
        ({"amount": "7"}, "7"),
    ],
)
def test_what_is_paid_for_a_line(line, amount):
    cleaned = clean(order(lines=[{"sku": "S", **line}]))
    assert cleaned.record.lines[0].amount == amounts.Decimal(amount)


def test_total_of_an_order():
    lines = [{"sku": "S", "quantity": "2", "unit_price": "10.00"}, {"sku": "T", "amount": "5.50"}]
    cleaned = clean(order(lines=lines, discount="3.00", shipping="1.25"))
    assert cleaned.record.amount == amounts.Decimal("23.75")
    assert [line.line for line in cleaned.record.lines] == [1, 2]


def test_two_lines_of_one_number():
    cleaned = clean(order(lines=[{"line": 1, "amount": "1"}, {"line": 1, "amount": "2"}]))
    assert codes(cleaned) == ["order.line_twice"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("occurred_at", "2026-01-02T03:04:05", "time.offset"),
        ("occurred_at", "2026-06-02T00:00:00Z", "time.future"),
        ("occurred_at", "9999-12-31T23:59:59-12:00", "time.future"),
        ("occurred_at", "0001-01-01T00:00:00+14:00", "time.ancient"),
        ("occurred_at", None, "record.missing"),
        ("occurred_at", 5, "time.offset"),
        ("channel", None, "record.missing"),
        ("channel", "", "record.missing"),
        ("type", "horoscope", "record.type"),
        ("type", None, "record.missing"),
        ("external_id", "", "key.blank"),
        ("external_id", None, "record.missing"),
        ("external_id", "x" * 201, "key.long"),
        ("external_id", "a\x00b", "key.hostile"),
        ("external_id", "a\u202eb", "key.hostile"),
        ("status", "lost", "order.status"),
        ("currency", "YUAN", "currency.unknown"),
        ("lines", "many", "record.shape"),
        ("lines", [{"quantity": "0.0001", "unit_price": "1"}], "quantity.decimals"),
        ("lines", [{"quantity": "1e12", "unit_price": "1"}], "quantity.too_large"),
        ("lines", [{"quantity": "999999999", "unit_price": "999999999999"}], "money.too_large"),
        ("lines", [{"line": -1, "amount": "1"}, {"amount": "2"}], "record.shape"),
        ("lines", [{"line": 2**40, "amount": "1"}], "record.shape"),
    ],
)
def test_faulty_orders_are_quarantined(field, value, code):
    cleaned = clean(order(**{field: value}))
    assert cleaned.stops
    found = next((each for each in cleaned.problems if each.code == code), None)
    if (field, value) == ("channel", ""):
        found = next(each for each in cleaned.problems if each.code in ("key.blank", code))
    assert found is not None, codes(cleaned)
    assert found.remedy
    assert found.place.startswith("$")


def test_a_near_future_is_the_difference_of_clocks():
    assert not clean(order(occurred_at="2026-06-01T00:05:00Z")).stops


def test_values_of_wrong_form_are_left_out_one_by_one():
    given = [{"kind": "phone", "value": "13800138000"}, "junk", {"kind": "phone"}]
    cleaned = clean(account(identifiers=given, attribution=5))
    assert not cleaned.stops
    assert [each.value for each in cleaned.identifiers] == ["+8613800138000"]
    assert codes(cleaned) == ["record.dropped"] * 3


def test_a_malformed_consent_keeps_the_record_aside():
    assert clean(account(consents=[{"purpose": "marketing", "channel": "sms", "granted": "maybe"}])).stops


def test_contact_accounts_are_keyed_by_identifier_and_name():
    raw = account(
        external_id=None, identifiers=[{"kind": "phone", "value": "13800138000"}], profile={"name": " Li "}
    )
    cleaned = clean(raw)
    assert cleaned.is_contact
    assert cleaned.customer == "phone:+8613800138000|li"
    nobody = clean(account(external_id=None, identifiers=[{"kind": "phone", "value": "12345"}]))
    assert nobody.stops
    assert codes(nobody) == ["phone.malformed", "record.unkeyed"]


def test_a_receiver_is_not_the_buyer():
    given = [{"kind": "phone", "value": "13800138000", "role": "receiver"}]
    cleaned = clean(order(identifiers=given))
    assert cleaned.customer == ""
    assert [each.role for each in cleaned.identifiers] == ["receiver"]


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


def test_bidirectional_and_control_characters_are_taken_out_of_names():
    cleaned = clean(account(profile={"name": "Li\u202e Lei\x00\x07"}))
    assert cleaned.traits == {"name": "Li Lei"}
    assert codes(cleaned) == ["text.hostile"]


hostile = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "\x00", "1e400"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted({name for shape in records.reading.TYPES.values() for name in shape.__struct_fields__})


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
