import pytest

from members import masking


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613812341234", "138****1234"),
        ("phone", "+442079460958", "*********0958"),
        ("phone", "123", "****"),
        ("email", "anna.li@example.com", "a***@example.com"),
        ("openid", "o6_bmjrPTlm6", "o6****m6"),
        ("device", "A1", "****"),
    ],
)
def test_a_contact_is_masked_by_its_kind(kind, value, shown):
    assert masking.contact(kind=kind, value=value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("王小明", "王**"), ("Anna Li", "A*** L*"), ("王", "王*"), ("", "")]
)
def test_a_name_keeps_its_first_letters(value, shown):
    assert masking.name(value) == shown
