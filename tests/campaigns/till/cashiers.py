"""A reference till for tests, on a real line to a live server, or on one that loses what it is told to."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

from campaigns.till.house import Answer, House, Unreachable
from campaigns.till.journal import Journal
from campaigns.till.register import Register
from campaigns.till.terminal import Terminal


class Killed(BaseException):
    """The till's process ends here: nothing catches it."""


class Line(House):
    """``before`` and ``after`` are called with each request, and may raise."""

    before: Callable[[str, str], None] = staticmethod(lambda method, path: None)
    after: Callable[[str, str], None] = staticmethod(lambda method, path: None)

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        self.before(method, path)
        answer = super().ask(method, path, body)
        self.after(method, path)
        return answer


def cut(verb: str, times: int = 9) -> Callable[[str, str], None]:
    """The answer to this verb is lost, so often."""
    left = [times]

    def lose(_method: str, path: str) -> None:
        if path.endswith(verb) and left[0]:
            left[0] -= 1
            raise Unreachable("the line was cut")

    return lose


def killed(verb: str) -> Callable[[str, str], None]:
    def end(_method: str, path: str) -> None:
        if path.endswith(verb):
            raise Killed

    return end


class Cashier:
    """``types`` words, and reads what the terminal says to them."""

    def __init__(
        self, *, url: str, key: str, journal: Path, clock: Callable[[], dt.datetime], **more
    ) -> None:
        self.line = Line(url=url, key=key, seconds=20)
        self.journal, self.out = Journal(journal), io.StringIO()
        self.register = Register(
            house=self.line, journal=self.journal, store="s1", currency="CNY", clock=clock, **more
        )
        self.terminal = Terminal(register=self.register, out=self.out)

    @property
    def number(self) -> str:
        return self.register.sale.number

    def types(self, *lines: str) -> str:
        self.out.seek(0)
        self.out.truncate()
        for line in lines:
            self.terminal.obey(line)
        return self.out.getvalue()

    def goes(self) -> None:
        """Home, or down: its file can be opened by another."""
        self.journal.close()
