"""A steward's word, or an accepted model's: a fact like any other, that survives every recomputation.

Verdicts come one after another: each waits for the others, and holds the accounts that it may move.
"""

from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from identity.actions import conflicts, locks, oneid, questions, races
from identity.models import Binding, Identifier, Verdict
from identity.queries import contradictions, prepared, previews, reach
from members.actions import profiles
from members.models import Account

LOCK_ACCOUNTS = """
SELECT id FROM members_account WHERE id = ANY(%s::bigint[]) ORDER BY channel_id, external_id FOR NO KEY UPDATE
"""


class Impossible(ValueError):
    """The verdict names nobody, accounts that are not there, or one account on both sides."""


class Contradicts(ValueError):
    """Other verdicts, one or a ``chain`` of them, say the opposite. They can be set aside, if that is meant."""

    def __init__(self, chain: list[Verdict]):
        self.chain = chain
        super().__init__(
            _("This contradicts what was said before: %(said)s. Withdraw that, or set it aside.")
            % {"said": "; ".join(told(verdict) for verdict in chain)}
        )


def told(verdict: Verdict) -> str:
    """Who said what, and when: “Anna: the same person (accounts 3, 5), 2 Jan. 2026”."""
    return _("%(who)s: %(what)s (accounts %(accounts)s), %(when)s, verdict %(number)s") % {
        "who": verdict.decided_by or verdict.model or _("the house"),
        "what": verdict.get_kind_display(),
        "accounts": ", ".join(str(account) for account in (*verdict.left, *verdict.right)),
        "when": date_format(verdict.decided_at, "DATE_FORMAT"),
        "number": verdict.pk,
    }


def same(
    *,
    left: Collection[int],
    right: Collection[int],
    by,
    now,
    reason: str = "",
    model: str = "",
    set_aside: bool = False,
) -> Verdict:
    """All these accounts are one person. A steward's word overrules limits; a model's ("name version") does not.

    Raises Contradicts, unless the verdicts that say the opposite are to be set aside. A model contradicts nobody.
    """
    made = Verdict(kind=Verdict.Kind.SAME, left=sorted(set(left)), right=sorted(set(right)), model=model)
    return _say(made, by, now, reason, set_aside=set_aside or bool(model))


def not_same(
    *, left: Collection[int], right: Collection[int], by, now, reason: str = "", set_aside: bool = False
) -> Verdict:
    """No account of the left is the same person as one of the right: undoes a merge and keeps it undone.

    Raises Contradicts, unless the verdicts that say the opposite are to be set aside.
    """
    made = Verdict(kind=Verdict.Kind.NOT_SAME, left=sorted(set(left)), right=sorted(set(right)))
    return _say(made, by, now, reason, set_aside=set_aside)


def shared(*, identifier: Identifier, by, now, reason: str = "", trial=None) -> Verdict:
    """The identifier is a family's, a shop's, a test's: it links nobody, however few carry it."""
    return _say(Verdict(kind=Verdict.Kind.SHARED, identifier=identifier, trial=trial), by, now, reason)


def not_shared(*, identifier: Identifier, by, now, reason: str = "") -> Verdict:
    """The identifier is one person's, however many accounts carry it: its limits do not count."""
    return _say(Verdict(kind=Verdict.Kind.NOT_SHARED, identifier=identifier), by, now, reason)


def not_his(*, identifier: Identifier, accounts: Collection[int], by, now, reason: str = "") -> Verdict:
    """The identifier was never these accounts', whatever their channels send: it says nothing of them."""
    made = Verdict(kind=Verdict.Kind.NOT_HIS, identifier=identifier, left=sorted(set(accounts)))
    return _say(made, by, now, reason)


def withdraw(*, verdict: Verdict, by, now) -> set[int]:
    """Take a verdict back, as if it had never been; the members that changed. Repeating it changes nothing."""
    return races.again(partial(_withdraw, verdict, by, now))


@transaction.atomic
def _withdraw(verdict, by, now) -> set[int]:
    _hold(verdict)
    withdrawn = Verdict.objects.filter(pk=verdict.pk, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=by
    )
    if not withdrawn:
        return set()
    changed = _recompute(verdict, now)
    questions.reopen(cases=verdict.cases.all(), now=now)
    return changed


def restore(*, verdict: Verdict, now) -> set[int]:
    """Let a withdrawn verdict count again, at its own time, as if it had not been withdrawn; the members that changed.
    Newer ones rule, as they did. Repeating it changes nothing."""
    return races.again(partial(_restore, verdict, now))


@transaction.atomic
def _restore(verdict, now) -> set[int]:
    _hold(verdict)
    withdrawn = Verdict.objects.filter(pk=verdict.pk, withdrawn_at__isnull=False)
    return _recompute(verdict, now) if withdrawn.update(withdrawn_at=None, withdrawn_by=None) else set()


def _say(verdict, by, now, reason, *, set_aside=True) -> Verdict:
    verdict.decided_by, verdict.decided_at, verdict.reason = by, now, reason
    _check(verdict)
    return races.again(partial(_record, verdict, set_aside))


@transaction.atomic
def _record(verdict, set_aside) -> Verdict:
    _hold(verdict)
    if not set_aside and (chain := opposite(verdict)):
        raise Contradicts(chain)
    verdict.pk = None
    verdict.save(force_insert=True)
    _recompute(verdict, verdict.decided_at)
    return verdict


def opposite(verdict: Verdict) -> list[Verdict]:
    """The chain of verdicts that contradicts one on accounts; empty if there is none."""
    if verdict.identifier_id:
        return []
    return contradictions.chain(
        same=verdict.kind == Verdict.Kind.SAME, left=verdict.left, right=verdict.right
    )


def _check(verdict: Verdict) -> None:
    left, right = verdict.left, verdict.right
    if not verdict.identifier_id and not (left and right):
        raise Impossible(_("A verdict needs accounts on both sides."))
    if verdict.kind == Verdict.Kind.NOT_HIS and not left:
        raise Impossible(_("Say whose the identifier is not."))
    if both := set(left) & set(right):
        raise Impossible(_("Account %(account)s is on both sides.") % {"account": min(both)})
    known = Account.objects.filter(pk__in=[*left, *right]).values_list("pk", flat=True)
    if missing := {*left, *right} - set(known):
        raise Impossible(_("There is no account %(account)s.") % {"account": min(missing)})
    if verdict.kind == Verdict.Kind.NOT_HIS:
        carriers = Binding.objects.filter(identifier=verdict.identifier_id, account__in=left)
        if missing := set(left) - set(carriers.values_list("account", flat=True)):
            raise Impossible(
                _("Account %(account)s does not carry this identifier.") % {"account": min(missing)}
            )


def _hold(verdict: Verdict) -> None:
    """Wait for other verdicts, and for whoever writes facts of the accounts that may move."""
    locks.verdicts()
    held: set[int] = set()
    while verdict.left:
        reached, _verdicts = reach.component(reach.Seeds({*verdict.left, *verdict.right}))
        if held.issuperset(reached):
            break
        prepared.fetch(LOCK_ACCOUNTS, sorted(set(reached) - held))
        held.update(reached)


def hold(*, accounts: Collection[int]) -> None:
    """Take, before anything else, the locks that a verdict on these accounts takes."""
    _hold(Verdict(left=sorted(set(accounts))))


def _recompute(verdict: Verdict, now) -> set[int]:
    identifiers = previews.forms(identifier=verdict.identifier_id)
    changed = oneid.resolve(accounts=[*verdict.left, *verdict.right], identifiers=identifiers, now=now)
    profiles.refresh(members=changed, now=now)
    conflicts.keep(members=changed, now=now)
    return changed
