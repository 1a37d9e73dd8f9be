"""The coupons that a till may use for a basket: all of the person's, or those it was shown. One statement."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone

from campaigns import coupon_codes
from campaigns.offers.basket import Held
from members import sets
from members.models import Member, Organization

COUPONS = """
SELECT c.code, t.code, t.name, c.state, c.valid_from, c.valid_until, t.kind, o.path, a.member_id
FROM campaigns_coupon c JOIN campaigns_coupontemplate t ON t.id = c.template_id
JOIN members_organization o ON o.id = t.organization_id LEFT JOIN members_account a ON a.id = c.account_id
"""
SHOWN = f"{COUPONS} WHERE c.code = ANY(%s::text[]) ORDER BY c.id"
OWN = f"""
{COUPONS} WHERE a.member_id = %s AND c.state = 'claimed' AND t.kind <> 'service' AND o.id = ANY(%s::bigint[])
    AND c.valid_from <= %s AND (c.valid_until IS NULL OR c.valid_until > %s)
ORDER BY c.valid_until, c.id LIMIT %s
"""
MOST = 100
ENDED = {"held": "held", "redeemed": "redeemed", "expired": "over", "withdrawn": "withdrawn"}


@dataclass(frozen=True)
class Coupons:
    """``usable`` go into the basket; ``refused``: {code as it was sent: reason}; ``names`` of their templates by code."""

    usable: tuple[Held, ...]
    refused: dict[str, str]
    names: dict[str, str]


NO_COUPONS = Coupons((), {}, {})


def own(*, member: Member, store: Organization, now: dt.datetime) -> Coupons:
    """All that the person can use there and then, but for vouchers of services."""
    above = sets.array([int(part) for part in store.path.strip("/").split("/")])
    rows = sets.prepared(OWN, member.pk, above, now, now, MOST)
    return Coupons(tuple(map(_held, rows)), {}, {row[1]: row[2] for row in rows})


def shown(
    *, codes: Collection[str], member: Member | None, store: Organization, node: Organization, now: dt.datetime
) -> Coupons:  # fmt: skip
    """Those that were shown at the till. Reasons of the others: unknown (also what is not of the ``node`` where its key stands,
    above it or below), held, redeemed, over, withdrawn, early, elsewhere, others (somebody else's), service."""
    asked = {coupon_codes.normal(code): code for code in codes}
    found = sets.prepared(SHOWN, sets.array(list(asked))) if asked else ()
    rows = {row[0]: row for row in found if _around(row[7], node.path)}
    reasons = {code: _fault(rows[code], member, store, now) if code in rows else "unknown" for code in asked}
    usable = tuple(_held(rows[code]) for code, reason in reasons.items() if not reason)
    refused = {asked[code]: reason for code, reason in reasons.items() if reason}
    return Coupons(usable, refused, {row[1]: row[2] for row in rows.values()})


def _around(path: str, node: str) -> bool:
    return path.startswith(node) or node.startswith(path)


def _fault(row: tuple, member: Member | None, store: Organization, now: dt.datetime) -> str:
    _code, _template, _name, state, begins, ends, kind, path, owner = row
    told = {"state": state, "begins": begins, "ends": ends, "path": path, "owner": owner}
    fault = fault_of(**told, member=member, store=store, now=now)
    return "service" if kind == "service" and fault in ("", "elsewhere", "early") else fault


def fault_of(
    *, state: str, begins: dt.datetime | None, ends: dt.datetime | None, path: str, owner: int | None,
    member: Member | None, store: Organization, now: dt.datetime,
) -> str:  # fmt: skip
    """Why the member cannot use a coupon there and then; "" if he can. ``path``: of where it is usable; ``owner``: a member."""
    if state in ENDED:
        return ENDED[state]
    if owner and (member is None or owner != member.pk):
        return "others"
    if not store.path.startswith(path):
        return "elsewhere"
    if ends and ends <= now:
        return "over"
    return "early" if begins and begins > now else ""


def _held(row: tuple) -> Held:
    return Held(code=row[0], template=row[1], usable_from=_wall(row[4]), usable_until=_wall(row[5]))


def _wall(at: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(at).replace(tzinfo=None) if at else None
