"""What one member has of coupons and had of offers, the newest first, where a node may see it."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from campaigns.models import OfferUse, TillOrder
from members import sets
from members.models import Member, Organization
from members.queries import scopes

# Where it was used is told within the node only.
COUPONS = """
SELECT c.code, t.code, t.name, t.kind, c.state, o.code, c.valid_from, c.valid_until, c.claimed_at, c.redeemed_at, coalesce(used.code, '')
FROM (
    SELECT * FROM campaigns_coupon WHERE account_id = ANY(%(accounts)s::bigint[]) AND template_id IN (
        SELECT id FROM campaigns_coupontemplate WHERE organization_id = ANY(%(around)s::bigint[]))
    ORDER BY id DESC LIMIT %(limit)s
) c JOIN campaigns_coupontemplate t ON t.id = c.template_id JOIN members_organization o ON o.id = t.organization_id
LEFT JOIN members_organization used ON used.id = c.organization_id AND used.path LIKE %(below)s
ORDER BY c.id DESC
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A coupon that somebody has or had; ``organization``: around which it is good, ``used_at``: code of the organization."""

    code: str
    template: str
    name: str
    kind: str
    state: str
    organization: str
    valid_from: dt.datetime | None
    valid_until: dt.datetime | None
    claimed_at: dt.datetime | None
    redeemed_at: dt.datetime | None
    used_at: str


def coupons(
    *, accounts: Collection[int], around: Collection[int], node: Organization, limit: int
) -> list[Held]:
    """Of these accounts and of templates of these organizations. One statement."""
    told = {"accounts": sets.array(accounts), "around": sets.array(around), "below": f"{node.path}%"}
    return [Held(*row) for row in sets.named(COUPONS, **told, limit=limit)]


def uses(*, member: Member, node: Organization) -> QuerySet[OfferUse]:
    """Offers that sales at stores of the node gave him and that stand: not of what fell through or came back whole."""
    done = OfferUse.objects.filter(
        account__member=member, returned_at=None, sale__state=TillOrder.State.COMMITTED
    )
    seen = scopes.at_organization(done, reach=scopes.of_node(node), field="sale__store")
    return seen.select_related("sale__store", "sale__channel").order_by("-id")
