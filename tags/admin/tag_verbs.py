"""The buttons of a tag's card: who may press each, and when."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from tags.actions import approvals
from tags.models import Tag

CHANGE, APPROVE = "tags.change_tag", "tags.approve_tag"


@dataclass(frozen=True)
class Verb:
    code: str
    label: str
    permission: str
    done: str
    tone: str = ""
    reason: bool = False


ALL = {
    verb.code: verb
    for verb in (
        Verb(
            "approve", _("Approve"), APPROVE, _("It is approved. Members get it in a moment."), "nf-primary"
        ),
        Verb(
            "retire",
            _("Retire"),
            APPROVE,
            _("It is retired: nobody carries it any more."),
            "nf-danger",
            reason=True,
        ),
        Verb("delete", _("Delete this draft"), CHANGE, _("The draft is deleted."), "nf-danger"),
    )
}


def open_to(user: AbstractBaseUser, tag: Tag) -> list[Verb]:
    """The buttons that this person can press now."""
    draft = tag.status == Tag.Status.DRAFT
    wanted = {
        "approve": draft and tag.source != Tag.Source.IDEAL and not own(user, tag) and not tag.unsaid,
        "retire": tag.active,
        "delete": draft and tag.approved_at is None,
    }
    return [verb for verb in ALL.values() if wanted[verb.code] and user.has_perm(verb.permission)]


def may_edit(user: AbstractBaseUser, tag: Tag) -> bool:
    """Rules of a live tag count at once: so they are changed by those who may approve."""
    if tag.status == Tag.Status.RETIRED:
        return False
    return user.has_perm(CHANGE) and (not tag.active or user.has_perm(APPROVE))


def own(user: AbstractBaseUser, tag: Tag) -> bool:
    """Whether this person wrote it, or its last version."""
    last = tag.versions.order_by("-number").first()
    return user.pk in (tag.created_by_id, last and last.created_by_id)


def do(verb: Verb, *, tag: Tag, by: AbstractBaseUser, reason: str, now: dt.datetime, seen: str = "") -> None:
    """Raises ``approvals.Refused`` and ``Fault``."""
    if verb.code == "approve":
        approvals.approve(tag=tag, by=by, now=now, seen=seen)
    elif verb.code == "retire":
        approvals.retire(tag=tag, by=by, now=now, reason=reason)
    else:
        approvals.delete(tag=tag, by=by, now=now)
