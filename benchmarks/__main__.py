"""python -m benchmarks [--scale 0.01] [NAME…]

Speed and memory against the limit of the same server in the same run. Scale 1 is a million members, ten million
orders, a million records; each benchmark has a database of its own, dropped afterwards. Ends with 1 if a limit
is broken.
"""

import argparse
import json
import subprocess
import sys

from benchmarks import fresh
from config.demo import table

NAMES = (
    "ingest",
    "oneid",
    "splink",
    "candidates",
    "rfm",
    "tags",
    "campaign",
    "ledger",
    "customer360",
    "offers",
    "simulator",
    "till",
)
HEAD = ("what", "ours", "limit's own measure", "ratio", "limit", "ok")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; all if none")
    parser.add_argument("--scale", type=float, default=0.01, help="share of the full size (default 0.01)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    rows, failed = [], False
    for name in options.names or NAMES:
        measures, ended = _measure(name=name, scale=options.scale)
        failed |= not ended or not all(measure["ok"] for measure in measures)
        rows += [_row(measure) for measure in measures]
    print(f"scale {options.scale:g}")
    print(table.text(head=HEAD, rows=rows))
    return 1 if failed else 0


def _measure(*, name: str, scale: float) -> tuple[list[dict], bool]:
    """What was measured, told as it comes, and whether it came to its end."""
    print(f"{name}…", file=sys.stderr, flush=True)
    measures = []
    with fresh.database(name=name) as url:
        work = [sys.executable, "-m", "benchmarks.one", name, str(scale)]
        with subprocess.Popen(work, env=fresh.environ(url), stdout=subprocess.PIPE, text=True) as started:
            for line in started.stdout:
                measures.append(json.loads(line))
                told = filter(None, map(str, _row(measures[-1])[:-1]))
                print("  " + " · ".join(told), file=sys.stderr, flush=True)
    if started.returncode:
        print(f"{name} failed, see above.", file=sys.stderr)
    return measures, not started.returncode


def _row(measure: dict) -> tuple:
    ratio, unit = measure["ratio"], measure["unit"]
    sign = "≤" if measure["at_most"] else "≥"
    limit = measure["limit"]
    return (
        measure["what"],
        f"{_number(measure['ours'])} {unit}",
        f"{_number(measure['yardstick'])} {unit}" if measure["yardstick"] else "",
        f"{ratio:.2f} ×" if ratio else "",
        f"{sign} {limit:g} {'×' if ratio else unit}" if limit is not None else "",
        measure["ok"],
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
