"""python -m benchmarks.realdata [--data FOLDER] [NAME…]

Reads public data sets into a fresh database each and prints our answers beside the reference's. The data sets
are not part of the project: their place is --data, else the environment variable NINEFOLD_DATA. Ends with 1 if
an answer differs.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import fresh
from config.demo import table

FOLDERS = {
    "cdnow": "cdnow",
    "complete_journey": "complete_journey_dev_half",
    "groceries": "groceries",
    "olist": "olist_sample",
    "febrl": "febrl",
    "fake_1000": "splink_fake_1000",
    "hard_cn": "hard_cn",
    "febrl1_queue": "febrl",
    "febrl3_queue": "febrl",
    "rldata_queue": "rldata",
    "fake_1000_queue": "splink_fake_1000",
    "hard_cn_queue": "hard_cn",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(FOLDERS)}; all if none")
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NINEFOLD_DATA"), help="folder of data sets"
    )
    options = parser.parse_args()
    if unknown := set(options.names) - FOLDERS.keys():
        parser.error(f"no such data set: {', '.join(sorted(unknown))}; there are {', '.join(FOLDERS)}")
    if options.data is None:
        print("Skipped: give the folder of the data sets by --data or NINEFOLD_DATA.")
        return 0
    outcomes = [compare(name=name, data=Path(options.data)) for name in options.names or FOLDERS]
    return 0 if all(outcomes) else 1


def compare(*, name: str, data: Path) -> bool:
    """Print one data set's table; True if every answer agrees or the data set is not there."""
    folder = data.resolve() / FOLDERS[name]
    if not folder.is_dir():
        print(f"\n{name}: skipped, {folder} is not there.")
        return True
    answer = _run(name=name, folder=folder)
    if answer is None:
        print(f"\n{name}: FAILED, see above.")
        return False
    rate = answer["records"] / answer["seconds"]
    print(f"\n{name}: {answer['records']:,} records in {answer['seconds']:.1f} s ({rate:,.0f}/s)")
    rows = [_row(check) for check in answer["checks"]]
    print(table.text(head=("what", "ours", "reference", "ok"), rows=rows), flush=True)
    return all(check["ok"] for check in answer["checks"])


def _row(check: dict) -> tuple:
    known = "" if check["reference"] is None else check["reference"]
    return check["what"], check["ours"], known, check["ok"]


def _run(*, name: str, folder: Path) -> dict | None:
    with fresh.database(name=name) as url:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.realdata.one", name, str(folder)],
            env=fresh.environ(url),
            stdout=subprocess.PIPE,
            check=False,
        )
    return json.loads(done.stdout) if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
