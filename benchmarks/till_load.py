"""The web server as it is in production, and 8 tills at it."""

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks import fresh, till_asked
from benchmarks.till_house import House
from config import environment

CLIENTS, SECONDS, PATIENCE = 8, 10, 120
SALES = 150  # that each till sells again and again
RATE = "100000/min"  # of the key: what tills ask for is not held back


class Load(NamedTuple):
    """Of one verb: milliseconds of each request of all tills, and how many there were a second."""

    spent: list[float]
    rate: float

    @property
    def median(self) -> float:
        return statistics.median(self.spent)

    def of_100(self, share: int) -> float:
        return statistics.quantiles(self.spent, n=100, method="inclusive")[share - 1]


@contextlib.contextmanager
def server() -> Iterator[tuple[str, int]]:
    """gunicorn by the house's own settings (2 workers), in the database of this process; where it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--max-requests", "0"]
    served = subprocess.Popen(
        [*command, "--bind", f"{address[0]}:{address[1]}", "--log-level", "warning"],
        cwd=environment.BASE_DIR, env=fresh.environ(os.environ["DATABASE_URL"]) | {"API_RATE_KEY": RATE},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(address)
        yield address
    finally:
        served.terminate()
        served.wait(timeout=PATIENCE)


def _await(address: tuple[str, int]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"http://{address[0]}:{address[1]}/healthz", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def measured(
    *, address: tuple[str, int], house: House, mix: dict[str, int], seconds: float = SECONDS
) -> dict[str, Load]:
    """What 8 tills measured, by verb."""
    tills = [_till(address, house, number, mix, seconds) for number in range(CLIENTS)]
    for till in tills:
        if till.stdout.readline().strip() != "ready":
            raise RuntimeError("a till failed, see above")
    for till in tills:
        till.stdin.write("go\n")
        till.stdin.flush()
    told = [json.loads(till.communicate(timeout=PATIENCE)[0] or "null") for till in tills]
    if None in told:
        raise RuntimeError("a till failed, see above")
    return {verb: _load([each[verb] for each in told], seconds) for verb in mix}


def _load(spent: Sequence[list[float]], seconds: float) -> Load:
    every = [each for of_till in spent for each in of_till]
    return Load(every, len(every) / seconds)


def _till(
    address: tuple[str, int], house: House, number: int, mix: dict[str, int], seconds: float
) -> subprocess.Popen:
    """No two tills have a customer in common."""
    till = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.till_client"],
        cwd=environment.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    sales = [
        till_asked.sale(oneids=house.oneids, till=(number, CLIENTS), number=each) for each in range(SALES)
    ]
    told = {
        "address": address, "secret": house.secret, "name": f"till-{number}", "mix": mix, "seconds": seconds,
        "sales": [{**each._asdict(), "coupons": each.coupons or None} for each in sales],
    }  # fmt: skip
    till.stdin.write(json.dumps(told) + "\n")
    till.stdin.flush()
    return till
