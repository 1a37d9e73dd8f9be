import sys

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from members.actions import appliances, bought_rights
from members.models import Order


class Command(BaseCommand):
    help = (
        "Give the rights that goods bring: for orders that the event log tells of since last time, or for every order "
        "after a rule was added. Stopped and started again it goes on; a second run changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--every-order", action="store_true", help="look at all orders and appliances, whatever happened"
        )

    def handle(self, *, every_order, **options):
        now = timezone.now()
        total = Order.objects.count() if every_order else None
        with tqdm(total=total, disable=not sys.stderr.isatty(), unit="") as bar:
            looked = self._every_order(now, bar) if every_order else self._told(now, bar)
        self.stdout.write(f"{looked:,} {'orders' if every_order else 'events'} looked at.")

    def _told(self, now, bar):
        looked = 0
        while batch := bought_rights.follow(now=now):
            looked += batch
            bar.update(batch)
        return looked

    def _every_order(self, now, bar):
        last, looked = 0, 0
        while (step := bought_rights.settle_everything(now=now, after=last)) is not None:
            last, count = step
            looked += count
            bar.update(count)
        appliances.rebuild(now=now)
        return looked
