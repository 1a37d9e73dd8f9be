"""A steward's word, or an accepted model's: a fact like any other, that survives every recomputation."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from identity.actions import oneid
from identity.models import Identifier, Verdict
from members.actions import profiles
from members.models import Account


class Impossible(ValueError):
    """The verdict names nobody, accounts that are not there, or one account on both sides."""


def same(
    *, left: Collection[int], right: Collection[int], by, now, reason: str = "", model: str = ""
) -> Verdict:
    """All these accounts are one person. A steward's word overrules limits; a model's ("name version") does not."""
    return _of_accounts(Verdict.Kind.SAME, left, right, by, now, reason, model)


def not_same(*, left: Collection[int], right: Collection[int], by, now, reason: str = "") -> Verdict:
    """No account of the left is the same person as one of the right: undoes a merge and keeps it undone."""
    return _of_accounts(Verdict.Kind.NOT_SAME, left, right, by, now, reason, "")


def shared(*, identifier: Identifier, by, now, reason: str = "") -> Verdict:
    """The identifier is a family's, a shop's, a test's: it links nobody, however few carry it."""
    return _of_identifier(Verdict.Kind.SHARED, identifier, by, now, reason)


def not_shared(*, identifier: Identifier, by, now, reason: str = "") -> Verdict:
    """The identifier is one person's, however many accounts carry it: its limits do not count."""
    return _of_identifier(Verdict.Kind.NOT_SHARED, identifier, by, now, reason)


@transaction.atomic
def withdraw(*, verdict: Verdict, by, now) -> set[int]:
    """Take a verdict back, as if it had never been; the members that changed. Repeating it changes nothing."""
    withdrawn = Verdict.objects.filter(pk=verdict.pk, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=by
    )
    return _recompute(verdict, now) if withdrawn else set()


@transaction.atomic
def _of_accounts(kind, left, right, by, now, reason, model) -> Verdict:
    left, right = sorted(set(left)), sorted(set(right))
    _check(left, right)
    made = Verdict.objects.create(
        kind=kind, left=left, right=right, decided_by=by, decided_at=now, reason=reason, model=model
    )
    _recompute(made, now)
    return made


def _check(left: list[int], right: list[int]) -> None:
    if not left or not right:
        raise Impossible(_("A verdict needs accounts on both sides."))
    if both := set(left) & set(right):
        raise Impossible(_("Account %(account)s is on both sides.") % {"account": min(both)})
    known = Account.objects.filter(pk__in=[*left, *right]).values_list("pk", flat=True)
    if missing := {*left, *right} - set(known):
        raise Impossible(_("There is no account %(account)s.") % {"account": min(missing)})


@transaction.atomic
def _of_identifier(kind, identifier, by, now, reason) -> Verdict:
    made = Verdict.objects.create(
        kind=kind, identifier=identifier, decided_by=by, decided_at=now, reason=reason
    )
    _recompute(made, now)
    return made


def _recompute(verdict: Verdict, now) -> set[int]:
    identifiers = [verdict.identifier_id] if verdict.identifier_id else []
    changed = oneid.resolve(accounts=[*verdict.left, *verdict.right], identifiers=identifiers, now=now)
    profiles.refresh(members=changed, now=now)
    return changed
