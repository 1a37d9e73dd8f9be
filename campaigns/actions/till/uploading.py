"""What tills did without a line is told all at once, in any order, perhaps several times: each item has a verdict, and
nothing is dropped. One transaction an item, so that one that cannot be taken in holds up no other."""

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec
from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from campaigns.actions.till import operations, recording, returning, sales
from campaigns.actions.till.recording import Recorded, Refused
from campaigns.actions.till.sales import Till
from campaigns.models import StoreCharge, UploadedItem
from campaigns.offers import reading
from campaigns.queries.till import places
from campaigns.till import figures, items
from members.actions import postings
from members.actions.versions import Raced
from members.models import Channel, Organization

State, Kind = UploadedItem.State, UploadedItem.Kind
OPEN = (State.WAITING, State.REFUSED)
ERASED = "erased"  # its customer asked to be forgotten
BATCH = 100
AGAIN = dt.timedelta(minutes=5)
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


class NotOpen(ValueError):
    """It was decided already."""


def upload(*, caller: Caller, told: Sequence[dict], now: dt.datetime) -> list[Verdict]:
    """A verdict on each, in their order: sales are tried first, then returns, then whatever waited for one of these sales.
    Each has a ``key`` that is a text."""
    order = sorted(range(len(told)), key=lambda place: told[place].get("kind") != Kind.SALE)
    verdicts = {place: _take(caller, told[place], now) for place in order}
    return [verdicts[place] for place in range(len(told))]


def retry(*, item: UploadedItem, now: dt.datetime) -> Verdict:
    """What is refused or waits, once more as it is. Raises NotOpen."""
    with transaction.atomic():
        row = UploadedItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
        if row.state not in OPEN or row.code == ERASED:
            raise NotOpen(_("It is decided already."))
        return _try(row, Caller(row.channel, row.node), json.loads(row.body), now)


@transaction.atomic
def set_aside(*, item: UploadedItem, reason: str, by: AbstractBaseUser, now: dt.datetime) -> None:
    """It will not be tried again: somebody has settled it otherwise, and says how. Raises NotOpen."""
    row = UploadedItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if row.state not in OPEN:
        raise NotOpen(_("It is decided already."))
    if not (reason := reason.strip()[:300]):
        raise NotOpen(_("Say how it was settled."))
    row.state, row.reason, row.set_aside_by, row.tried_at = State.SET_ASIDE, reason, by, now
    row.save()


def retry_waiting(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Try one batch of what waits and was not tried for a while; how many it was."""
    waiting = UploadedItem.objects.filter(state=State.WAITING, tried_at__lte=now - AGAIN).order_by("tried_at")
    tried = 0
    for pk in list(waiting.values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            row = UploadedItem.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk)
            if found := row.filter(state=State.WAITING, tried_at__lte=now - AGAIN).first():
                _try(found, Caller(found.channel, found.node), json.loads(found.body), now)
                tried += 1
    return tried


def _take(caller: Caller, told: dict, now: dt.datetime) -> Verdict:
    text = json.dumps(told, sort_keys=True)
    content = postings.digest("upload", text)
    with transaction.atomic():
        row, made = _row(caller, told, content, text, now)
        if row.content != content:
            said = _("The key was used for another item: give each its own.")
            return Verdict(row.key, State.REFUSED, "key_reused", said, [])
        if row.state not in OPEN or row.code == ERASED:
            return _verdict(row)
        verdict = _try(row, caller, told, now, again=not made)
    if verdict.state in (State.ACCEPTED, State.CORRECTED) and told.get("kind") == Kind.SALE:
        _settle_waiting(row, now)
    return verdict


def _row(caller: Caller, told: dict, content, text: str, now: dt.datetime) -> tuple[UploadedItem, bool]:
    """Locked, and whether it is new."""
    kind, number = told.get("kind"), told.get("order")
    fields = {
        "node": caller.node, "store": _place_told(told, caller), "content": content, "body": text, "state": State.WAITING, "code": "new",
        "kind": kind if kind in (Kind.SALE, Kind.RETURN) else Kind.UNREADABLE,
        "number": number[:100] if isinstance(number, str) and number.isprintable() else "", "received_at": now, "tried_at": now,
    }  # fmt: skip
    row, made = UploadedItem.objects.get_or_create(channel=caller.channel, key=told["key"], defaults=fields)
    return UploadedItem.objects.select_for_update(of=("self",)).get(pk=row.pk), made


def _place_told(told: dict, caller: Caller) -> Organization | None:
    code = told.get("store")
    place = (
        places.place(code=code, node=caller.node) if isinstance(code, str) and code.isprintable() else None
    )
    return place.organization if place else None


def _settle_waiting(sale: UploadedItem, now: dt.datetime) -> None:
    """Returns of a sale that is known by now."""
    rows = UploadedItem.objects.filter(channel=sale.channel, number=sale.number, state=State.WAITING)
    for row in rows.order_by("id"):
        with suppress(NotOpen):
            retry(item=row, now=now)


def _try(row: UploadedItem, caller: Caller, told: dict, now: dt.datetime, *, again: bool = True) -> Verdict:
    row.tried_at = now
    row.tries += again
    try:
        with transaction.atomic():
            _taken_in(row, caller, told, now)
    except Waits as waits:
        row.state, row.code, row.says = State.WAITING, waits.code, str(waits)
    except Refused as refused:
        row.state, row.code, row.says = State.REFUSED, refused.code, str(refused)
    except Exception:  # of whatever kind: the goods are gone, so the item is kept and tried again
        log.exception("Uploaded item %s could not be taken in", row.pk)
        row.state, row.code = State.WAITING, "fault"
        row.says = _("Something failed inside the house: it is tried again by itself.")
    row.save()
    return _verdict(row)


def _taken_in(row: UploadedItem, caller: Caller, told: dict, now: dt.datetime) -> None:
    item = _read(told)
    done: list[Recorded] = []

    def do() -> tuple[int, bytes]:
        done.append(_recorded(item, caller, now))
        row.state = State.CORRECTED if _differs(done[0]) else State.ACCEPTED
        row.notes = json.dumps([*done[0].notes, *_told_charges(done[0], item)])
        row.sale_id, row.body, row.code, row.says = done[0].sale, "", "", ""
        return 200, msgspec.json.encode(_verdict(row)._asdict())

    try:
        operations.once(
            caller=caller.channel.code, node=caller.node.path, key=item.key, verb="upload", number=item.order[:100],
            asked=row.body.encode(), now=now, do=do,
        )  # fmt: skip
    except operations.InFlight as busy:
        raise Waits("in_flight", str(busy)) from busy
    except operations.KeyReused as reused:
        raise Refused("key_reused", str(reused)) from reused
    charged = done[0].charges.items() if done else ()
    StoreCharge.objects.bulk_create(
        StoreCharge(
            item=row, store_id=_store(item, caller).pk, kind=kind, what=what, amount=amount,
            currency=item.currency, at=now,
        )
        for (kind, what), amount in charged
    )  # fmt: skip


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


def _verdict(row: UploadedItem) -> Verdict:
    return Verdict(row.key, row.state, row.code, row.says, [tuple(each) for each in json.loads(row.notes)])
