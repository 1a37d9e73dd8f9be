"""Hashed forms of values as platforms make them."""

import hashlib
import hmac

import pytest

from identity.cleaning.recipes import Recipe, hashed

SALT = "pinch"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"algorithm": "sha256", "form": "plain"}, hashlib.sha256(b"+8613800138001pinch")),
        ({"algorithm": "sha1", "form": "digits", "salt_place": "before"}, hashlib.sha1(b"pinch8613800138001", usedforsecurity=False)),
        ({"algorithm": "hmac-sha256", "form": "national"}, hmac.new(b"pinch", b"13800138001", "sha256")),
    ],
)  # fmt: skip
def test_the_forms_of_platforms(told, expected):
    made = Recipe(**{"plain_kind": "phone", "hashed_kind": "phone_hash", "namespace": "", "secret_name": "", "salt_place": "after"} | told)  # fmt: skip
    assert hashed(made, "+8613800138001", secret=SALT) == expected.hexdigest()


def test_a_national_form_of_another_country_and_of_no_telephone():
    made = Recipe("phone", "phone_hash", "", "md5", "national", "", "after")
    md5 = hashlib.md5(b"2071838750", usedforsecurity=False).hexdigest()
    assert hashed(made, "+442071838750", secret="") == md5
    assert hashed(made, "someone@x.com", secret="") is None
