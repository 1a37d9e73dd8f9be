"""Work in a child process that kills itself before its n-th statement, as a machine does that loses its power."""

import itertools
import os
import signal
import traceback
from collections.abc import Callable

import psycopg
from django.db import connection, connections

WAYS = {
    psycopg.Cursor: ("execute", "executemany", "copy"),
    psycopg.Pipeline: ("__exit__",),
    psycopg.Connection: ("commit",),
}


def killed_before(number: int, work: Callable[[], object]) -> bool:
    """Run ``work`` in a copy of this process, kill -9 before the statement of that number (a commit is one too);
    False: it had fewer, and has done all of it."""
    connections.close_all()
    child = os.fork()
    if not child:
        _live(number, work)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed, see what it printed"
    return False


def _live(number, work):
    try:
        connection.ensure_connection()
        _count_down(number)
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _count_down(number):
    """Every way to the server, whoever makes the cursor: a pipeline's statements are sent when it ends."""
    sent = itertools.count(1)

    def counted(original):
        def call(self, *args, **kwargs):
            if next(sent) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(self, *args, **kwargs)

        return call

    for place, names in WAYS.items():
        for name in names:
            setattr(place, name, counted(getattr(place, name)))
