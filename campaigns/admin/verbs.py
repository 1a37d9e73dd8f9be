"""The buttons of a campaign: what each is called, who may press it, in which states, and what it calls."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from campaigns.actions import campaigns
from campaigns.models import Campaign

State = Campaign.State
CHANGE, APPROVE, RUN = (f"campaigns.{verb}_campaign" for verb in ("change", "approve", "run"))


@dataclasses.dataclass(frozen=True)
class Verb:
    """``needs_reason`` shows a field for it; ``tone`` is primary, danger or plain."""

    code: str
    label: str
    permission: str
    states: frozenset[str]
    action: Callable
    needs_reason: bool = False
    tone: str = ""

    def do(self, campaign: Campaign, by: AbstractBaseUser, reason: str, now: dt.datetime) -> None:
        given = {"reason": reason} if self.needs_reason else {}
        self.action(campaign=campaign, by=by, now=now, **given)


def _verb(code, label, permission, states, action, **more):
    return Verb(code, label, permission, frozenset(states), action, **more)


ALL = {
    verb.code: verb
    for verb in (
        _verb("submit", _("Submit for approval"), CHANGE, [State.DRAFT], campaigns.submit, tone="nf-primary"),
        _verb("approve", _("Approve"), APPROVE, [State.SUBMITTED], campaigns.approve, tone="nf-primary"),
        _verb("reject", _("Give back"), APPROVE, [State.SUBMITTED], campaigns.reject, needs_reason=True),
        _verb("withdraw", _("Withdraw"), CHANGE, [State.SUBMITTED, State.APPROVED], campaigns.withdraw),
        _verb("pause", _("Pause"), RUN, [State.RUNNING], campaigns.pause),
        _verb("resume", _("Resume"), RUN, [State.PAUSED], campaigns.resume, tone="nf-primary"),
        _verb(
            "stop", _("Stop"), RUN, [State.APPROVED, State.RUNNING, State.PAUSED], campaigns.stop,
            needs_reason=True, tone="nf-danger",
        ),
    )
}  # fmt: skip


def open_to(user: AbstractBaseUser, campaign: Campaign) -> list[Verb]:
    """The buttons that this person can press now. Approval is by another person than author and submitter."""
    own = user.pk in (campaign.created_by_id, campaign.submitted_by_id)
    return [
        verb
        for verb in ALL.values()
        if campaign.state in verb.states
        and user.has_perm(verb.permission)
        and not (verb.code == "approve" and own)
    ]
