"""A reference till for the terminal: python -m campaigns.till --url http://127.0.0.1:8000 --key …"""

import argparse
import datetime as dt
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from campaigns.till.house import House
from campaigns.till.journal import InUse, Journal
from campaigns.till.register import Register
from campaigns.till.terminal import Terminal

KEY = "TILL_API_KEY"


def main(words: Sequence[str] | None = None) -> int:
    """0, or 2 if it cannot begin."""
    given = _asked(words)
    key = given.key or os.environ.get(KEY, "")
    try:
        if not key:
            raise ValueError(
                f"without a key the house tells nothing: give --key, or {KEY} in the environment"
            )
        house = House(url=given.url, key=key, language=given.language)
        journal = Journal(given.journal or Path.home() / ".ninefold" / f"till-{given.name}.jsonl")
    except (ValueError, InUse, OSError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    register = Register(
        house=house, journal=journal, store=given.store, currency=given.currency, name=given.name,
        clock=lambda: dt.datetime.now(dt.UTC).astimezone(), cashier=given.cashier, language=given.language,
    )  # fmt: skip
    terminal = Terminal(register=register, out=sys.stdout)
    terminal.say(f"{given.store} at {house.url} — `help` lists the words")
    terminal.run(_typed(prompted=sys.stdin.isatty()))
    journal.close()
    return 0


def _typed(*, prompted: bool) -> Iterator[str]:
    while True:
        try:
            if prompted:
                yield input("till> ")
            else:
                line = sys.stdin.readline()
                if not line:
                    return
                sys.stdout.write(f"till> {line.rstrip()}\n")
                yield line
        except (EOFError, KeyboardInterrupt):
            return


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m campaigns.till", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the house")
    parser.add_argument(
        "--key", help=f"an API key with the scopes query and value; else {KEY} of the environment"
    )
    parser.add_argument("--store", required=True, help="code of the store, at the key's node or below it")
    parser.add_argument("--name", default="T1", help="of this till: numbers of its sales begin with it")
    parser.add_argument("--currency", default="CNY")
    parser.add_argument("--cashier", default="")
    parser.add_argument("--language", default="en", choices=("en", "zh-hans", "es"))
    parser.add_argument("--journal", type=Path, help="where the till writes down what it must not forget")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
