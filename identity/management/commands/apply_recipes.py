from django.core.management.base import BaseCommand
from django.utils import timezone

from identity.actions import recipes


class Command(BaseCommand):
    help = (
        "Derive hashed identifiers by the hash recipes for everything that is stored, take back those of recipes "
        "that were changed or switched off, and bring OneIDs up to date. Arriving records wait meanwhile."
    )

    def handle(self, *args, **options):
        done = recipes.apply(now=timezone.now(), progress=self._say)
        for name, why in done.problems.items():
            self.stderr.write(self.style.ERROR(f"{name}: {why}"))
        self.stdout.write(
            f"{done.made} hashed forms made, {done.forgotten} forgotten; {done.derived} bindings derived, "
            f"{done.taken_back} taken back; {done.dropped} hashes dropped that nobody carries; "
            f"{done.moved} accounts moved between OneIDs."
        )

    def _say(self, step: str) -> None:
        self.stderr.write(f"{step} …")
