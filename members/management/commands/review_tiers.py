import sys

from django.core.management.base import BaseCommand
from django.db.models import Max
from django.utils import timezone
from tqdm import tqdm

from members.actions import tiers
from members.models import Account


class Command(BaseCommand):
    help = (
        "Give everybody the tiers that are due: reached, kept, lost at the end of a validity or with a return. Batch by "
        "batch; stopped and started again it goes on, and a second run changes nothing."
    )

    def handle(self, **options):
        now, changes = timezone.now(), 0
        last = Account.objects.aggregate(last=Max("member"))["last"]
        with tqdm(total=last, disable=not sys.stderr.isatty(), unit=" members", unit_scale=True) as bar:
            for until, grants in tiers.review_everybody(now=now):
                changes += grants
                bar.update(until - bar.n)
        self.stdout.write(f"{changes:,} tiers changed.")
