import sys

from django.core.management.base import BaseCommand
from django.db.models import Count
from django.utils import timezone
from tqdm import tqdm

from members.actions import opening_rules, openings
from members.models import Account, OpeningRule


class Command(BaseCommand):
    help = (
        "Take over what channels state of points and growth: what the event log tells of since last time, and all accounts "
        "of rules that changed. Stopped and started again it goes on; a second run changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--every-account",
            action="store_true",
            help="look at all accounts of all rules, whatever happened to them",
        )

    def handle(self, *, every_account, **options):
        now = timezone.now()
        if every_account:
            opening_rules.look_again()
        with tqdm(total=_to_look_at(), disable=not sys.stderr.isatty(), unit="") as bar:
            looked = _all_of(lambda: opening_rules.go_on(now=now), bar)
        with tqdm(disable=not sys.stderr.isatty(), unit="") as bar:
            told = _all_of(lambda: openings.follow(now=now), bar)
        self.stdout.write(f"{looked:,} accounts and {told:,} events looked at.")


def _all_of(work, bar) -> int:
    done = 0
    while batch := work():
        done += batch
        bar.update(batch)
    return done


def _to_look_at() -> int:
    rules = OpeningRule.objects.exclude(state=OpeningRule.State.DRAFT).filter(looked_at=None)
    channels = Account.everything.filter(channel__in=rules.values("channel"))
    sizes = dict(channels.values_list("channel").annotate(Count("pk")))
    return sum(sizes.get(rule.channel_id, 0) for rule in rules)
