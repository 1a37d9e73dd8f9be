import json
import sys

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from tags.actions import compute, follow
from tags.models import Tag, TagRun
from tags.queries import catalogue, figures


class Command(BaseCommand):
    help = "Computes tags: of everybody, or with --changed of the members that the event log speaks of since last time."

    def add_arguments(self, parser):
        parser.add_argument("--tag", action="append", metavar="CODE", help="only this tag; may be repeated")
        parser.add_argument("--changed", action="store_true", help="only members with new events")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *, tag, changed, json: bool, **options):
        if tag and changed:
            raise CommandError("--changed computes all active tags: leave out --tag, or leave out --changed.")
        self._known(tag)
        if changed:
            return self._changed(as_json=json)
        try:
            run = self._everybody(tag, as_json=json)
        except catalogue.NoOrganization as missing:
            raise CommandError(missing) from missing
        self._print(run, as_json=json)
        if run.error:
            raise CommandError("Some tags could not be computed and keep their values; see above.")
        return None

    def _everybody(self, tag, *, as_json):
        bar = _Bar(shown=not as_json and sys.stderr.isatty())
        run = compute.compute(now=timezone.now(), tags=tag, progress=bar)
        bar.close()
        return run

    def _known(self, codes):
        missing = set(codes or []) - set(Tag.objects.live().values_list("code", flat=True))
        if missing:
            known = ", ".join(Tag.objects.live().order_by("code").values_list("code", flat=True))
            raise CommandError(
                f"No active tag {', '.join(sorted(missing))}. There are: {known or 'none yet'}."
            )

    def _changed(self, *, as_json):
        events, batch = 0, None
        while batch != 0:
            batch = follow.follow(now=timezone.now())
            events += batch
        self.stdout.write(json.dumps({"events": events}) if as_json else f"{events:,} events taken in.")

    def _print(self, run: TagRun, *, as_json):
        counts = figures.counts(tags=run.tags)
        if as_json:
            self.stdout.write(json.dumps(_as_json(run, counts), ensure_ascii=False))
            return
        self.stdout.write(f"{'tag':<24}{'value':<26}{'members':>12}")
        for code, value, _name, members in counts:
            self.stdout.write(f"{code:<24}{value:<26}{members:>12,}")
        seconds = (run.ended_at - run.started_at).total_seconds()
        self.stdout.write(
            f"{len(run.tags)} tags of {run.members:,} members in {seconds:.1f} s: "
            f"{run.gained:,} values gained, {run.lost:,} lost."
        )
        for line in run.error.splitlines():
            self.stderr.write(line)


class _Bar:
    def __init__(self, *, shown: bool):
        self.bar = tqdm(disable=not shown, unit="", bar_format="{desc} {elapsed}")

    def __call__(self, what: str, done: int, of: int) -> None:
        self.bar.set_description_str(f"{what} {done:,}/{of:,}" if of > 1 else what)

    def close(self) -> None:
        self.bar.close()


def _as_json(run: TagRun, counts: list[tuple]) -> dict:
    return {
        "tags": [
            {"tag": code, "value": value, "name": name, "members": members}
            for code, value, name, members in counts
        ],
        "members": run.members,
        "gained": run.gained,
        "lost": run.lost,
        "seconds": (run.ended_at - run.started_at).total_seconds(),
        "error": run.error,
    }
