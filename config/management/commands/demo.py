import datetime as dt
import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone
from tqdm import tqdm

from config.demo import founding, marketing, play, selling, story, summary

ADDRESS = "127.0.0.1:8000"
SEED = 9


class Command(BaseCommand):
    help = (
        "Makes a sample company, plays two years of its life through the whole house, and serves it. "
        "Safe to run again: what stands is kept. DEMO=once ends before serving."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default=ADDRESS, help=f"where to serve (default {ADDRESS})")
        parser.add_argument("--once", action="store_true", default=os.environ.get("DEMO") == "once")
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--people", type=int, default=story.Size.people, help="5000 by default")

    def handle(self, *, address: str, once: bool, seed: int, people: int, **_options: object) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo prints passwords: run it with NINEFOLD_ENV=development.")
        settings.DEBUG = False  # else Django keeps and formats every statement
        call_command("migrate", verbosity=0)
        try:
            founding.check()
        except founding.Occupied as error:
            raise CommandError(str(error)) from error
        founding.found()
        logins, password = founding.hire()
        staff = {each.user.username: each.user for each in logins}
        if marketing.is_told():
            self.stdout.write("The sample company stands already; nothing was added.")
        else:
            self._play(seed=seed, size=story.of(people=people), staff=staff)
        selling.found(by=staff["marketer"], approver=staff["marketer-2"], now=timezone.now())
        self._invite(address=address, logins=logins, password=password, served=not once)
        if not once:
            call_command("serve", address)

    def _play(self, *, seed: int, size: story.Size, staff: dict) -> None:
        folder = settings.VAR / "demo"
        bar = _Bar(out=self.stdout)
        outcome = play.play(
            seed=seed,
            now=_moment(folder),
            size=size,
            stage=play.Stage(folder=folder, clock=timezone.now, told=bar),
            marketer=staff["marketer"],
            approver=staff["marketer-2"],
        )
        bar.close()
        self.stdout.write(f"\n{summary.text(outcome=outcome, size=size)}\n")

    def _invite(self, *, address: str, logins: list, password: str, served: bool) -> None:
        self.stdout.write(f"\nhttp://{address}/   {'' if served else '(after `make serve`)'}".rstrip())
        self.stdout.write(f"Password of all, for this demo only: {password}")
        for login in logins:
            self.stdout.write(f"  {login.user.username:<12} {login.role}, {login.organization}")
        self.stdout.write(
            f"A till to try the offers with (docs/offline.md); a customer's telephone is {selling.telephone()}:"
        )
        self.stdout.write(f"  export TILL_API_KEY={selling.key()}")
        self.stdout.write(
            f"  .venv/bin/python -m campaigns.till --url http://{address} --store {founding.STORE}"
        )
        self.stdout.flush()


def _moment(folder: Path) -> dt.datetime:
    """Where the story ends: the hour that began when it was first told, so that going on tells the same one."""
    path = folder / "moment.json"
    if marketing.is_begun() and path.is_file():
        return dt.datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8")))
    now = timezone.localtime(timezone.now()).replace(minute=0, second=0, microsecond=0)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(now.isoformat()), encoding="utf-8")
    return now


class _Bar:
    """A bar a step on a terminal, else a line a step."""

    def __init__(self, *, out: OutputWrapper) -> None:
        self.out = out
        self.shown = sys.stderr.isatty()
        self.step = ""
        self.bar = None

    def __call__(self, step: str, done: int, of: int) -> None:
        if step != self.step:
            self._begin(step)
        self.bar.total = of
        self.bar.update(done - self.bar.n)

    def _begin(self, step: str) -> None:
        self.close()
        self.step = step
        self.bar = tqdm(desc=step, unit="B", unit_scale=True, disable=not self.shown)
        if not self.shown:
            self.out.write(f"{step}…")
            self.out.flush()

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
