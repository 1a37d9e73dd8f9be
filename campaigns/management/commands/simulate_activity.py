"""Try a version of an activity on past orders from the terminal, with a progress bar."""

import argparse
import datetime as dt

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from campaigns.actions import simulating
from campaigns.models import ActivityVersion, Simulation
from campaigns.offers import currencies
from campaigns.queries.simulating import parts, progress
from members.models import Channel, Organization

State = Simulation.State


class Command(BaseCommand):
    help = (
        "Price past orders without a version of an activity and with it, and tell what that would have cost. Safe beside the "
        "worker; broken off, the worker goes on with it. The back office shows all that was found."
    )

    def add_arguments(self, parser):
        parser.add_argument("code", help="the activity's code")
        parser.add_argument("--number", type=int, help="which version (default: the newest)")
        parser.add_argument("--since", type=_past_day, help="first day (default: of the last month)")
        parser.add_argument("--last", type=_past_day, help="last day (default: of the last month)")
        parser.add_argument("--at", help="organization whose orders these are (default: the activity's)")
        parser.add_argument("--channel", help="code of the only channel that counts")
        parser.add_argument("--beside", choices=Simulation.Beside.values, default="start")
        parser.add_argument("--by", required=True, help="who asks: a login name")

    def handle(self, *, verbosity, **given):
        try:
            simulation = simulating.ask(now=timezone.now(), **self._asked(**given))
        except simulating.Refused as refused:
            raise CommandError(str(refused)) from refused
        self._work(simulation, quiet=verbosity == 0)
        simulation.refresh_from_db()
        if simulation.state != State.DONE:
            raise CommandError(f"It is {simulation.get_state_display()}. {simulation.fault}".strip())
        self._tell(simulation)

    def _asked(self, *, code, number, since, last, at, channel, beside, by, **_other) -> dict:
        versions = ActivityVersion.objects.filter(activity__code=code).order_by("-number")
        version = (versions.filter(number=number) if number else versions).first()
        if version is None:
            raise CommandError(f"There is no such version of an activity {code}.")
        month = _last_month()
        return {
            "version": version, "since": since or month[0], "until": (last or month[1]) + dt.timedelta(days=1), "beside": beside,
            "organization": _one(Organization, at) if at else version.activity.organization,
            "channel": _one(Channel, channel) if channel else None, "by": _one(User, by, field="username"),
        }  # fmt: skip

    def _work(self, simulation, *, quiet):
        settings = parts.Settings()
        with tqdm(unit="orders", disable=quiet) as bar:
            while simulating.advance(now=timezone.now(), settings=settings) is not None:
                simulation.refresh_from_db(fields=["state", "orders"])
                far = progress.of(simulation=simulation, now=timezone.now())
                bar.total = far.orders
                bar.update(far.done - bar.n if far.done else 0)

    def _tell(self, simulation):
        found, digits = simulation.found, currencies.digits(simulation.currency)

        def money(amount: int) -> str:
            return f"{amount / 10**digits:,.{digits}f} {simulation.currency}"

        cost = sum(row["discount"] + row["worth"] for row in found["own"].values())
        more = sum(found["after"]) - sum(found["before"])
        self.stdout.write(f"{found['priced']:,} orders priced, {sum(found['left_out'].values()):,} left out")
        self.stdout.write(f"{found['touched']:,} would have got it, for {money(cost)}")
        self.stdout.write(
            f"other offers would have given {money(cost - more)} less: {money(more)} more in all"
        )


def _past_day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as unreadable:
        raise argparse.ArgumentTypeError(f"{text} is no day: write it as 2026-05-06") from unreadable
    if not dt.date(1970, 1, 1) <= day <= timezone.localdate():
        raise argparse.ArgumentTypeError(f"{text}: orders are of days from 1970-01-01 to today")
    return day


def _one(model, code: str, *, field: str = "code"):
    found = model.objects.filter(**{field: code}).first()
    if found is None:
        raise CommandError(f"There is no {model._meta.verbose_name} {code}.")
    return found


def _last_month() -> tuple[dt.date, dt.date]:
    first = timezone.localdate().replace(day=1)
    last = first - dt.timedelta(days=1)
    return last.replace(day=1), last
