"""Taking the events of withdrawn records out of the log. How an event is named depends on what else was stated, so
what remains is named anew."""

from collections import Counter, defaultdict

import msgspec

from identity.actions import facts, happenings
from members import sets
from members.actions import events

# By account where there is one: a file often gives many records the same time.
OF_ACCOUNTS = """
SELECT n.place, e.id, e.name, e.account_id, e.organization_id
FROM unnest(%s::int[], %s::bigint[], %s::text[], %s::timestamptz[], %s::jsonb[])
     AS n (place, account_id, name, occurred_at, properties)
JOIN members_event e ON e.account_id = n.account_id AND e.occurred_at = n.occurred_at AND e.name = n.name
     AND e.properties = n.properties
ORDER BY n.place, e.id
"""
NAMED = """
SELECT n.place, e.id, e.name, e.account_id, e.organization_id
FROM unnest(%s::int[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::jsonb[])
     AS n (place, channel_id, account_key, name, occurred_at, properties)
JOIN members_event e ON e.name = n.name AND e.occurred_at = n.occurred_at AND e.channel_id = n.channel_id
     AND e.account_key = n.account_key AND e.properties = n.properties
ORDER BY n.place, e.id
"""
TAKE_OUT = "DELETE FROM members_event WHERE id = ANY(%s::bigint[])"
CHANGED = "order.changed"


def take_out(*, withdrawn, remaining, accounts) -> set[int]:
    """Delete the events that `withdrawn` entries made, and name those of the `remaining` order entries anew.

    `accounts` is {(channel id, external id): account}. Returns the accounts that had such events.
    """
    orders = [entry for entry in remaining if entry.cleaned.type == "order"]
    happened = [_happening(entry) for entry in (*withdrawn, *orders)]
    found = _find(happened, accounts)
    gone = [found[place] for place in range(len(withdrawn)) if place in found]
    stand = [
        (happened[place], found[place]) for place in range(len(withdrawn), len(happened)) if place in found
    ]
    wrong, right = _renamed(orders, stand)
    if ids := sorted(row[0] for row in (*gone, *wrong)):
        sets.run(TAKE_OUT, [(id,) for id in ids], 1)
    events.record(happenings=right)
    return {row[2] for row in gone} - {None}


def _happening(entry):
    """The event that an entry made, as far as it does not depend on others."""
    [made] = happenings.of([entry], facts.People({}, {}), {}, ())
    return made


def _find(happened, accounts) -> dict[int, tuple]:
    """{place: (event, name, account, organization)}; equal events are told apart by nothing, so each is taken once."""
    found: dict[int, tuple] = {}
    own = [
        (place, accounts[each.channel, each.key], name, each.occurred_at, _text(each))
        for place, each in enumerate(happened)
        if (each.channel, each.key) in accounts
        for name in _names(each)
    ]
    if own:
        _take(sets.run(OF_ACCOUNTS, own, 5), found)
    named = [
        (place, each.channel, each.key, name, each.occurred_at, _text(each))
        for place, each in enumerate(happened)
        if place not in found and each.name != happenings.PAST["account"]
        for name in _names(each)
    ]
    if named:
        _take(sets.run(NAMED, named, 6), found)
    return found


def _names(happening) -> set[str]:
    return {happening.name, CHANGED} if happening.name.startswith("order.") else {happening.name}


def _take(rows, found: dict[int, tuple]) -> None:
    used = {row[0] for row in found.values()}
    for place, id, name, account, organization in rows:
        if place not in found and id not in used:
            used.add(id)
            found[place] = (id, name, account, organization)


def _text(happening) -> str:
    return msgspec.json.encode(happening.properties).decode() if happening.properties else "{}"


def _renamed(orders, stand) -> tuple[list, list]:
    """(rows to take out, happenings to record) so that each status is stated once and the rest is a change."""
    wanted = defaultdict(Counter)
    for each in happenings.of(orders, facts.People({}, {}), {}, ()):
        wanted[each.channel, each.properties["order"], each.properties["status"]][each.name] += 1
    given = defaultdict(list)
    for happening, row in stand:
        key = (happening.channel, happening.properties["order"], happening.properties["status"])
        given[key].append((happening, row))
    wrong, right = [], []
    for key, listed in given.items():
        first = f"order.{key[2]}"
        if wanted[key][first] and all(row[1] != first for _, row in listed):
            happening, row = listed[0]
            happening.name, happening.account, happening.organization = first, row[2], row[3]
            wrong.append(row)
            right.append(happening)
    return wrong, right
