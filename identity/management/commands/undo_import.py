from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from identity.actions import undoing
from identity.models import IngestRun
from identity.queries import imports


class Command(BaseCommand):
    help = (
        "Take a whole import back: what it told is withdrawn, and everybody is who he would be without it. Killed, "
        "the same command goes on. Exit status: 0 undone, 2 the run cannot be undone."
    )

    def add_arguments(self, parser):
        parser.add_argument("run", type=int, metavar="RUN", help="number of the intake run")
        parser.add_argument("--reason", default="", help="why; kept with the withdrawn records")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")

    def handle(self, *args, **options):
        run = IngestRun.objects.filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(
                f"There is no intake run {options['run']}. See Intake runs in the admin.", returncode=2
            )
        if options["dry_run"]:
            self._preview(run)
            return
        try:
            withdrawal = undoing.open_one(run=run) or undoing.begin(
                run=run, reason=options["reason"] or "manage.py undo_import", by=None, now=timezone.now()
            )
        except undoing.Impossible as refused:
            raise CommandError(str(refused), returncode=2) from refused
        undoing.go_on(withdrawal=withdrawal, clock=timezone.now)
        withdrawal.refresh_from_db()
        counts = ", ".join(f"{count:,} {name}" for name, count in sorted(withdrawal.counts.items()))
        self.stdout.write(f"{run.source} is undone: {counts or 'it had told nothing'}.")

    def _preview(self, run):
        found = imports.undoing(run=run)
        self.stdout.write(
            f"{run.source}\n"
            f"  {found.records:,} records would be withdrawn; {found.kept:,} stay, others brought them too\n"
            f"  {found.accounts_gone:,} accounts would go, {found.accounts_changed:,} be told anew\n"
            f"  {found.people_gone:,} people would go, {found.people_changed:,} lose an account\n"
            f"  {found.orders_gone:,} orders would go, {found.orders_changed:,} be told anew, "
            f"{found.orders_waiting:,} of others wait for their account\n"
            f"  {found.others_gone:,} returns, reviews and events would go"
        )
