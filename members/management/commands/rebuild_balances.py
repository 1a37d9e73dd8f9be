from django.core.management.base import BaseCommand

from members.actions import rebuilding
from members.queries.proofs import Finding


class Command(BaseCommand):
    help = (
        "Sum up every balance and what is left of every lot from their movements, and put right what differs."
        " Tills go on meanwhile. Run check_ledger afterwards: it proves everything else too."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="only show what differs; exit code 1 if anything does"
        )

    def handle(self, *, dry_run: bool, **_options: object) -> None:
        found = rebuilding.balances(dry_run=dry_run)
        for finding in found:
            self._print(finding, dry_run)
        if dry_run and any(finding.count for finding in found):
            raise SystemExit(1)

    def _print(self, finding: Finding, dry_run: bool) -> None:
        said = "differ" if dry_run else "differed"
        self.stdout.write(f"{finding.count:,} {said}: {finding.proof}")
        for what, how in finding.rows:
            self.stdout.write(f"          {what}: {how}")
        if (more := finding.count - len(finding.rows)) > 0:
            self.stdout.write(f"          and {more:,} more")
