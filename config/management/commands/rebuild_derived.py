from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import rebuilding


class Command(BaseCommand):
    help = (
        "Derive everything again from the facts: what orders and hash recipes bind, what follows from consents, visits, "
        "people, profiles and features, tags. On a healthy house it changes nothing."
    )

    def add_arguments(self, parser):
        names = ", ".join(step.name for step in rebuilding.STEPS)
        parser.add_argument(
            "--only", action="append", default=[], metavar="STEP", help=f"one of {names}; may be repeated"
        )

    def handle(self, *args, **options):
        try:
            rebuilding.rebuild(now=timezone.now(), only=options["only"], progress=self._say)
        except rebuilding.UnknownStep as fault:
            raise CommandError(fault) from fault

    def _say(self, name: str, rows: int) -> None:
        self.stdout.write(f"{name:<10}{rows:>14,}")
