"""From new entries to the events that tell of them."""

from identity.actions import facts
from members import sets
from members.actions import events

PAST = {"account": "account.recorded", "return": "order.returned", "review": "review.posted"}

CHANNELS = "SELECT id, channel_id FROM members_account WHERE id = ANY(%s::bigint[])"
CAME, WENT = "account.joined", "account.withdrawn"


def say(*, name, accounts, now) -> None:
    """Readers of the log learn that something came to these accounts (`CAME`) or was taken from them (`WENT`)."""
    rows = sets.run(CHANNELS, [(id,) for id in sorted(accounts)], 1) if accounts else ()
    events.record(
        happenings=[
            events.Happening(name=name, occurred_at=now, channel=row[1], account=row[0]) for row in rows
        ]
    )


def of(entries, people, sales, earlier) -> list:
    """One event an entry. An order's is named by its status when that is stated for the first time, else
    order.changed: how many of each there are does not depend on the order in which the versions arrive."""
    stated = set(earlier)
    made = []
    for entry in sorted(entries, key=lambda entry: entry.rank()):
        kind, record = entry.cleaned.type, entry.cleaned.record
        if kind == "event":
            made.append(_own_event(entry, people))
            continue
        account, key = people.of(entry)
        name = PAST.get(kind)
        if kind == "order":
            status = (entry.channel, record.external_id, record.status)
            name = "order.changed" if status in stated else f"order.{record.status}"
            stated.add(status)
        elif kind != "account":
            account, key, _order = facts.owner(entry, people, sales)
        made.append(
            events.Happening(
                name=name,
                occurred_at=entry.time(),
                channel=entry.channel,
                account=account,
                key=key,
                organization=entry.organization,
                properties=_properties(kind, record),
            )
        )
    return made


def _own_event(entry, people):
    record = entry.cleaned.record
    account, key = (entry.owner, "") if entry.owner else people.of(entry)
    properties = record.properties
    if record.attribution:
        properties = {"attribution": record.attribution, **properties}
    if record.external_id:
        properties = {**properties, "external_id": record.external_id}
    return events.Happening(
        name=record.name,
        occurred_at=record.occurred_at,
        channel=entry.channel,
        account=account,
        key=key,
        organization=entry.organization,
        touchpoint=record.touchpoint,
        properties=properties,
    )


def _properties(kind, record):
    if kind == "order":
        return {"order": record.external_id, "status": record.status, "amount": str(record.amount)}
    if kind == "return":
        return {"return": record.external_id, "order": record.order, "amount": str(record.amount)}
    if kind == "review":
        return {
            "review": record.external_id,
            "order": record.order,
            "sku": record.sku,
            "rating": record.rating,
        }
    attribution = {"attribution": record.attribution} if record.attribution else {}
    stated = [_stated(each) for each in getattr(record, "membership", None) or ()]
    return attribution | ({"membership": stated} if stated else {})


def _stated(membership):
    """What a channel said of a membership; a later statement does not take it out of the log."""
    said = {name: getattr(membership, name) for name in ("organization", "tier", "points", "growth")}
    return {name: str(value) for name, value in said.items() if value not in (None, "")}
