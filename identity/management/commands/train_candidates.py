from dataclasses import replace

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from identity.actions import candidates
from identity.candidates import backends, training


class Command(BaseCommand):
    help = (
        "Estimate from the people in the pool how much each agreement of two people weighs, and keep it as the next "
        "version of the model. find_candidates uses the newest one."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--backend", choices=list(backends.NEEDED), help="spark: where one machine is too small"
        )

    def handle(self, *args, **options):
        chosen = candidates.configured()
        if options["backend"]:
            chosen = replace(chosen, backend=options["backend"])
        try:
            model = candidates.train(now=timezone.now(), clock=timezone.now, options=chosen)
        except (backends.Missing, candidates.Busy, training.TooFew) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{model}: trained on {model.people:,} people.")
