"""The ways to a member. One file each; a new one is written beside these and named here."""

from campaigns.touchpoints import email, sandbox
from campaigns.touchpoints.touchpoint import Touchpoint

ALL: dict[str, Touchpoint] = {
    touchpoint.code: touchpoint
    for touchpoint in (sandbox.TOUCHPOINT, sandbox.SMS, sandbox.PUSH, sandbox.WECOM, email.TOUCHPOINT)
}


def choices() -> list[tuple[str, str]]:
    """Code and name of each, for forms."""
    return [(touchpoint.code, touchpoint.name) for touchpoint in ALL.values()]
