"""Run one approved or running campaign to its end, with a progress bar."""

import datetime as dt

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from campaigns.actions import campaigns, deliveries, running
from campaigns.models import Campaign
from campaigns.queries import progress


class Command(BaseCommand):
    help = "Run an approved or running campaign now. Safe beside the worker, and after it was killed."

    def add_arguments(self, parser):
        parser.add_argument("id", type=int, help="the campaign's number")
        parser.add_argument("--minutes", type=float, default=60, help="stop after so long (default 60)")
        parser.add_argument("--batch", type=int, help="decisions in one transaction")
        parser.add_argument("--workers", type=int, default=2, help="batches at once (default 2)")

    def handle(self, *, id, minutes, batch, workers, verbosity, **options):
        campaign = Campaign.objects.filter(pk=id).first()
        if campaign is None:
            raise CommandError(f"There is no campaign {id}. `manage.py shell` or the admin lists them.")
        try:
            self._run(campaign, minutes, batch, workers, quiet=verbosity == 0)
        except campaigns.Refused as refusal:
            raise CommandError(str(refusal)) from refusal

    def _run(self, campaign, minutes, batch, workers, quiet):
        deliveries.expire(now=timezone.now())
        if campaign.state != Campaign.State.RUNNING:
            running.start(campaign=campaign, now=timezone.now())
        done = progress.of(campaign=campaign)
        with tqdm(total=done.members, initial=done.decided, unit="members", disable=quiet) as bar:
            running.run(
                campaign=campaign,
                clock=timezone.now,
                until=timezone.now() + dt.timedelta(minutes=minutes),
                size=batch,
                workers=workers,
                told=lambda one: bar.update(one.decided),
            )
        campaign.refresh_from_db()
        self._report(campaign)

    def _report(self, campaign):
        self.stdout.write(f"{campaign.name}: {campaign.get_state_display()}")
        for outcome, count in progress.of(campaign=campaign).outcomes.items():
            if count:
                self.stdout.write(f"  {outcome:<12} {count:>10,}")
