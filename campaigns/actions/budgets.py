"""Budgets: money put in at the top, granted down the tree, reserved by tills in a hold, given back when goods come back.

A budget's money lies in pots of the ledger, one a slice, which never fall below zero. What a till reserves is a part of
its hold (``members.actions.holds``), which commits, cancels or lapses with all the rest; so nothing here settles.
``key`` makes each happen once.
"""

import datetime as dt
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Budget, BudgetDraw, BudgetMove
from campaigns.queries import budgets as read
from members.actions import holds, points, postings, pots, reversals, wallets
from members.actions.postings import Draft, Role, Verb
from members.ledger import amounts
from members.models import Account, Book, Organization, Posting


class NotInTheTree(ValueError):
    """Money goes from a budget to one right below it, or back."""


class NoBudget(points.NotEnough):
    """Less is left of a budget than was asked for."""

    def __init__(self, budget: Budget, less: points.NotEnough) -> None:
        super().__init__(book=budget.book, available=less.available, asked=less.asked)
        self.budget = budget


class Cost(NamedTuple):
    """What an offer costs a budget, in steps of its book (minor units)."""

    budget: Budget
    offer: str
    steps: int


def costs(*, amounts: Mapping[str, int], shares: Mapping[str, Iterable[tuple[Budget, int]]]) -> list[Cost]:
    """What each offer costs (minor units), split among who pays it by largest remainder; offers that nobody pays for cost
    no budget. ``shares``: those of `live.rules`."""
    found = []
    for offer, steps in sorted(amounts.items()):
        paid = {budget.pk: (budget, points) for budget, points in shares.get(offer, ())}
        if paid and steps:
            parts = read.apportioned(steps, {id: points for id, (_budget, points) in paid.items()})
            found += [Cost(paid[id][0], offer, part) for id, part in parts.items() if part]
    return found


@transaction.atomic
def create(
    *, organization: Organization, code: str, name: str, book: Book, owner: AbstractBaseUser,
    by: AbstractBaseUser, now: dt.datetime, parent: Budget | None = None, slices: int = 1,
) -> Budget:  # fmt: skip
    """A budget with nothing in it. Raises ValidationError."""
    budget = Budget(
        organization=organization, code=code, name=name, book=book, owner=owner, parent=parent, slices=slices,
        created_by=by, created_at=now,
    )  # fmt: skip
    budget.full_clean()
    budget.save()
    for pot in budget.pots:
        pots.make(book=book.pk, pot=pot)
    return budget


def fund(
    *, budget: Budget, amount: Decimal | int, key: str, reason: str, by: AbstractBaseUser, now: dt.datetime
) -> int:
    """Money from outside, into a budget at the top of its tree; the posting. Raises NotInTheTree, Unfit, KeyReused."""
    if budget.parent_id:
        raise NotInTheTree(_("“%(name)s” gets its money from the budget above it.") % {"name": budget.name})
    return _move(None, budget, amount, key, reason, by, now)


def grant(
    *, budget: Budget, to: Budget, amount: Decimal | int, key: str, by: AbstractBaseUser, now: dt.datetime,
    reason: str = "",
) -> int:  # fmt: skip
    """Money for a budget right below; the posting. Raises NoBudget, NotInTheTree, Unfit, KeyReused."""
    if to.parent_id != budget.pk:
        told = {"below": to.name, "above": budget.name}
        raise NotInTheTree(_("“%(below)s” is not right below “%(above)s”.") % told)
    return _move(budget, to, amount, key, reason, by, now)


def take_back(
    *, budget: Budget, amount: Decimal | int, key: str, by: AbstractBaseUser, now: dt.datetime, reason: str = ""
) -> int:  # fmt: skip
    """What is left of a budget, or a part, back to the one above. Raises NoBudget, NotInTheTree, Unfit, KeyReused."""
    if budget.parent is None:
        raise NotInTheTree(_("“%(name)s” is at the top of its tree.") % {"name": budget.name})
    return _move(budget, budget.parent, amount, key, reason, by, now)


@transaction.atomic
def slice_(*, budget: Budget, slices: int, by: AbstractBaseUser, now: dt.datetime) -> Budget:
    """Part a busy budget into more pots, what is left spread over them evenly. Asked again, the same. Raises Unfit for
    fewer than it has."""
    row = Budget.objects.select_for_update(of=("self",)).select_related("book").get(pk=budget.pk)
    if slices < row.slices:
        raise amounts.Unfit(_("“%(name)s” has %(slices)s slices: it keeps them.") % vars(row))
    if slices == row.slices:
        return row
    row.slices = slices
    row.full_clean()
    row.save()
    for pot in row.pots:
        pots.make(book=row.book_id, pot=pot)
    _spread(row, by, now)
    return row


def hold(
    *, costs: Sequence[Cost], key: str, until: dt.datetime, now: dt.datetime, cause: str,
    organization: Organization, account: Account | None = None, parts: Sequence[holds.Part] = (),
    by: AbstractBaseUser | None = None, beside: Collection[int] = (),
) -> holds.Held:  # fmt: skip
    """`holds.place` of what the customer pays with (``parts``) and of what the offers cost the house, in one hold: all of
    it or nothing. ``cause``: the order; ``beside``: wallets to be locked with the hold's. End it with `holds.commit` or `holds.cancel`; at ``until`` it ends by itself.

    A busy budget's pots are several: one with enough is taken, and all together only where none has enough.
    Raises NoBudget, NotEnough, Unfit, KeyReused.
    """
    told = {
        "account": account, "parts": parts, "key": key, "until": until, "now": now, "by": by,
        "organization": organization, "beside": beside,
    }  # fmt: skip
    costs = _summed(costs)
    for together in (False, True):
        try:
            with transaction.atomic(savepoint=bool(costs)):
                held = holds.reserve(**told, pots=_pots(costs, key, together=together))
                _note(costs, key, organization, cause)
                return held
        except holds.PotEmpty as less:
            if together:
                named = {_label(cost): cost.budget for cost in costs}
                raise NoBudget(named[less.label], less) from None
    raise AssertionError("unreachable")


@transaction.atomic
def give_back(
    *, hold: str, offer: str, steps: int, key: str, now: dt.datetime, by: AbstractBaseUser | None = None
) -> dict[int, int]:
    """Of what an offer cost under this hold, when goods came back: {budget: steps}. Who paid a share gets that share of
    it, so that any parts add up to the whole. Asked again, the same. Raises NotReversible, KeyReused."""
    drawn = read.drawn(hold=hold, offer=offer, lock=True)
    if again := _given(drawn, key):
        return again
    rooms = {draw.budget: draw.room for draw in drawn}
    shares = read.apportioned(steps, rooms) if 0 < steps <= sum(rooms.values()) else None
    if shares is None:
        told = {"steps": steps, "left": sum(rooms.values()), "offer": offer}
        raise reversals.NotReversible(
            _("Of the costs of %(offer)s, %(left)s can be given back, not %(steps)s.") % told
        )
    for draw in drawn:
        if part := shares[draw.budget]:
            commit = Posting.objects.select_related("book", "corrects").get(pk=draw.commit)
            amount = commit.book.shown(part)
            points.reverse(posting=commit, key=f"{key}:{draw.posting}", amount=amount, now=now, by=by)
    return {budget: part for budget, part in shares.items() if part}


def _given(drawn, key) -> dict[int, int]:
    keys = {f"{key}:{draw.posting}": draw.budget for draw in drawn}
    found = Posting.objects.filter(key__in=keys).values_list("key", "amount")
    return {keys[name]: amount for name, amount in found}


def _move(source, budget, amount, key, reason, by, now) -> int:
    book = budget.book
    steps = amounts.positive(amount, scale=book.scale)
    content = postings.digest("budget", source and source.pk, budget.pk, steps, reason)
    verb, role = (Verb.TRANSFER, "") if source else (Verb.EARN, Role.ISSUED)
    draft = points.drafted(book, None, verb, key, role, now, content, by, reason.strip()[:300])
    into = read.wallets(budgets=[budget])[budget.pk]
    out_of = read.wallets(budgets=[source])[source.pk] if source else []
    with transaction.atomic():
        wallets.lock(wallets=[*into, *out_of])
        if found := postings.earlier(book=book, key=key, content=content):
            return found.posting
        points.check_open(book=book, now=now)
        if source:
            _draw(draft, source, out_of, steps, now)
        _bring(draft, into, steps, now)
        posting = postings.post(draft=draft, now=now).posting
        BudgetMove.objects.create(posting_id=posting, source=source, budget=budget, steps=steps)
        return posting


def _spread(budget: Budget, by: AbstractBaseUser, now: dt.datetime) -> None:
    of_it = list(read.wallets(budgets=[budget])[budget.pk])
    wallets.lock(wallets=of_it)
    lots = wallets.lots(wallets=of_it)
    if not (left := sum(lot.remaining for lot in lots)):
        return
    key, content = (
        f"budget:{budget.pk}:slices:{budget.slices}",
        postings.digest("slice", budget.pk, budget.slices),
    )
    draft = points.drafted(budget.book, None, Verb.TRANSFER, key, "", now, content, by, "")
    _draw(draft, budget, of_it, left, now)
    _bring(draft, of_it, left, now)
    postings.post(draft=draft, now=now)


def _bring(draft: Draft, into: Iterable[int], steps: int, now: dt.datetime) -> None:
    into = list(into)
    each, more = divmod(steps, len(into))
    for number, wallet in enumerate(into):
        if part := each + (number < more):
            draft.bring(wallet, part, ready=now, ends=None)


def _draw(draft: Draft, source: Budget, out_of: list[int], steps: int, now: dt.datetime) -> None:
    try:
        points.take(draft=draft, lots=wallets.lots(wallets=out_of), steps=steps, now=now)
    except points.NotEnough as less:
        raise NoBudget(source, less) from None


def _summed(costs: Iterable[Cost]) -> list[Cost]:
    """One for each budget and offer, in one order."""
    found: dict[tuple[int, str], Cost] = {}
    for cost in costs:
        place = cost.budget.pk, cost.offer
        steps = cost.steps + (found[place].steps if place in found else 0)
        found[place] = cost._replace(steps=steps)
    return [found[place] for place in sorted(found) if found[place].steps]


def _label(cost: Cost) -> str:
    return f"budget:{cost.budget.pk}:{cost.offer}"


def _pots(costs: list[Cost], key: str, *, together: bool) -> list[holds.Pot]:
    pots = read.wallets(budgets=[cost.budget for cost in costs])
    wanted: dict[int, int] = {}
    for cost in costs:
        wanted[cost.budget.pk] = wanted.get(cost.budget.pk, 0) + cost.steps
    chosen = {
        budget: wallets if together else _enough(wallets, wanted[budget], key)
        for budget, wallets in pots.items()
    }
    return [
        holds.Pot(cost.budget.book, tuple(chosen[cost.budget.pk]), cost.steps, _label(cost)) for cost in costs
    ]


def _enough(wallets: Mapping[int, int], steps: int, key: str) -> list[int]:
    """One pot that has so much, beginning at one by the key so that tills spread; else all of them."""
    found = list(wallets)
    first = zlib.crc32(key.encode()) % len(found)
    turned = found[first:] + found[:first]
    return next(([wallet] for wallet in turned if wallets[wallet] >= steps), found)


def _note(costs, key, organization, cause) -> None:
    keys = {f"{key}:{_label(cost)}": cost for cost in costs}
    made = dict(Posting.objects.filter(key__in=keys).values_list("key", "pk"))
    rows = [
        BudgetDraw(
            posting_id=made[name], budget=cost.budget, offer=cost.offer, organization=organization, cause=cause
        )
        for name, cost in keys.items()
    ]  # fmt: skip
    BudgetDraw.objects.bulk_create(rows, ignore_conflicts=True)
