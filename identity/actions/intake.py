"""The one way in: a batch of records becomes facts, with a verdict for each, in one transaction.

A web request is a batch of one, a file many batches. Whatever the order and number of deliveries, the same set
of records leaves the same rows.
"""

import logging
from functools import partial

from django.db import connection, transaction

from identity.actions import (
    archive,
    aside,
    bindings,
    buried,
    conflicts,
    devices,
    entries,
    facts,
    happenings,
    joining,
    locks,
    oneid,
    races,
    seeds,
    waiting,
)
from identity.events import catalogue
from identity.matching import policy
from identity.queries import reference
from identity.records import checkouts, verdicts
from members.actions import events, memberships, orders, profiles, returns, reviews
from members.actions.versions import Raced

log = logging.getLogger(__name__)

# Statements over a batch are short: compiling them would take longer than running them. Every lookup has its
# index; a plan made while a table was nearly empty (foreign keys keep theirs for the session) must use it too.
BEGAN = """
SELECT own, own > pg_snapshot_xmax(s)::text::bigint OR EXISTS (SELECT FROM pg_snapshot_xip(s)),
       set_config('jit', 'off', true) || set_config('enable_seqscan', 'off', true)
FROM pg_current_snapshot() s, (SELECT pg_current_xact_id()::text::bigint AS own) mine
"""
# Every batch that lets something in appends events, and they carry their transaction.
LATER = "SELECT EXISTS (SELECT FROM members_event WHERE tx > %s)"


class _Rollback(Exception):
    """Ends a dry run."""


def accept(*, records, source, now, dry_run=False, run=None, also=None) -> list[verdicts.Verdict]:
    """Take in decoded records (or Items of a file): a verdict for each, in their order.

    `source` names the sender where something is kept aside; `also(verdicts)` runs in the same transaction, so that
    a reader's position moves with the rows; a dry run writes nothing. Raises only when the database does.
    """
    if not records:
        return []
    given = prepare(records=records, known=known(now=now), now=now, source=source)
    return take_in(given=given, now=now, dry_run=dry_run, run=run, also=also)


def prepare(*, records, known: reference.Reference, now, source="") -> list[entries.Entry]:
    """Read and clean records. Without the database: a reader of files does it while the last batch is written."""
    return [entries.make(each, reference=known, now=now, position=source) for each in records]


def take_in(
    *, given, now, dry_run=False, run=None, also=None, attempts=races.ATTEMPTS
) -> list[verdicts.Verdict]:
    """Write prepared entries in one transaction, again from its beginning if another one came in between.

    Raises Raced if one did at every attempt; then nothing was written.
    """
    work = partial(_in_one_transaction, given, now=now, run=run, also=also, dry_run=dry_run)
    return races.again(work, attempts=attempts)


def known(*, now) -> reference.Reference:
    """What records are looked up in, now; a new installation gets its kinds and rules here."""
    found = reference.load()
    if not found.book.everywhere.kinds.issuperset(each.code for each in policy.DEFAULT_KINDS):
        seeds.first()
        found = reference.load()
    if not found.book.everywhere.events.keys() >= catalogue.NAMES:
        seeds.events(now=now)
        found = reference.load()
    return found


def _in_one_transaction(given, *, now, run, also, dry_run):
    batch = Batch(given, now=now, run=run)
    try:
        with transaction.atomic():
            batch.write()
            if also:
                also(batch.verdicts)
            if dry_run:
                raise _Rollback
            transaction.on_commit(batch.look_again)
    except _Rollback:
        pass
    return batch.verdicts


class Batch:
    """One transaction's work. Statements are constant in number; each reads and writes the whole batch."""

    def __init__(self, given, *, now, run):
        self.given = given
        self.now = now
        self.run = run
        self.touched = set()
        self.stating = set()
        self.traded = set()
        self.reviewed = set()
        self.followed = set()
        self.left = set()
        self.lost = set()
        self.turned = set()
        self.sales = {}
        self.verdicts = []

    def write(self):
        locks.shared()
        self.transaction, self.accompanied, _planning = _one(BEGAN)
        told = [each for entry in self.given for each in (entry, *entry.sales)]
        devices.own(entries=told)
        living = buried.keep_out(told, now=self.now)
        let_in = [entry for entry in living if not entry.cleaned.stops]
        stopped = [entry for entry in living if entry.cleaned.stops]
        new = archive.sort(let_in, run=self.run)
        self.new = new
        listed = [entry for entry in new if entry.cleaned.problems]
        kept = aside.keep(entries=[*stopped, *listed], run=self.run, now=self.now)
        if new:
            archive.store(entries=new, run=self.run, now=self.now)
            aside.settle(digests=[entry.digest for entry in new], now=self.now)
            self._facts(new)
            self._derive()
        self.verdicts = [_verdict(entry, kept) for entry in self.given]

    def tell_again(self, entries):
        """Write the facts of records that are in the archive, and of nobody's people yet: see `withdrawing`."""
        self._facts(entries)

    def sales_of(self, keys):
        """Those of the orders `keys` (channel id, external id) that are there after writing."""
        return self.sales.keys() & keys

    def _facts(self, new):
        people = facts.people(new)
        by_type = {kind: [e for e in new if e.cleaned.type == kind] for kind in ("order", "return", "review")}
        identifiers = bindings.identify(
            keys={(i.kind, i.namespace, i.value) for e in new for i in e.cleaned.identifiers}
        )
        turned = facts.state(new, people)
        self.stating |= facts.stating(new, people)
        self.touched |= turned | people.changed() | facts.held(new, people, identifiers)
        self.turned = turned
        sales, earlier = self._orders(by_type["order"], people, identifiers)
        sales = sales | orders.look_up(keys=_named(by_type) - sales.keys())
        self.traded |= returns.record(versions=facts.return_versions(by_type["return"], people, sales))
        self.traded.discard(None)
        reviewed = reviews.record(versions=facts.review_versions(by_type["review"], people, sales))
        self.reviewed |= reviewed.accounts
        self.left |= reviewed.left
        self._tell(new, people, sales, earlier)
        self.people, self.sales = people, sales
        joined = waiting.join(
            people=people.created(),
            sales=[(s.channel, s.external_id, s.id, s.account) for s in sales.values() if s.created],
            now=self.now,
        )
        self.touched |= joined.bound
        self.traded |= joined.traded
        self.joined = joined.sales
        for entry in new:
            entry.waiting = people.waits(entry, sales)

    def _tell(self, new, people, sales, earlier):
        events.record(happenings=happenings.of(new, people, sales, earlier))
        happenings.say(name=happenings.WENT, accounts=self.left - {None}, now=self.now)
        happenings.say(name=happenings.CAME, accounts=self.followed - self.left - {None}, now=self.now)

    def _orders(self, listed, people, identifiers):
        """Record orders and what they name; ({key: Known}, statuses stated before)."""
        keys = {(e.channel, e.cleaned.key) for e in listed}
        known = orders.lock(keys=keys)
        earlier = archive.earlier_statuses(entries=[e for e in listed if (e.channel, e.cleaned.key) in known])
        earlier |= {
            (*key, each.status) for key, each in known.items()
        }  # perhaps by a till, which archives nothing
        if not listed:
            return {}, earlier
        versions = facts.order_versions(listed, people)
        old = bindings.contacts_of(orders=sorted(each.id for each in known.values()))
        sales = orders.record(versions=versions, known=known)
        replaced = [each for each in sales.values() if not each.created and (each.ruled or each.moved)]
        bindings.clear_contacts(orders=[each.id for each in replaced if each.ruled])
        bindings.name_contacts(rows=_contacts(listed, sales, identifiers))
        self._rebind(sales, replaced, old)
        made = [each for each in sales.values() if each.created and each.account]
        memberships.visit(visits=[(each.organization, each.account, each.occurred_at) for each in made])
        seen = {(e.place, e.before) for e in replaced} | {(e.organization, e.account) for e in replaced}
        memberships.revisit(pairs={(place, account) for place, account in seen if account})
        self.traded |= {each.account for each in made} | {account for _place, account in seen if account}
        moved = [(each.id, each.account) for each in replaced if each.account != each.before]
        self.traded |= returns.follow(orders=moved)
        self.followed = reviews.follow(orders=moved)
        self.reviewed |= self.followed
        self.left |= {each.before for each in replaced if each.account != each.before}
        return sales, earlier

    def _rebind(self, sales, replaced, old):
        self.touched |= bindings.add_orders(
            orders=sorted(each.id for each in sales.values() if each.created and each.account)
        )
        by_id = {each.id: each for each in replaced}
        new = bindings.contacts_of(orders=sorted(by_id))
        pairs = {(by_id[order].before, id, role) for order, id, role in _unlike(old, new, by_id)}
        pairs |= {(by_id[order].account, id, role) for order, id, role in _unlike(new, old, by_id)}
        self.lost = {id for _account, id, _role in pairs}
        self.touched |= bindings.recount(pairs=pairs)

    def _derive(self):
        moved = set()
        if self.touched:
            new = self.people.minted()
            self.lost |= bindings.carried(accounts=self.turned)
            moved = oneid.resolve(
                accounts=sorted(self.touched), identifiers=sorted(self.lost), new=new, now=self.now
            )
        profiles.derive(described=self.touched, traded=self.traded, members=moved, now=self.now)
        conflicts.keep(members=moved | profiles.members_of(accounts=self.stating), now=self.now)

    def look_again(self):
        """After the commit: join what this batch and a concurrent one could not see of each other.

        Whoever commits last sees both. A batch that ran alone (no transaction was open when it began, none
        ended after it began) has nothing to look for.
        """
        if not self.new or not (self.accompanied or _one(LATER, self.transaction)[0]):
            return
        people, sales = waiting.named(self.new)
        people |= {row[:2] for row in self.people.created()}
        sales |= self.joined | {key for key, sale in self.sales.items() if sale.created or sale.ruled}
        if not people and not sales:
            return
        try:
            joining.join(people=people, sales=sales, now=self.now)
        except Raced:
            log.warning("What was just taken in is left for the next sweep to join.", exc_info=True)


def _one(query, *given):
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchone()


def _named(by_type):
    return {
        (entry.channel, entry.cleaned.record.order)
        for entry in (*by_type["return"], *by_type["review"])
        if entry.cleaned.record.order
    }


def _unlike(contacts, others, orders):
    """Contacts (order, identifier, role) of `orders` that `others` lacks, or whose order changed hands or time."""
    others = set(others)
    for contact in contacts:
        order = orders.get(contact[0])
        if order and (contact not in others or order.moved or order.before != order.account):
            yield contact


def _contacts(listed, sales, identifiers):
    """What the ruling versions name: rows (order, identifier, role, name given)."""
    rows = {}
    for entry in listed:
        sale = sales[entry.channel, entry.cleaned.key]
        if not sale.ruled or sale.digest != entry.digest:
            continue
        receiver = (entry.cleaned.record.receiver or {}).get("name", "")
        for each in entry.cleaned.identifiers:
            name = receiver if each.role == "receiver" else entry.cleaned.traits.get("name", "")
            id = identifiers[each.kind, each.namespace, each.value]
            rows[sale.id, id, each.role] = (sale.id, id, each.role, name)
    return list(rows.values())


def _verdict(entry, kept):
    cleaned = entry.cleaned
    if cleaned.stops and entry.verdict != verdicts.ERASED:
        entry.verdict = verdicts.REJECTED if cleaned.rejected else verdicts.QUARANTINED
    sold = [checkouts.placed(each) for sale in entry.sales for each in sale.cleaned.problems]
    return verdicts.Verdict(
        verdict=entry.verdict,
        type=cleaned.type,
        channel=cleaned.channel,
        external_id="" if cleaned.key.startswith("#") else cleaned.key,
        waiting=entry.waiting,
        quarantine=kept.get(entry.digest) or next((kept.get(sale.digest) for sale in entry.sales), None),
        problems=[*cleaned.problems, *sold] if sold else cleaned.problems,
    )
