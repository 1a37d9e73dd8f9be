"""Who writes the batches of a file: this process alone, or two others side by side.

A process spends half of its time on Python and half on waiting for the database. One that writes alone leaves a
processor idle; threads would wait for each other's Python.
"""

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor, wait
from functools import partial
from multiprocessing.connection import wait as wait_for

import django
from django.db import connection

from identity.actions import parting

SHARES = (1, 1)
START = "fork" if sys.platform == "linux" else "spawn"  # a forked writer shares the memory of what is loaded


class Alone:
    """Writes every batch in this process and over its connection."""

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def begin(self, items, write):
        """A function that gives the verdicts of `items`. `write(items, part, parts)` takes them in, or gives None if
        another part was in the way; with `again=True` it waits for its turn."""
        given = write(items, 0, 1)
        return lambda: given


class SideBySide:
    """Writes the parts of a batch in processes of their own. They start with the second batch: most files are short."""

    def __init__(self):
        self._pool = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._pool:
            self._pool.shutdown()

    def begin(self, items, write):
        """As of Alone, but the batch is only under way; the function waits for it."""
        if self._pool is None:
            self._pool = _processes()
            return Alone().begin(items, write)
        parts = parting.part(items, SHARES)
        writing = [
            self._pool.submit(write, [items[i] for i in places], part, len(parts))
            for part, places in enumerate(parts)
        ]
        return partial(self._gathered, items, write, parts, writing)

    def _gathered(self, items, write, parts, writing):
        """The verdicts in the order of the items. A part that another one was in the way of is written after it."""
        wait(writing)
        given = [None] * len(items)
        for part, (places, written) in enumerate(zip(parts, writing, strict=True)):
            found = written.result()
            if found is None:
                again = partial(write, [items[i] for i in places], part, len(parts), again=True)
                found = self._pool.submit(again).result()
            for place, verdict in zip(places, found, strict=True):
                given[place] = verdict
        return given


def _processes():
    connection.close()  # a forked process would share it
    pool = ProcessPoolExecutor(
        len(SHARES),
        mp_context=multiprocessing.get_context(START),
        initializer=_set_up,
        initargs=(connection.settings_dict["NAME"],),
    )
    with warnings.catch_warnings():  # from 3.12 on, of the idle threads that numpy keeps
        warnings.simplefilter("ignore", DeprecationWarning)
        pool.submit(int).result()  # starts them now, before the connection is opened again
    return pool


def _set_up(database):
    """A writer leaves an interrupt to the process that started it, and ends with it however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()
    connection.settings_dict["NAME"] = database


def _end_with_parent():
    wait_for([multiprocessing.parent_process().sentinel])
    os._exit(1)
