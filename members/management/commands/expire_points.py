import sys

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from members.actions import points


class Command(BaseCommand):
    help = "Take out of the wallets what has expired, batch by batch. Stopped and started again it goes on."

    def handle(self, **options):
        now, lots = timezone.now(), 0
        with tqdm(disable=not sys.stderr.isatty(), unit=" lots") as bar:
            while batch := points.expire(now=now):
                lots += batch
                bar.update(batch)
        self.stdout.write(f"{lots:,} lots had expired.")
