"""Members together with their contacts, in one query, as one organization node may see them."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from identity.models import Binding
from members import masking
from members.models import Member, Organization
from members.queries import people

CONTACT_KINDS = ("phone", "email")


def cards(*, node: Organization) -> QuerySet[Member]:
    """Every member with a profile and ``contact_values``: [{"kind", "value"}] of the accounts known at the node.

    Values are whole: ``masked`` before they leave the house. A receiver's telephone is not the member's contact.
    """
    here = people.accounts(node=node).active().filter(member=OuterRef(OuterRef("pk"))).values("pk")
    held = (
        Binding.objects.holding()
        .filter(account__in=here, identifier__kind__in=CONTACT_KINDS, identifier__blocked=False)
        .exclude(role=Binding.Role.RECEIVER)
        .values(json=JSONObject(kind="identifier__kind", value="identifier__value"))
        .distinct()
    )
    return Member.objects.select_related("profile").annotate(contact_values=ArraySubquery(held))


def masked(values: list[dict]) -> list[dict]:
    """[{"kind", "masked"}] in a stable order, telephones first, each masked form once."""
    shown = {(row["kind"], masking.contact(kind=row["kind"], value=row["value"])) for row in values}
    order = {kind: place for place, kind in enumerate(CONTACT_KINDS)}
    return [{"kind": kind, "masked": text} for kind, text in sorted(shown, key=lambda c: (order[c[0]], c[1]))]
