"""Placeholders: found, refused with their place, and filled in one pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import messages

TEXTS = st.text(alphabet="ab{}|name \n", max_size=30)


@pytest.mark.parametrize(
    ("text", "known", "said"),
    [
        ("Dear {name}!", {"name": "Li Na"}, "Dear Li Na!"),
        ("Dear {name}!", {"name": " "}, "Dear valued customer!"),
        ("Dear {name}!", {}, "Dear valued customer!"),
        ("{nickname|亲}, hello", {}, "亲, hello"),
        ("{name|}hello", {}, "hello"),
        ("{name}", {"name": "{name} {{"}, "{name} {{"),
        ("{name}", {"name": "a\r\nBcc: b"}, "a Bcc: b"),
        ("{{name}}", {"name": "x"}, "{name}"),
        ("{zodiac}今日好运", {}, "今日好运"),
        ("{zodiac|你}今日好运", {"zodiac": ""}, "你今日好运"),
        ("", {}, ""),
    ],
)
def test_render(text, known, said):
    assert messages.render(messages.parse(text), known) == said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Hi\n {phone}",
            "line 2, column 2: unknown placeholder “{phone}”; known are {name}, {nickname}, {zodiac}.",
        ),
        ("{}", "line 1, column 1: unknown placeholder “{}”"),
        ("{ name }", "unknown placeholder “{ name }”"),
        ("a}", "line 1, column 2: a single “}”"),
        ("{name", "line 1, column 1: a single “{”"),
    ],
)
def test_malformed(text, message):
    with pytest.raises(messages.Malformed, match=r"line \d+, column \d+") as fault:
        messages.parse(text)
    assert message in str(fault.value)


@given(TEXTS)
def test_a_text_is_refused_or_rendered_without_leftovers(text):
    try:
        parts = messages.parse(text)
    except messages.Malformed:
        return
    literal = "".join(part for part in parts if isinstance(part, str))
    assert literal.count("{") == text.count("{{")
    assert messages.render(parts, {"name": "", "nickname": ""}) is not None


@given(st.text(max_size=40))
def test_doubled_braces_say_any_text(text):
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert messages.render(messages.parse(escaped), {}) == text
