"""The buttons of a version: what each is called, who may press it, in which states, and what it calls."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.actions import activities
from campaigns.models import ActivityVersion

State = ActivityVersion.State
CHANGE, APPROVE, STOP = (f"campaigns.{verb}_activity" for verb in ("change", "approve", "stop"))


@dataclasses.dataclass(frozen=True)
class Verb:
    """``reason``: whether a field for it is shown. ``own``: whether who wrote the version may press it."""

    code: str
    label: str
    permission: str
    states: frozenset[str]
    done: str
    reason: bool = False
    own: bool = True
    tone: str = ""


def _verb(code, label, permission, states, done, **more) -> Verb:
    return Verb(code, label, permission, frozenset(states), done, **more)


ALL = {
    verb.code: verb
    for verb in (
        _verb("submit", _("Submit for approval"), CHANGE, [State.DRAFT], _("It waits for approval now."), tone="nf-primary"),
        _verb(
            "approve", _("Approve and publish"), APPROVE, [State.SUBMITTED], _("It is published."), own=False, tone="nf-primary"
        ),
        _verb("reject", _("Give back"), APPROVE, [State.SUBMITTED], _("It is a draft again."), reason=True, own=False),
        _verb("withdraw", _("Withdraw"), CHANGE, [State.SUBMITTED], _("It is a draft again.")),
        _verb("stop", _("Stop now"), STOP, [State.PUBLISHED], _("No till prices it any more."), reason=True, tone="nf-danger"),
        _verb("renew", _("New version"), CHANGE, [State.PUBLISHED, State.STOPPED], _("A new version is open.")),
    )
}  # fmt: skip


def open_to(user: AbstractBaseUser, version: ActivityVersion, *, now: dt.datetime) -> list[Verb]:
    """The buttons that this person can press now."""
    own = user.pk in (version.created_by_id, version.changed_by_id, version.submitted_by_id)
    over = version.closes_at is not None and version.closes_at <= now
    return [
        verb
        for verb in ALL.values()
        if version.state in verb.states
        and user.has_perm(verb.permission)
        and (verb.own or not own)
        and not (verb.code == "stop" and over)
        and not (verb.code == "renew" and _open(version))
    ]


def _open(version: ActivityVersion) -> bool:
    return version.activity.versions.filter(state__in=[State.DRAFT, State.SUBMITTED]).exists()


def do(
    verb: Verb, *, version: ActivityVersion, by: AbstractBaseUser, reason: str, now: dt.datetime
) -> ActivityVersion:
    """What the button does; the version to go on with. Raises activities.Refused."""
    calls: dict[str, Callable[[], ActivityVersion]] = {
        "submit": lambda: activities.submit(version=version, by=by, now=now),
        "approve": lambda: activities.approve(version=version, by=by, now=now),
        "reject": lambda: _rejected(version, by, reason, now),
        "withdraw": lambda: activities.withdraw(version=version, by=by, now=now),
        "stop": lambda: activities.stop(version=version, reason=reason, by=by, now=now),
        "renew": lambda: activities.new_version(activity=version.activity, by=by, now=now),
    }
    return calls[verb.code]()


def _rejected(version, by, reason, now) -> ActivityVersion:
    if not reason.strip():
        raise activities.Refused(gettext("Say why: the reason is kept with the activity."))
    return activities.withdraw(version=version, by=by, now=now, reason=reason.strip()[:300])
