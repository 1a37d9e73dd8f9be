import sys

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from members.actions import acts, earning
from members.models import Order


class Command(BaseCommand):
    help = (
        "Give orders and actions the points that they earn: those that the event log tells of since last time, or every "
        "one after a first plan that begins in the past. Stopped and started again it goes on; a second run changes nothing."
    )

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--every-order", action="store_true", help="look at all orders, whatever happened to them"
        )
        which.add_argument(
            "--every-action", action="store_true", help="look at all events that rules for actions speak of"
        )

    def handle(self, *, every_order, every_action, **options):
        now = timezone.now()
        total = Order.objects.count() if every_order else None
        with tqdm(total=total, disable=not sys.stderr.isatty(), unit="") as bar:
            if every_order or every_action:
                looked = self._every(earning if every_order else acts, now, bar)
            else:
                looked = self._told(now, bar)
        self.stdout.write(f"{looked:,} {'orders' if every_order else 'events'} looked at.")

    def _told(self, now, bar):
        looked = 0
        while batch := earning.follow(now=now):
            looked += batch
            bar.update(batch)
        return looked

    def _every(self, actions, now, bar):
        last, looked = 0, 0
        while (step := actions.settle_everything(now=now, after=last)) is not None:
            last, count = step
            looked += count
            bar.update(count)
        return looked
