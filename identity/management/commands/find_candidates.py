from dataclasses import replace

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from identity.actions import candidates
from identity.candidates import backends
from identity.models import CandidateModel


class Command(BaseCommand):
    help = (
        "Look for people who are probably one person although no identifier links them, and put them into the "
        "review queue. Nobody is merged, unless CANDIDATES_ACCEPT or --accept says so. Repeating it changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--model", type=int, metavar="VERSION", help="a trained version; else the newest")
        parser.add_argument("--threshold", type=float, metavar="P", help="least probability of a case")
        parser.add_argument(
            "--accept", type=float, metavar="P", help="join by itself from this probability on"
        )
        parser.add_argument(
            "--backend", choices=list(backends.NEEDED), help="spark: where one machine is too small"
        )

    def handle(self, *args, **options):
        given = {
            name: options[name] for name in ("threshold", "accept", "backend") if options[name] is not None
        }
        try:
            run = candidates.find(
                now=timezone.now(),
                clock=timezone.now,
                options=replace(candidates.configured(), **given),
                model=self._model(options["model"]),
            )
        except (backends.Missing, candidates.Busy) as error:
            raise CommandError(str(error)) from error
        self._report(run)

    def _model(self, version):
        if version is None:
            return None
        model = CandidateModel.objects.filter(version=version).first()
        if model is None:
            raise CommandError(f"There is no version {version}. Train one with train_candidates.")
        return model

    def _report(self, run):
        known = run.blocking.get("known", {})
        self.stdout.write(
            f"{run.people:,} people by {run.model or 'the default model'} in {run.duration.total_seconds():.0f} s: "
            f"{run.blocked:,} pairs compared, {run.proposed:,} proposed; {run.opened:,} cases opened or changed, "
            f"{run.closed:,} closed, {run.accepted:,} accepted by the model."
        )
        if known.get("pairs"):
            self.stdout.write(
                f"Blocking brings together {known['recall']:.1%} of {known['pairs']:,} known pairs of accounts "
                f"({known['without_identifiers']:.1%} without telephones, e-mails and numbers)."
            )
        sizes = ", ".join(f"{count:,} of {size}" for size, count in run.cluster_sizes.items())
        self.stdout.write(f"Clusters if all were joined: {sizes}.")
