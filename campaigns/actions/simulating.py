"""A draft tried on past orders: asked for, cut into parts, priced part by part by whichever worker is free, added up.

A part's figures are written in the transaction that claimed it: of a worker that is killed nothing is counted, and the next
one goes on with that part. What goes wrong with one simulation holds up no other: a fault ends it; where the database broke
off, it is tried again later, a few times.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import AbstractBaseUser
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from campaigns.models import ActivityVersion, Simulation, SimulationPart
from campaigns.offers import reading
from campaigns.queries import trying
from campaigns.queries.simulating import figures, parts, rules, sales
from members.models import AccessRecord, Channel, Organization

State = Simulation.State
SIZE = 2_000
LONGEST = 400
LOST = (OperationalError, InterfaceError)  # a line, or what took longer than a statement may
TRIES = 5  # of what the database breaks off again and again
MINUTE = dt.timedelta(minutes=1)
log = logging.getLogger(__name__)


class Refused(Exception):
    """It cannot be tried so. The message is for people."""


class _Broken(Exception):
    """Something went wrong with one ``simulation``."""

    def __init__(self, simulation: Simulation, fault: Exception) -> None:
        super().__init__(str(fault))
        self.simulation, self.fault = simulation, fault


@transaction.atomic
def ask(
    *, version: ActivityVersion, organization: Organization, since: dt.date, until: dt.date, by: AbstractBaseUser,
    now: dt.datetime, channel: Channel | None = None, beside: str = Simulation.Beside.START,
) -> Simulation:  # fmt: skip
    """Try the complete offers of a version on the orders of these days, ``until`` not with them. Raises Refused."""
    row = ActivityVersion.objects.select_for_update(of=("self",)).select_related("activity__organization")
    version = row.get(pk=version.pk)
    _check(version, organization, since, until)
    offers, unfit = trying.offers(version=version)
    if unfit or not offers:
        raise Refused(_("Each offer has to be complete before it is tried on past orders."))
    currencies = sorted({offer.currency for offer in offers} - {""})
    if len(currencies) > 1:
        raise Refused(_("Its offers are in several currencies: try them as activities of their own."))
    begins = max(version.starts_at, now)
    others = rules.beside(
        version=version, node=organization, how=beside, at=begins, since=sales.midnight(since)
    )
    made = Simulation.objects.create(
        version=version, organization=organization, channel=channel, since=since, until=until, beside=beside,
        currency=currencies[0] if currencies else "CNY", asked_by=by, asked_at=now,
        draft=[reading.to_builtins(rules.unbound(offer)) for offer in offers], others=rules.to_json(others),
    )  # fmt: skip
    _record(made, "asked", by, now)
    return made


def _check(version: ActivityVersion, organization: Organization, since: dt.date, until: dt.date) -> None:
    if not organization.path.startswith(version.activity.organization.path):
        raise Refused(_("The activity does not hold at %s.") % organization)
    if not 0 < (until - since).days <= LONGEST:
        raise Refused(_("Choose from 1 to %s days.") % LONGEST)
    if version.simulations.filter(state__in=[State.WAITING, State.RUNNING]).exists():
        raise Refused(_("This version is being tried already: wait for it, or break it off."))


@transaction.atomic
def cancel(*, simulation: Simulation, by: AbstractBaseUser, now: dt.datetime) -> Simulation:
    """No part of it is begun any more. Raises Refused once it has ended."""
    row = _locked(simulation)
    if row.state not in (State.WAITING, State.RUNNING):
        raise Refused(_("It has ended already."))
    _end(row, State.CANCELLED, now)
    _record(row, "cancelled", by, now)
    return row


def advance(*, now: dt.datetime, settings: parts.Settings, size: int = SIZE) -> int | None:
    """One step: cut what waits into parts, price one part, or add up what is done. How many orders were priced; None:
    nothing is to be done now. Several workers may do so at once."""
    try:
        if _begin(now, size):
            return 0
        priced = _price_one(now, settings)
        return 0 if priced is None and _finish(now) else priced
    except _Broken as broken:
        _broke_off(broken, now)
        return 0


@transaction.atomic
def _begin(now: dt.datetime, size: int) -> bool:
    row = _first(now, state=State.WAITING)
    if row is None:
        return False
    with _of(row):
        made = SimulationPart.objects.bulk_create(sales.cut(simulation=row, size=size))
        row.state, row.started_at, row.orders = State.RUNNING, now, sum(part.orders for part in made)
        _get_over(row, "state", "started_at", "orders")
    return True


@transaction.atomic
def _price_one(now: dt.datetime, settings: parts.Settings) -> int | None:
    due = Q(simulation__again_at=None) | Q(simulation__again_at__lte=now)
    left = SimulationPart.objects.filter(due, done_at=None, simulation__state=State.RUNNING)
    claimed = left.order_by("simulation_id", "pk").select_for_update(of=("self",), skip_locked=True)
    part = claimed.select_related("simulation__organization").first()
    if part is None:
        return None
    with _of(part.simulation):
        part.figures = parts.figures(part=part, setting=settings.of(part.simulation), now=now)
        part.orders, part.done_at = part.figures["orders"], now
        part.save(update_fields=["figures", "orders", "done_at"])
        if part.simulation.broken:
            _get_over(part.simulation)
    return part.orders


@transaction.atomic
def _finish(now: dt.datetime) -> bool:
    """Add up the first that has no part left. While another worker prices a part of it, it has one."""
    left = SimulationPart.objects.filter(done_at=None).values("simulation")
    row = _first(now, among=Simulation.objects.exclude(pk__in=left), state=State.RUNNING)
    if row is None:
        return False
    with _of(row):
        row.found = figures.merged(row.parts.order_by("pk").values_list("figures", flat=True))
        row.orders = row.parts.aggregate(all=Sum("orders"))["all"] or 0
        _end(row, State.DONE, now)
    return True


def _first(now: dt.datetime, *, state: str, among=None) -> Simulation | None:
    due = Q(again_at=None) | Q(again_at__lte=now)
    rows = (among or Simulation.objects.all()).filter(due, state=state).order_by("pk")
    return rows.select_for_update(of=("self",), skip_locked=True).select_related("organization").first()


@contextmanager
def _of(simulation: Simulation) -> Iterator[None]:
    """Whatever goes wrong here is this one's."""
    try:
        with transaction.atomic():
            yield
    except Exception as fault:
        raise _Broken(simulation, fault) from fault


def _get_over(row: Simulation, *fields: str) -> None:
    """What the database broke off before has gone well now."""
    row.broken, row.again_at = 0, None
    row.save(update_fields=[*fields, "broken", "again_at"])


@transaction.atomic
def _broke_off(broken: _Broken, now: dt.datetime) -> None:
    """In a transaction after the one that failed: where there is no database at all this fails too, and nothing is counted."""
    log.error("Simulation %s could not go on", broken.simulation.pk, exc_info=broken)
    row = _locked(broken.simulation)
    if row.state not in (State.WAITING, State.RUNNING):
        return
    row.broken += 1
    if isinstance(broken.fault, LOST) and row.broken < TRIES:
        row.again_at = now + MINUTE * 2 ** (row.broken - 1)
        row.save(update_fields=["broken", "again_at"])
    else:
        row.fault = f"{type(broken.fault).__name__}: {broken.fault}"[:300]
        _end(row, State.FAILED, now)


def _end(row: Simulation, state: str, now: dt.datetime) -> None:
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at", "found", "orders", "fault"])
    free = row.parts.select_for_update(skip_locked=True).values_list("pk", flat=True)
    row.parts.filter(
        pk__in=list(free)
    ).delete()  # one that is being priced ends by itself and counts for nothing


def _locked(simulation: Simulation) -> Simulation:
    return Simulation.objects.select_for_update(of=("self",)).get(pk=simulation.pk)


def _record(row: Simulation, deed: str, by: AbstractBaseUser, now: dt.datetime) -> None:
    version = row.version
    told = {
        "activity": version.activity.code, "version": version.number, "organization": row.organization.code,
        "since": row.since.isoformat(), "until": row.until.isoformat(),
    }  # fmt: skip
    AccessRecord.objects.create(action=f"simulation.{deed}", user=by, at=now, details=told)
