"""The code that a customer shows at a till: who he is, for two minutes, and nothing that could be guessed or kept."""

import base64
import binascii
import datetime as dt
import hmac

from django.conf import settings
from django.utils.crypto import salted_hmac

from members.models import Member, oneid

GOOD_FOR = dt.timedelta(minutes=2)
SKEW = dt.timedelta(seconds=5)  # between the clocks of two servers
MAC = 8  # bytes
LENGTH = oneid.LENGTH + 20


class NoSuchCode(LookupError):
    """No code of this house, or one that is over. The two are not told apart."""


def show(*, member: Member, now: dt.datetime) -> str:
    """A code for this person: OneID, the second of issue and a keyed MAC of both, in capitals and digits."""
    issued = int(now.timestamp()).to_bytes(4)
    mac = _mac(member.oneid, issued, settings.SECRET_KEY)
    return member.oneid + base64.b32encode(issued + mac).decode().rstrip("=")


def read(*, code: str, now: dt.datetime) -> str:
    """The OneID that a code was shown for. Raises NoSuchCode. Whoever it stands for by now is the reader's question."""
    shown, rest = code[: oneid.LENGTH], code[oneid.LENGTH :]
    if len(code) != LENGTH or not oneid.is_valid(shown):
        raise NoSuchCode
    issued, mac = _taken_apart(rest)
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(hmac.compare_digest(mac, _mac(shown, issued, secret)) for secret in secrets):
        raise NoSuchCode
    age = now - dt.datetime.fromtimestamp(int.from_bytes(issued), dt.UTC)
    if not -SKEW <= age < GOOD_FOR:
        raise NoSuchCode
    return shown


def _taken_apart(text: str) -> tuple[bytes, bytes]:
    try:
        raw = base64.b32decode(text + "====")
    except (binascii.Error, ValueError) as fault:
        raise NoSuchCode from fault
    if base64.b32encode(raw).decode().rstrip("=") != text:  # one code has one spelling
        raise NoSuchCode
    return raw[:4], raw[4:]


def _mac(shown: str, issued: bytes, secret: str) -> bytes:
    told = shown.encode() + issued
    return salted_hmac("members.member_codes", told, secret=secret, algorithm="sha256").digest()[:MAC]
