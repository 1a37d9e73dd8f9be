"""E-mail through Django's backend. A message counts as being sent before it is, so it never goes out twice."""

import smtplib
from collections.abc import Iterator
from email.utils import parseaddr

from django.conf import settings
from django.core import mail, signing
from django.utils.translation import gettext_lazy as _

from campaigns.touchpoints.touchpoint import Delivery, Message, Route, Touchpoint

LOST = (smtplib.SMTPServerDisconnected, OSError)


def send(messages: list[Message]) -> Iterator[Delivery]:
    """Send each over one connection. Whatever was certainly not tried comes back as ``pending``."""
    backend = mail.get_connection()
    try:
        backend.open()
    except Exception as fault:
        yield from (Delivery(message.decision_id, "pending", _reason(fault)) for message in messages)
        return
    try:
        yield from _each(backend, messages)
    finally:
        backend.close()


def message_id(key: str) -> str:
    """The same message has the same id whoever sends it, so that bounces find their decision."""
    return f"<{key}@{_domain()}>"


def _each(backend, messages):
    waiting = list(messages)
    while waiting:
        message = waiting.pop(0)
        delivery, connected = _one(backend, message)
        yield delivery
        if not connected:
            yield from (Delivery(left.decision_id, "pending", delivery.reason) for left in waiting)
            return


def _one(backend, message):
    try:
        backend.send_messages([_mail(message)])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as fault:
        return Delivery(message.decision_id, "failed", _reason(fault)), True
    except LOST as fault:
        return Delivery(message.decision_id, "unknown", _reason(fault)), False
    except (smtplib.SMTPException, ValueError) as fault:
        return Delivery(message.decision_id, "failed", _reason(fault)), True
    return Delivery(message.decision_id, "sent"), True


def _mail(message):
    token = signing.dumps(message.key, salt="unsubscribe")
    return mail.EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.address],
        headers={
            "Message-ID": message_id(message.key),
            "List-Unsubscribe": f"<mailto:{_sender()}?subject=unsubscribe%20{token}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _sender():
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _domain():
    return _sender().partition("@")[2] or "localhost"


def _reason(fault):
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(fault.recipients.values()))
        return f"refused: {code} {_text(text)}"[:200]
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"refused: {fault.smtp_code} {_text(fault.smtp_error)}"[:200]
    return f"{type(fault).__name__}: {fault}"[:200]


def _text(answer):
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


TOUCHPOINT = Touchpoint(
    code="email",
    name=_("E-mail"),
    routes=(Route(needs="email", consent="email"),),
    batch=50,
    needs_subject=True,
    send=send,
)
