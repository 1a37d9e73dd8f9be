"""Plain functions that make rows for tests. No hidden side effects: each makes what its name says."""

import datetime as dt
import itertools
import uuid
from decimal import Decimal

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Max

from members.actions import organizations
from members.models import (
    Account,
    Channel,
    Event,
    Member,
    Membership,
    Order,
    OrderLine,
    Organization,
    Return,
    StaffScope,
)

NOW = dt.datetime(2026, 1, 15, 12, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def organization(
    *, code: str | None = None, kind: str = "group", parent: Organization | None = None
) -> Organization:
    code = code or f"{kind}-{next(_numbers)}"
    return organizations.create(code=code, name=code.title(), kind=kind, parent=parent)


def tree() -> dict[str, Organization]:
    """A group with brands b1 (dealers d1: stores s1, s2; d2: store s3) and b2 (store s4), by code."""
    levels = [
        [("g", "group", None)],
        [("b1", "brand", "g"), ("b2", "brand", "g")],
        [("d1", "dealer", "b1"), ("d2", "dealer", "b1"), ("s4", "store", "b2")],
        [("s1", "store", "d1"), ("s2", "store", "d1"), ("s3", "store", "d2")],
    ]
    nodes: dict[str, Organization] = {}
    for level in levels:
        made = [
            Organization(code=code, name=code.title(), kind=kind, parent=nodes.get(above))
            for code, kind, above in level
        ]
        nodes |= {node.code: node for node in Organization.objects.bulk_create(made)}
    paths = dict(Organization.objects.filter(code__in=nodes).values_list("code", "path"))
    for code, node in nodes.items():
        node.path = paths[code]
    return nodes


def channel(*, organization: Organization, code: str | None = None, kind: str = "app", **fields) -> Channel:
    code = code or f"channel-{next(_numbers)}"
    defaults = {"name": code, "source_class": "self_operated", "first_party": True}
    return Channel.objects.create(code=code, kind=kind, organization=organization, **{**defaults, **fields})


def account(
    *,
    channel: Channel,
    external_id: str | None = None,
    member: Member | None = None,
    at: dt.datetime = NOW,
    **fields,
) -> Account:
    """An account that minted its own member, or joined ``member``; known at its organization."""
    minted = Member.objects.create(retired_at=at if member else None)
    made = Account.objects.create(
        channel=channel,
        external_id=external_id or f"account-{next(_numbers)}",
        minted=minted,
        member=member or minted,
        first_seen_at=at,
        last_seen_at=at,
        organization=fields.pop("organization", channel.organization),
        **fields,
    )
    Membership.objects.create(account=made, organization=made.organization, known_at=at)
    return made


def order(
    *,
    account: Account | None = None,
    amount: str | Decimal = "100.00",
    at: dt.datetime = NOW,
    category: str = "",
    sku: str = "S1",
    **fields,
) -> Order:
    """A paid order of one line."""
    owner = fields.pop("channel", None) or account.channel
    made = Order.objects.create(
        channel=owner,
        external_id=fields.pop("external_id", f"order-{next(_numbers)}"),
        account=account,
        organization=fields.pop("organization", owner.organization),
        occurred_at=at,
        status=fields.pop("status", Order.Status.PAID),
        currency="CNY",
        amount=Decimal(amount),
        version_at=at,
        version_digest=uuid.uuid4(),
        **fields,
    )
    OrderLine.objects.create(
        order=made, line=1, sku=sku, category=category, quantity=1, unit_price=made.amount, amount=made.amount
    )
    return made


def returned(*, order: Order, amount: str | Decimal, at: dt.datetime = NOW) -> Return:
    return Return.objects.create(
        channel=order.channel,
        external_id=f"return-{next(_numbers)}",
        order=order,
        order_key=order.external_id,
        account=order.account,
        organization=order.organization,
        occurred_at=at,
        amount=Decimal(amount),
        version_at=at,
        version_digest=uuid.uuid4(),
    )


def event(*, account: Account, name: str, at: dt.datetime = NOW, **properties) -> Event:
    return Event.objects.create(
        account=account,
        channel=account.channel,
        organization=account.organization,
        name=name,
        occurred_at=at,
        properties=properties,
    )


def staff(
    *,
    organization: Organization | None = None,
    permissions: str = "",
    role: str = "",
    superuser: bool = False,
) -> User:
    """Somebody who may log in, at a node, with permissions named like "members.view_member", or with a role."""
    user = User.objects.create(
        username=f"staff-{next(_numbers)}", is_staff=True, is_superuser=superuser, password="!"
    )
    if organization:
        StaffScope.objects.create(user=user, organization=organization)
    for name in permissions.split():
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def category(*, organization, code="behaviour"):
    from tags.models import Category

    given = {"name": code.title(), "organization": organization}
    return Category.objects.get_or_create(code=code, defaults=given)[0]


def tag(*, organization, code="tag", values=(), **fields):
    """An approved tag that says all it must. ``values``: (code, condition), or codes; fields as of the model."""
    from tags.models import Tag, TagValue
    from tags.models.tag import SAID

    said = {name: f"{name} of {code}" for name in SAID}
    where = category(organization=organization)
    given = {"name": code.title(), "category": where, "status": "approved", "approved_at": NOW, **said}
    if fields.get("shape") == "number" and "slot" not in fields:
        given["slot"] = 1 + (Tag.objects.aggregate(last=Max("slot"))["last"] or 0)
    made = Tag.objects.create(code=code, organization=organization, **{**given, **fields})
    for position, value in enumerate(values):
        name, condition = value if isinstance(value, tuple) else (value, None)
        TagValue.objects.create(tag=made, code=name, name=name, position=position, condition=condition)
    return made
