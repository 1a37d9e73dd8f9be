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


def test_a_record_is_masked_whatever_its_sender_called_the_fields():
    raw = {
        "type": "order", "external_id": "SO-20260001", "status": "paid",
        "receiver": {"name": "王小明", "mobile": 13812341234},
        "columns": {"收件人": "王小明的家", "备注": "please ring twice", "数量": 2},
        "properties": {"收货电话": "138-1234-1234", "user_name": "wangxiaoming", "sku": "6901234567892", "page": "home"},
        "note": "call 138 1234 1234 or anna.li@example.com", "tel_no": 13812341234, "amount": "199.00", "ok": True,
    }  # fmt: skip
    shown = masking.record(raw)
    text = str(shown)
    for secret in (
        "王小明",
        "1234 1234",
        "1234-1234",
        "13812341234",
        "anna.li",
        "wangxiaoming",
        "ring twice",
    ):
        assert secret not in text, secret
    assert shown["properties"] | {"收货电话": "", "user_name": ""} == {
        "收货电话": "", "user_name": "", "sku": "6901234567892", "page": "home",
    }  # fmt: skip
    assert (shown["amount"], shown["ok"], shown["status"]) == ("199.00", True, "paid")
    assert shown["note"] == "call 13****34 or a***@example.com"
