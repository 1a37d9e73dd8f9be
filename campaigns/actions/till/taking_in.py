"""One item of a till into the house: what it tells is recorded, and the item keeps what became of it."""

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from campaigns.actions.till import operations, recording, returning, sales
from campaigns.actions.till.recording import Recorded, Refused
from campaigns.actions.till.sales import Till
from campaigns.models import StoreCharge, UploadedItem
from campaigns.offers import reading
from campaigns.queries.till import places
from campaigns.till import figures, items
from members.actions.versions import Raced
from members.models import Channel, Organization

State = UploadedItem.State
OPEN = (State.WAITING, State.REFUSED)
TAKEN_IN = (State.ACCEPTED, State.CORRECTED)
ERASED = "erased"  # its customer asked to be forgotten
SOON, LATEST = dt.timedelta(minutes=5), dt.timedelta(hours=6)
log = logging.getLogger(__name__)


class Caller(NamedTuple):
    channel: Channel
    node: Organization


class Verdict(NamedTuple):
    """``notes``: (code, words) of differences, if it was accepted with some."""

    key: str
    state: str
    code: str
    says: str
    notes: list[tuple[str, str]]


class Waits(Exception):
    """It cannot be taken in yet. ``code`` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def verdict(*, row: UploadedItem) -> Verdict:
    return Verdict(row.key, row.state, row.code, row.says, [tuple(each) for each in json.loads(row.notes)])


def is_over(*, row: UploadedItem) -> bool:
    """Nothing can become of it any more."""
    return row.state not in OPEN or row.code == ERASED


def take_in(*, row: UploadedItem, caller: Caller, told: dict, now: dt.datetime, again: bool) -> Verdict:
    """``row`` is locked; ``again``: it was tried before."""
    row.tried_at = now
    row.tries += again
    try:
        with transaction.atomic():
            _taken_in(row, caller, told, now)
    except Waits as waits:
        row.state, row.code, row.says = State.WAITING, waits.code, _printable(waits)
    except Refused as refused:
        row.state, row.code, row.says = State.REFUSED, refused.code, _printable(refused)
    except Exception:  # of whatever kind: the goods are gone, so the item is kept and tried again
        log.exception("Uploaded item %s could not be taken in", row.pk)
        row.state, row.code = State.WAITING, "fault"
        row.says = _("Something failed inside the house: it is tried again by itself.")
    row.due_at = now + wait(tries=row.tries) if row.state == State.WAITING else None
    row.save()
    return verdict(row=row)


def wait(*, tries: int) -> dt.timedelta:
    """Until it is tried once more: longer each time."""
    return min(SOON * 2 ** min(tries - 1, 10), LATEST)


def _printable(fault: Exception) -> str:
    """What a till sent may stand in it, and a database keeps no NUL and no half of a character."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(fault))


def _taken_in(row: UploadedItem, caller: Caller, told: dict, now: dt.datetime) -> None:
    item = _read(told)
    done: list[Recorded] = []

    def do() -> tuple[int, bytes]:
        done.append(_recorded(item, caller, now))
        return 200, msgspec.json.encode(_decided(item, done[0])._asdict())

    try:
        operations.once(
            caller=caller.channel.code, node=caller.node.path, key=item.key, verb="upload", number=item.order[:100],
            asked=row.body.encode(), now=now, do=do,
        )  # fmt: skip
    except operations.InFlight as busy:
        raise Waits("in_flight", str(busy)) from busy
    except operations.KeyReused as reused:
        raise Refused("key_reused", str(reused)) from reused
    if done:
        _keep(row, _decided(item, done[0]), done[0], item, _store(item, caller), now)


def _decided(item: items.Item, done: Recorded) -> Verdict:
    state = State.CORRECTED if _differs(done) else State.ACCEPTED
    return Verdict(item.key, state, "", "", [*done.notes, *_told_charges(done, item)])


def _keep(
    row: UploadedItem,
    decided: Verdict,
    done: Recorded,
    item: items.Item,
    store: Organization,
    now: dt.datetime,
) -> None:
    """The row last: of what falls through it says nothing."""
    StoreCharge.objects.bulk_create(
        StoreCharge(
            item=row, store=store, kind=kind, what=what, amount=amount, currency=item.currency, at=now
        )
        for (kind, what), amount in done.charges.items()
    )
    row.state, row.code, row.says, row.notes = decided.state, "", "", json.dumps(decided.notes)
    row.sale_id, row.body = done.sale, ""


def _differs(done: Recorded) -> bool:
    return bool(done.charges) or any(code != "known" for code, _says in done.notes)


def _told_charges(done: Recorded, item: items.Item) -> Iterable[tuple[str, str]]:
    said: dict[str, Callable[[dict], str]] = {
        "price": lambda told: _("%(amount)s of %(what)s are the store's: the rules do not give it.") % told,
        "late": lambda told: _("%(amount)s of %(what)s are the store's: the rules were over.") % told,
        "coupon": lambda told: (
            _("%(amount)s are the store's: the coupon %(what)s was used meanwhile.") % told
        ),
        "cap": lambda told: _("%(amount)s are the store's: %(what)s was used up meanwhile.") % told,
        "budget": lambda told: _("%(amount)s of %(what)s are the store's: its budget is empty.") % told,
        "allowance": lambda told: (
            _("%(amount)s are the store's: the allowance %(what)s does not cover them.") % told
        ),
    }
    for (kind, what), amount in sorted(done.charges.items()):
        told = {"what": what, "amount": figures.money(amount, item.currency)}
        yield str(kind), said[kind](told)


def _read(told: dict) -> items.Item:
    try:
        return reading.from_builtins(told, items.Item)
    except reading.Unreadable as fault:
        raise Refused("unreadable", str(fault)) from fault


def _store(item: items.Item, caller: Caller) -> Organization:
    return _place(item, caller).organization


def _place(item: items.Item, caller: Caller) -> places.Place:
    place = places.place(code=item.store, node=caller.node)
    if place is None:
        told = {"code": item.store}
        raise Refused(
            "unknown_store", _("There is no organization “%(code)s” at your key's node or below it.") % told
        )
    return place


def _recorded(item: items.Item, caller: Caller, now: dt.datetime) -> Recorded:
    till = Till(caller.channel, caller.node, _place(item, caller), item.order, item.cashier)
    try:
        if isinstance(item, items.Sale):
            key = f"sale:{caller.channel.code}:{item.key}"
            return recording.record(told=item, till=till, key=key, now=now)
        return _returned(item, till, now)
    except sales.NumberTaken as taken:
        raise Refused("number_taken", str(taken)) from taken
    except (sales.Raced, Raced, OperationalError) as raced:
        raise Waits("in_flight", _("Another till changed the same just now.")) from raced


def _returned(item: items.Return, till: Till, now: dt.datetime) -> Recorded:
    asked = returning.Asked(
        item.number, {each.line: each.quantity for each in item.lines}, till.store, item.reason[:100]
    )
    try:
        planned = returning.take(till=till, asked=asked, now=now)
    except sales.Unknown as unknown:
        raise Waits("order_unknown", _("It waits for the sale %s.") % item.order) from unknown
    except returning.NotCommitted as early:
        raise Waits("order_unknown", str(early)) from early
    except returning.NumberTaken as taken:
        raise Refused("number_taken", str(taken)) from taken
    except (returning.LineUnknown, returning.TooMany) as wrong:
        raise Refused("not_sold", str(wrong)) from wrong
    return Recorded(planned.sold.id, _refund_differs(item, planned), {})


def _refund_differs(item: items.Return, planned: returning.Planned) -> list[tuple[str, str]]:
    own, currency = planned.refund.total, planned.sold.currency
    if item.refund in (None, own):
        return []
    told = {"till": figures.money(item.refund, currency), "house": figures.money(own, currency)}
    return [("refund", _("The till gave back %(till)s, and the sale's record says %(house)s.") % told)]
