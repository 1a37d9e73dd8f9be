from django.core.management.base import BaseCommand

from members.queries import proofs


class Command(BaseCommand):
    help = "Prove that the ledger adds up. Shows the rows that do not; the exit code is 1 if there are any."

    def handle(self, **_options: object) -> None:
        broken = 0
        for finding in proofs.findings():
            broken += bool(finding.count)
            self._print(finding)
        if broken:
            raise SystemExit(1)

    def _print(self, finding: proofs.Finding) -> None:
        mark = self.style.ERROR("BROKEN") if finding.count else self.style.SUCCESS("holds ")
        self.stdout.write(f"{mark}  {finding.proof}")
        for what, how in finding.rows:
            self.stdout.write(f"          {what}: {how}")
        if (more := finding.count - len(finding.rows)) > 0:
            self.stdout.write(f"          and {more:,} more")
