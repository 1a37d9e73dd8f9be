"""python -m benchmarks.one NAME SCALE: one benchmark in this process's database; its measures in JSON."""

import importlib
import json
import sys

import django


def main(name: str, scale: float) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    measures = importlib.import_module(f"benchmarks.{name}").run(scale=scale)
    json.dump([measure.row() for measure in measures], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
