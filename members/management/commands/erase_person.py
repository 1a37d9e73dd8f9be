"""Forget a person, on the word of the operator of this installation."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.actions import erasure
from members.management.commands.export_person import member
from members.models import Erasure
from members.queries import tombstones


class Command(BaseCommand):
    help = "Erase a person from every table. Orders stay, without the person. Cannot be undone."

    def add_arguments(self, parser):
        parser.add_argument("oneid", help="OneID, as printed")
        parser.add_argument("--reason", required=True, help="why, without naming the person: it is kept")
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and change nothing")

    def handle(self, *, reason, dry_run, **options):
        earlier = tombstones.erasure_of(oneid_text=options["oneid"])
        if earlier:
            self.stdout.write(f"That person was erased on {earlier.done_at:%Y-%m-%d %H:%M}.")
            return
        now = timezone.now()
        try:
            asked = erasure.request(
                member=member(options["oneid"]), reason=reason, now=now, door=Erasure.Door.COMMAND
            )
            if asked.state == Erasure.State.REQUESTED:
                raise CommandError(
                    "Staff asked for this erasure already: a second person decides on its page."
                )
            report = erasure.carry_out(erasure=asked, now=now, dry_run=dry_run)
        except erasure.Impossible as error:
            raise CommandError(str(error)) from error
        if dry_run:
            asked.delete()
        self._tell(report, dry_run)

    def _tell(self, report, dry_run):
        for room, counts in report.counts.items():
            for what, rows in counts.items():
                if rows:
                    self.stdout.write(f"  {room:<10} {what:<24} {rows:>8,}")
        self.stdout.write(
            "Nothing was changed."
            if dry_run
            else "The person is erased, and old records will not bring him back."
        )
