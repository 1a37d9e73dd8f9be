"""What a case rests on, in sentences: the rule that refused a link, how many carry an identifier. Values masked."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.admin import distinct
from identity.models import Binding, IdentifierKind, ReviewCase
from identity.queries.comparison import Comparison, Side
from members import masking

SHOWN = 3
COUNTED = 1000  # carriers of a shared identifier are counted up to here
HOW = {
    Binding.Role.CONTACT: lambda n: ngettext("contact on %d order", "contact on %d orders", n) % n,
    Binding.Role.BUYER: lambda n: ngettext("buyer on %d order", "buyer on %d orders", n) % n,
}  # fmt: skip


def told(*, case: ReviewCase, found: Comparison) -> list[str]:
    """Sentences beside what the headline of the case says; none where the two sides say it all."""
    teller = TELLERS.get(case.reason)
    return list(teller(case, found)) if teller else []


def how(binding: Binding) -> str:
    """How an account came to carry an identifier: by an act of the customer, on orders, or as the channel saw it."""
    if binding.source_id:
        return _("its hash, made from the plain value")
    if binding.act:
        return _("the customer did it: %(act)s") % {"act": binding.get_act_display()}
    if binding.role in HOW and binding.orders:
        return HOW[binding.role](binding.orders)
    return _("the channel stated it")


def _values(case, found) -> Iterator[str]:
    """One person would have too many values of a kind."""
    code = case.evidence.get("detail", "")
    kind = IdentifierKind.objects.filter(pk=code).first()
    if kind is None:
        return
    yield _("A person has at most %(limit)s %(kind)s in one application; as one person these would have more.") % {
        "limit": kind.max_per_person, "kind": kind.name,
    }  # fmt: skip
    for label, side in ((_("left"), found.left), (_("right"), found.right)):
        if values := _carried(side, code):
            yield f"{label.capitalize()}: {values}"


def _carried(side: Side, code: str) -> str:
    rows = [row for row in side.identifiers if row.kind_id == code]
    return ", ".join(masking.contact(kind=code, value=row.value) for row in rows[:SHOWN])


def _one_account(case, found) -> Iterator[str]:
    """Both have an account where a person has one."""
    code = case.evidence.get("detail", "")
    here = [
        next((account for account in side.accounts if account.channel.code == code), None) for side in found.sides
    ]  # fmt: skip
    if all(here):
        left, right = (masking.identifier(account.external_id) for account in here)
        yield _("Both have an account at %(channel)s, where a person has one: %(left)s and %(right)s.") % {
            "channel": here[0].channel.name, "left": left, "right": right,
        }  # fmt: skip


def _crowd(case, found) -> Iterator[str]:
    """Who carries a shared identifier, and where the limits of its kind lie."""
    accounts, people = (case.evidence.get(name) for name in ("accounts", "people"))
    if accounts is None:
        return
    yield _("%(accounts)s carry it, of %(people)s.") % {
        "accounts": ngettext("%s account", "%s accounts", accounts) % _up_to(accounts),
        "people": ngettext("%s person", "%s people", people) % _up_to(people),
    }  # fmt: skip
    kind = case.identifier.kind if case.identifier else None
    if kind and (limits := _limits(kind)):
        yield _("Limits of the kind “%(kind)s”: %(limits)s.") % {
            "kind": kind.name,
            "limits": "; ".join(limits),
        }


def _up_to(count: int) -> str:
    return _("%s or more") % f"{count:,}" if count >= COUNTED else f"{count:,}"


def _limits(kind: IdentifierKind) -> list[str]:
    found = []
    if kind.max_accounts is not None:
        found.append(ngettext("%d account", "%d accounts", kind.max_accounts) % kind.max_accounts)
    if kind.max_members is not None:
        found.append(ngettext("%d person", "%d people", kind.max_members) % kind.max_members)
    if kind.max_distinct:
        names = dict(IdentifierKind.objects.filter(pk__in=kind.max_distinct).values_list("code", "name"))
        found.append(_("different among its carriers: %s") % distinct.told(kind.max_distinct, names=names))
    return found


TELLERS = {
    "values": _values, "one_account": _one_account,
    "accounts": _crowd, "distinct": _crowd, "members": _crowd,
}  # fmt: skip
