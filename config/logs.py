"""Logs for machines: one JSON object a line, without personal data."""

import re

import structlog

PRIVATE_KEYS = frozenset(
    "phone mobile email e_mail name nickname full_name first_name last_name address postcode birth_date "
    "value identifiers identifier openid unionid password token key authorization cookie payload raw".split()
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
DIGITS = re.compile(r"(?<![\w.-])\+?\d(?:[ -]?\d){8,}(?![\w.])")


def redact(_logger: object, _method: str, event: dict) -> dict:
    """Hides fields that hold personal data, and e-mails and phone-like numbers in any text."""
    return {key: "[hidden]" if key in PRIVATE_KEYS else _masked(value) for key, value in event.items()}


def _masked(value: object) -> object:
    if isinstance(value, str):
        return DIGITS.sub("[number]", EMAIL.sub("[e-mail]", value))
    if isinstance(value, dict):
        return redact(None, "", value)
    if isinstance(value, (list, tuple)):
        return [_masked(item) for item in value]
    return value


SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LAST = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,
    redact,
    structlog.processors.JSONRenderer(ensure_ascii=False),
]


def configure() -> None:
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging(*, level: str) -> dict:
    """Django's LOGGING: everything to stderr as JSON lines."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": LAST,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level},
            "django.server": {"handlers": ["stderr"], "level": level, "propagate": False},
            "django-q": {"handlers": ["stderr"], "level": level, "propagate": False},
        },
    }
