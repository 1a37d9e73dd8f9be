"""Phones, e-mails and other identifiers: what becomes one value, what is refused, whose it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.cleaning import emails, phones, rules
from tests.identity.cleaning.samples import account, clean, codes, order


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
