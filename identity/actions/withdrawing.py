"""One batch of an undoing: some records of a run are withdrawn, and what they told is told again without them.

The facts of each natural key that a withdrawn record speaks of are taken off, and the records that remain in the
archive are taken in again by intake's own steps. So what is left is what would be there if the withdrawn records
had never come, in whatever order.
"""

import msgspec
from django.db import connection, transaction
from msgspec import Struct

from identity.actions import bindings, entries, facts, happenings, intake, oneid, unlogging
from identity.models import Withdrawal
from members import sets
from members.actions import benefits, emptying, memberships, profiles

BATCH = 1_000

NEXT = """
SELECT id, channel_id, type, key, contact, repeated FROM identity_intakerecord
WHERE run_id = %s AND withdrawal_id IS NULL AND id > %s ORDER BY id LIMIT %s FOR UPDATE
"""
# Another run or door brought the same: then it is theirs now.
HAND_OVER = """
UPDATE identity_intakerecord SET run_id = nullif(repeated[1], 0), repeated = repeated[2:]
WHERE id = ANY(%s::bigint[])
"""
WITHDRAW = "UPDATE identity_intakerecord SET withdrawal_id = %s WHERE id = ANY(%s::bigint[])"
SHOWN = "replace(r.digest::text, '-', ''), r.raw::text"
OF_IDS = f"SELECT {SHOWN} FROM identity_intakerecord r WHERE r.id = ANY(%s::bigint[]) ORDER BY r.id"  # noqa: S608
OF_KEYS = f"""
SELECT r.id, {SHOWN} FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS k (channel_id, type, key)
JOIN identity_intakerecord r USING (channel_id, type, key) WHERE r.withdrawal_id IS NULL
"""  # noqa: S608
OF_CONTACTS = f"""
SELECT r.id, {SHOWN} FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, contact)
JOIN identity_intakerecord r USING (channel_id, contact) WHERE r.contact <> '' AND r.withdrawal_id IS NULL
"""  # noqa: S608
UNBIND = """
DELETE FROM identity_binding
WHERE account_id = ANY(%s::bigint[]) AND (role = 'holder' OR account_id = ANY(%s::bigint[]))
RETURNING identifier_id
"""
MATES = """
SELECT id FROM members_account WHERE member_id = ANY(%s::bigint[]) AND emptied_at IS NULL
"""
UNDOING = "SELECT set_config('ninefold.withdrawal', %s, true)"


class Done(Struct):
    """What a batch did: the last record looked at (None: there was none left), and counts for the report."""

    last: int | None
    counts: dict


def batch(*, withdrawal: Withdrawal, now, size: int = BATCH) -> Done:
    """Withdraw the next `size` records behind the withdrawal's position. Raises Raced; one transaction."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(intake.BEGAN)
            cursor.execute(UNDOING, [str(withdrawal.pk)])
            cursor.execute(NEXT, [withdrawal.run_id, withdrawal.position, size])
            rows = cursor.fetchall()
        if not rows:
            return Done(None, {})
        kept = [row[0] for row in rows if row[5]]
        if kept:
            sets.run(HAND_OVER, [(id,) for id in kept], 1)
        taken = [row for row in rows if not row[5]]
        counts = {"records": len(taken), "kept": len(kept)}
        if taken:
            with connection.cursor() as cursor:
                cursor.execute(WITHDRAW, [withdrawal.pk, sets.array([row[0] for row in taken])])
            counts |= _Retelling(taken, now).run()
        return Done(rows[-1][0], counts)


class _Remaining(intake.Batch):
    """Takes in again what remains in the archive: it is archived, and its events stand."""

    def __init__(self, given, *, now):
        super().__init__(given, now=now, run=None)

    def _tell(self, new, people, sales, earlier):
        pass


class _Retelling:
    def __init__(self, rows, now):
        self.now = now
        self.rows = rows
        self.keys = {row[1:4] for row in rows}
        self.touched, self.lost, self.members, self.concerned = set(), set(), set(), set()

    def run(self) -> dict[str, int]:
        """Take off, tell again, see who the people are; counts of accounts, orders and events."""
        account_keys = {(channel, key) for channel, kind, key in self.keys if kind == "account"}
        account_keys |= {(row[1], row[4]) for row in self.rows if row[4]}
        self.held = emptying.hold(keys=account_keys)
        orders = emptying.lock_orders(keys=self._named("order"))
        withdrawn, remaining = self._read(account_keys)
        self._take_off(withdrawn, orders)
        told = _Remaining(remaining, now=self.now)
        if remaining:
            told.tell_again(remaining)
        known = {(each.channel, each.external_id): each.id for each in self.held}
        own = [entry for entry in remaining if entry.identity() in self.keys]
        self.concerned |= unlogging.take_out(withdrawn=withdrawn, remaining=own, accounts=known)
        gone = emptying.still_empty(accounts=[each.id for each in self.held])
        self._let_go(gone, orders)
        self._resolve(told, gone)
        return {"accounts": len(gone), "orders": len(orders) - len(told.sales_of(self._named("order")))}

    def _named(self, kind):
        return {(channel, key) for channel, each, key in self.keys if each == kind}

    def _read(self, account_keys):
        """(withdrawn entries, those that remain of the same keys and accounts), as intake reads them now."""
        reference = intake.known(now=self.now)
        made = lambda rows: [_entry(row, reference, self.now) for row in rows]  # noqa: E731
        withdrawn = made(sets.run(OF_IDS, [(row[0],) for row in self.rows], 1))
        keys = self.keys | {(channel, "account", key) for channel, key in account_keys}
        rows = sets.run(OF_KEYS, sorted(keys), 3)
        rows += sets.run(OF_CONTACTS, sorted(account_keys), 2) if account_keys else []
        remaining = made(row[1:] for row in sorted(set(rows)))
        return [each for each in withdrawn if each], [each for each in remaining if each]

    def _take_off(self, withdrawn, orders):
        known = {(each.channel, each.external_id): each.id for each in self.held}
        self.members |= {each.member for each in self.held} | {each.minted for each in self.held}
        ids = sorted(known.values())
        unsaid = facts.consents_of(withdrawn, known)
        emptying.empty(accounts=ids, consents=unsaid, now=self.now)
        if unsaid:
            self.touched |= benefits.derive(accounts={row[0] for row in unsaid})
        if ids:
            self.lost |= {row[0] for row in sets.run(UNBIND, [(id,) for id in ids], 1, "{}")}
        self.contacts = bindings.contacts_of(orders=sorted(row[0] for row in orders))
        bindings.clear_contacts(orders=[row[0] for row in orders])
        self.concerned |= emptying.drop_orders(orders=[row[0] for row in orders])
        self.concerned |= emptying.drop_after_sales(
            returned=self._named("return"), reviewed=self._named("review")
        )
        self.concerned |= {row[1] for row in orders if row[1]}

    def _let_go(self, gone, orders):
        """What hung on orders is counted again; what others told of emptied accounts waits for them again."""
        owner = {row[0]: row[1] for row in orders}
        pairs = {(owner[order], id, role) for order, id, role in self.contacts if owner[order]}
        self.lost |= {id for _account, id, _role in pairs}
        self.touched |= bindings.recount(pairs=pairs)
        memberships.revisit(pairs={(row[2], row[1]) for row in orders if row[1]})
        self.concerned |= emptying.release(accounts=gone)
        if gone:
            listed = [(id,) for id in sorted(gone)]
            self.lost |= {row[0] for row in sets.run(UNBIND, listed, 1, sets.array(sorted(gone)))}
        emptying.retire(accounts=gone, now=self.now)

    def _resolve(self, told, gone):
        mates = {row[0] for row in sets.run(MATES, [(id,) for id in sorted(self.members)], 1)}
        live = {each.id for each in self.held} | self.touched | mates | self.concerned
        live |= told.touched | told.traded | told.reviewed
        live -= {None}
        new = told.people.minted() if told.given else []
        self.lost |= told.lost
        moved = set()
        if live or gone or self.lost:
            moved = oneid.resolve(
                accounts=sorted(live | gone), identifiers=sorted(self.lost), new=new, now=self.now
            )
        live -= gone
        members = moved | self.members | profiles.members_of(accounts=live)
        profiles.derive(described=live, traded=live, members=members, now=self.now)
        happenings.say(name=happenings.WENT, accounts=live | gone, now=self.now)


def _entry(row, reference, now):
    digest, raw = row
    entry = entries.make(msgspec.json.decode(raw), reference=reference, now=now)
    entry.digest = digest
    return entry if entry.cleaned.record is not None and entry.channel else None
