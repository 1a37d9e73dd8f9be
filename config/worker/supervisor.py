"""Keeps programs running: starts each in a process group of its own, starts it again when it ended or froze."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger(__name__)

GRACE = 15.0
LONGEST_REST = 30.0
STABLE = 60.0
PR_SET_PDEATHSIG = 1


@dataclass
class Program:
    """A command that should always run. `silence` tells for how many seconds it has shown no sign of life."""

    name: str
    command: list[str]
    silence: Callable[[], float] | None = None
    patience: float = 0.0
    process: subprocess.Popen | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    def look_after(self) -> None:
        if self.process is None:
            if time.monotonic() >= self.due:
                self.start()
        elif self.process.poll() is not None:
            self._restart(reason="ended", status=self.process.returncode)
        elif self._frozen():
            self._restart(reason="frozen")

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            self.command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_end_with_parent
        )
        log.info("program.started", program=self.name, pid=self.process.pid)

    def _frozen(self) -> bool:
        if self.silence is None or time.monotonic() - self.started < self.patience:
            return False
        return self.silence() > self.patience

    def _restart(self, **why: object) -> None:
        log.error("program.restarts", program=self.name, **why)
        self.kill()
        self.failures = 0 if time.monotonic() - self.started > STABLE else self.failures + 1
        self.due = time.monotonic() + min(2.0**self.failures - 1, LONGEST_REST)

    def ask(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """Ends the whole group: what a killed leader left behind goes too."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


@dataclass
class Supervisor:
    programs: list[Program]
    check: Callable[[], None] = lambda: None
    ending: bool = field(default=False, init=False)

    def run(self) -> None:
        """Until SIGTERM or SIGINT; an exception of `check` ends the programs, too."""
        for order in (signal.SIGTERM, signal.SIGINT):
            signal.signal(order, self._end)
        try:
            while not self.ending:
                self.check()
                for program in self.programs:
                    program.look_after()
                time.sleep(0.5)
        finally:
            self.end()

    def _end(self, *_signal: object) -> None:
        self.ending = True

    def end(self) -> None:
        for program in self.programs:
            program.ask()
        until = (
            time.monotonic() + GRACE
        )  # of all together: whoever stops the worker waits no longer than that
        for program in self.programs:
            if program.process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.process.wait(timeout=max(0.0, until - time.monotonic()))
            program.kill()


def manage(*words: str) -> list[str]:
    """The command line of one of our own commands."""
    return [sys.executable, "manage.py", *words]


def _end_with_parent() -> None:
    """Linux tells a program when its supervisor was killed, so that none goes on unwatched."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
