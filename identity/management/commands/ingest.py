import gc
import json
from collections import Counter
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from tqdm import tqdm

from identity.actions import joining, mappings, runs
from identity.files import opening
from identity.files.items import Unusable
from identity.files.shaping import Shape
from identity.models import Mapping
from identity.records import verdicts
from members.actions.versions import Raced

SHOWN = 20
tqdm.monitor_interval = 0  # no thread of its own: writers are forked
LISTED = 1_000
LOST = (
    "The database went away. What was committed stays; when it is back, give the same command again: "
    "it goes on where it stopped."
)
AGAIN = "What was committed stays; give the same command again: it goes on where it stopped."
ENDED = (
    "A process that wrote a part of the file was ended from outside, perhaps for want of memory. What was committed "
    "stays; give the same command again: it goes on where it stopped."
)


class Command(BaseCommand):
    help = (
        "Read files of intake records (JSON Lines, CSV, XLSX; plain or .gz) into the pool. Killed, it goes on "
        "where it stopped; repeated, it changes nothing. Exit status: 0 read to the end (quarantined records are "
        "kept and listed), 1 something was rejected (with --strict also: quarantined), 2 a file cannot be read, "
        "3 the database went away or a writing process was ended."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--channel", default="", help="channel of records that name none")
        parser.add_argument("--mapping", default="", help="saved mapping of the columns of CSV and XLSX")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object a file on standard output")
        parser.add_argument(
            "--batch", type=int, default=runs.BATCH, metavar="N", help="records a transaction"
        )
        parser.add_argument(
            "--strict", action="store_true", help="exit status 1 also for quarantined records"
        )

    def handle(self, *args, **options):
        if options["batch"] < 1:
            raise CommandError("--batch must be 1 or more.", returncode=2)
        thresholds = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        try:
            reports = [self._read(name, options) for name in options["files"]]
        except Unusable as error:
            raise CommandError(str(error), returncode=2) from error
        except (InterfaceError, OperationalError) as error:
            raise CommandError(f"{LOST} ({str(error).splitlines()[0]})", returncode=3) from error
        except Raced as error:
            raise CommandError(f"{error} {AGAIN}", returncode=3) from error
        except BrokenProcessPool as error:
            raise CommandError(f"{ENDED} ({error})", returncode=3) from error
        finally:
            gc.set_threshold(*thresholds)
            gc.unfreeze()
        refused = {verdicts.REJECTED, verdicts.QUARANTINED} if options["strict"] else {verdicts.REJECTED}
        if any(report.counts[verdict] for report in reports for verdict in refused):
            raise CommandError("Some records were not taken in; see the list above.", returncode=1)

    def _read(self, name, options):
        report = _Report(name, options["dry_run"])
        with opening.source(name, shape=_shape(options["mapping"])) as source:
            run = None if options["dry_run"] else _run(source, options)
            resumed = run.position if run else 0
            try:
                self._take_in(source, run, report, options)
            except Unusable as error:
                if run:
                    runs.fail(run=run, error=error, now=timezone.now())
                raise
            if run:
                runs.finish(run=run, now=timezone.now())
                joining.sweep(now=timezone.now())
            report.resumed = resumed
        self.stdout.write(report.as_json() if options["json"] else report.as_text())
        return report

    def _take_in(self, source, run, report, options):
        quiet = options["verbosity"] == 0 or not self.stderr.isatty()
        with tqdm(total=source.size, unit="B", unit_scale=True, desc=source.path.name, disable=quiet) as bar:
            for group, given in runs.read(
                source=source,
                run=run,
                clock=timezone.now,
                channel=options["channel"],
                batch=options["batch"],
                dry_run=options["dry_run"],
            ):
                report.add(group, given, source.shape)
                bar.update(source.bytes_read() - bar.n)


def _shape(name):
    if not name:
        return Shape()
    try:
        return mappings.shape(mapping=Mapping.objects.select_related("channel").get(name=name))
    except Mapping.DoesNotExist:
        known = ", ".join(Mapping.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise Unusable(f"There is no mapping {name}. Saved mappings: {known}.") from None


def _run(source, options):
    reading = ":".join([source.fingerprint(), options["channel"], options["mapping"]])
    name = str(Path(source.path).resolve())
    return runs.begin(source=source, name=name, fingerprint=opening.short(reading), now=timezone.now())


class _Report:
    """What became of one file, in constant memory."""

    def __init__(self, name, dry_run):
        self.name = str(name)
        self.dry_run = dry_run
        self.resumed = 0
        self.counts = Counter()
        self.waiting = 0
        self.codes = Counter()
        self.examples = []

    def add(self, group, given, shape):
        for item, verdict in zip(group, given, strict=True):
            self.counts[verdict.verdict] += 1
            self.waiting += bool(verdict.waiting)
            for problem in verdict.problems:
                self.codes[problem.code] += 1
                if len(self.examples) < LISTED:
                    self.examples.append(_told(item, verdict, problem, shape))

    def as_json(self):
        return json.dumps(
            {
                "file": self.name,
                "dry_run": self.dry_run,
                "resumed_at": self.resumed,
                "records": sum(self.counts.values()),
                "verdicts": {name: self.counts[name] for name in verdicts.ALL},
                "waiting": self.waiting,
                "problems": dict(self.codes),
                "listed": self.examples,
            },
            ensure_ascii=False,
        )

    def as_text(self):
        lines = [f"{self.name}{' (dry run)' if self.dry_run else ''}"]
        lines += [f"  {name:<12}{self.counts[name]:>12,}" for name in verdicts.ALL]
        if self.waiting:
            lines.append(f"  {'waiting':<12}{self.waiting:>12,}")
        for each in self.examples[:SHOWN]:
            value = f" “{each['value']}”" if each["value"] else ""
            place = each["column"] or each["place"]
            lines.append(
                f"  line {each['line']}, {place}:{value} {each['message']} {each['remedy']} [{each['effect']}]"
            )
        hidden = sum(self.codes.values()) - min(SHOWN, len(self.examples))
        if hidden > 0:
            lines.append(f"  … and {hidden:,} more problems; they are all in the quarantine.")
        return "\n".join(lines)


def _told(item, verdict, problem, shape):
    return {
        "line": item.line,
        "column": shape.column_of(problem.place, item.raw),
        "verdict": verdict.verdict,
        "code": problem.code,
        "place": problem.place,
        "value": problem.value,
        "message": problem.message,
        "remedy": problem.remedy,
        "effect": problem.effect,
    }
