from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from identity.actions import trials
from identity.models import Trial
from identity.queries import trials as reading


class Command(BaseCommand):
    help = (
        "Take back the rules of OneID that were put in force last: the former rules and people are restored. "
        "Arriving records wait meanwhile."
    )

    def add_arguments(self, parser):
        parser.add_argument("trial", nargs="?", type=int, help="must be the newest in force, if given")

    def handle(self, *args, **options):
        asked = options["trial"]
        trial = Trial.objects.filter(pk=asked).first() if asked else reading.in_force()
        if trial is None:
            raise CommandError("There is no trial in force." if not asked else f"There is no trial {asked}.")
        try:
            changes = trials.take_back(trial=trial, by=None, now=timezone.now())
        except trials.Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"“{trial}” is taken back: {len(changes.accounts)} accounts moved.")
