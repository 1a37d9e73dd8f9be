import json
import logging
import logging.config

import pytest
import structlog

from config import logs


@pytest.fixture
def log(capsys):
    """Writes one record as the product would and reads it back."""

    def write(speak):
        handler = logging.StreamHandler()
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(foreign_pre_chain=logs.SHARED, processors=logs.LAST)
        )
        logger = logging.getLogger("test.logs")
        logger.addHandler(handler)
        logger.setLevel("INFO")
        try:
            speak()
        finally:
            logger.removeHandler(handler)
        return json.loads(capsys.readouterr().err)

    return write


def test_personal_fields_are_hidden(log):
    line = log(lambda: structlog.get_logger("test.logs").info("order.taken", phone="13800138000", account=77))
    assert line["event"] == "order.taken"
    assert line["phone"] == "[hidden]"
    assert line["account"] == 77
    assert line["level"] == "info"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no account for +86 138 0013 8000", "no account for [number]"),
        ("mail to wang.li@example.com failed", "mail to [e-mail] failed"),
        ("took 12345 records in 3.25 s", "took 12345 records in 3.25 s"),
    ],
)
def test_phones_and_addresses_in_words_are_masked(log, text, shown):
    assert log(lambda: logging.getLogger("test.logs").info(text))["event"] == shown


def test_a_traceback_is_masked_too(log):
    def speak():
        try:
            raise ValueError("Key (value)=(+8613800138000) already exists")
        except ValueError:
            logging.getLogger("test.logs").exception("failed")

    assert "13800138000" not in log(speak)["exception"]
