"""Undoing a merge, whenever: `somebody_else` and `never_his` make the verdict that parts by account or by identifier,
`foresee` shows what it would change, `say` does it (by verdict: `verdicts.withdraw`, by case: `reviewing`).

Nothing is moved but accounts: orders, consents, memberships and whatever else belongs to an account go with it.
"""

from collections.abc import Collection
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _

from identity.actions import verdicts
from identity.models import Identifier, Verdict
from identity.queries import previews
from identity.queries.previews import Preview
from members.models import Account, Member
from members.queries import scopes
from members.queries.scopes import Reach

Kind = Verdict.Kind


class _Rollback(Exception):
    """Ends what was only tried."""


def somebody_else(*, member: Member, accounts: Collection[int]) -> Verdict:
    """The verdict, not yet said, that these accounts of a member are another person than the others."""
    held = set(Account.objects.filter(member=member).values_list("pk", flat=True))
    chosen = set(accounts) & held
    if not chosen or chosen == held:
        raise verdicts.Impossible(_("Choose some accounts of this person, and not all of them."))
    return Verdict(kind=Kind.NOT_SAME, left=sorted(chosen), right=sorted(held - chosen))


def never_his(*, identifier: Identifier, accounts: Collection[int]) -> Verdict:
    """The verdict, not yet said, that an identifier was never these accounts'."""
    return Verdict(kind=Kind.NOT_HIS, identifier=identifier, left=sorted(set(accounts)))


def foresee(*, verdict: Verdict, now, by: Reach = scopes.EVERYTHING) -> Preview:
    """What saying a new verdict, or withdrawing one that was said, would change. Nothing stays written."""
    found = Preview()
    identifiers = previews.forms(identifier=verdict.identifier_id)
    aside = [] if verdict.pk else verdicts.opposite(verdict)
    with suppress(_Rollback), transaction.atomic():
        if verdict.pk:
            Verdict.objects.filter(pk=verdict.pk).update(withdrawn_at=now)
        else:
            Verdict.objects.bulk_create([_as_of(verdict, now)])
        world, parted = previews.parted(accounts=[*verdict.left, *verdict.right], identifiers=identifiers)
        found = previews.compare(world=world, found=parted, by=by)
        raise _Rollback
    found.set_aside = aside
    return found


def _as_of(verdict: Verdict, now) -> Verdict:
    return Verdict(
        kind=verdict.kind, left=verdict.left, right=verdict.right, identifier=verdict.identifier,
        decided_at=now,
    )  # fmt: skip


def say(*, verdict: Verdict, by, now, reason: str, set_aside: bool = False) -> Verdict:
    """Say a verdict that was foreseen. Raises verdicts.Contradicts, verdicts.Impossible."""
    given = {"by": by, "now": now, "reason": reason}
    if verdict.kind == Kind.NOT_HIS:
        return verdicts.not_his(identifier=verdict.identifier, accounts=verdict.left, **given)
    if verdict.identifier_id:
        said = verdicts.shared if verdict.kind == Kind.SHARED else verdicts.not_shared
        return said(identifier=verdict.identifier, **given)
    said = verdicts.same if verdict.kind == Kind.SAME else verdicts.not_same
    return said(left=verdict.left, right=verdict.right, set_aside=set_aside, **given)
