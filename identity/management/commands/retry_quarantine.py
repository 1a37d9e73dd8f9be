from django.core.management.base import BaseCommand
from django.utils import timezone

from identity.actions import quarantine
from identity.models import QuarantineItem
from identity.queries import quarantine as kept
from identity.records import verdicts

BATCH = 1_000


class Command(BaseCommand):
    help = "Send quarantined records again, after their cause was mended (a channel added, a rule changed)."

    def add_arguments(self, parser):
        parser.add_argument("--code", default="", help="only this reason, such as channel.unknown")
        parser.add_argument("--channel", default="", help="only this channel")

    def handle(self, *args, **options):
        chosen = kept.open_records(code=options["code"], channel=options["channel"])
        last, tried, let_in = 0, 0, 0
        while items := list(chosen.filter(pk__gt=last).order_by("pk")[:BATCH]):
            found = quarantine.retry_unchanged(items=items, by=None, now=timezone.now())
            last, tried = items[-1].pk, tried + len(items)
            let_in += sum(each.verdict not in (verdicts.QUARANTINED, verdicts.REJECTED) for each in found)
        self.stdout.write(f"{tried} sent again, {let_in} taken in, {tried - let_in} still kept aside.")
        still = QuarantineItem.objects.filter(state=QuarantineItem.State.OPEN, scope="record").count()
        self.stdout.write(f"{still} records in quarantine.")
