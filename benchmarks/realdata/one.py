"""python -m benchmarks.realdata.one NAME FOLDER: one data set in this process's database; answers in JSON."""

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path

import django


def main(name: str, folder: Path) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    data_set = _named(name)
    data_set.prepare()
    count, seconds = _ingest(data_set=data_set, folder=folder)
    checks = [
        {"what": check.what, "ours": check.ours, "reference": check.reference, "ok": check.ok}
        for check in data_set.checks(folder=folder)
    ]
    json.dump({"records": count, "seconds": seconds, "checks": checks}, sys.stdout, default=str)


def _named(name: str):
    from benchmarks.realdata import queues

    return queues.SETS.get(name) or importlib.import_module(f"benchmarks.realdata.{name}")


def _ingest(*, data_set, folder: Path) -> tuple[int, float]:
    """Write the records as JSON Lines and read them by the same command as everybody's."""
    from django.core.management import call_command

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / f"{data_set.FOLDER}.jsonl"
        with path.open("w", encoding="utf-8") as out:
            count = sum(
                1 for record in data_set.records(folder=folder) if out.write(json.dumps(record) + "\n")
            )
        begun = time.perf_counter()
        with Path("/dev/null").open("w") as nowhere:
            call_command("ingest", str(path), stdout=nowhere)
        return count, time.perf_counter() - begun


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
