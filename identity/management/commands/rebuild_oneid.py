from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from identity.actions import oneid


class Command(BaseCommand):
    help = (
        "Compute who is one person from the facts alone and correct what differs: normally nothing. To be run "
        "after limits, kinds or channels were changed. Arriving records wait meanwhile."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
        parser.add_argument(
            "--check", action="store_true", help="like --dry-run, with exit status 1 if anything would change"
        )

    def handle(self, *args, **options):
        dry_run = options["dry_run"] or options["check"]
        changes = oneid.rebuild(now=timezone.now(), dry_run=dry_run, progress=self._say)
        would = "would move" if dry_run else "moved"
        self.stdout.write(
            f"{len(changes.accounts)} accounts {would} between {len(changes.members)} OneIDs; "
            f"{len(changes.identifiers)} identifiers change their flag."
        )
        if options["check"] and changes:
            raise CommandError(
                "OneIDs differ from the facts. Run rebuild_oneid to correct them.", returncode=1
            )

    def _say(self, step: str) -> None:
        self.stderr.write(f"{step} …")
