"""python -m benchmarks.one NAME SCALE: one benchmark in this process's database; its measures in JSON, a line each."""

import importlib
import json
import sys

import django


def main(name: str, scale: float) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for measure in importlib.import_module(f"benchmarks.{name}").run(scale=scale):
        print(json.dumps(measure.row()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
