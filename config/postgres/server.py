"""Starts, finds and ends the embedded server."""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg

from config.postgres import place as places
from config.postgres import processes, tuning
from config.postgres.place import Place, ServerError
from config.postgres.processes import Postmaster

NAME = "ninefold"
PATIENCE = 60.0
LOG_LIMIT = 10 * 1024 * 1024


def ensure(folder: Path) -> str:
    """URL of the server whose home is this folder, started when it does not run."""
    place = places.find(folder)
    if url := _answering(place):
        return url
    with _locked(place):
        if url := _answering(place):
            return url
        _create(place)
        _start(place)
        _create_database(place)
        if url := _answering(place):
            return url
    raise ServerError(f"The embedded server started but does not answer. {_last_words(place)}")


def stop(folder: Path) -> bool:
    """Ends the server; True if one was running."""
    place = places.find(folder)
    with _locked(place):
        ran = bool(processes.serving(place.data))
        processes.end(place.data, patience=PATIENCE / 3)
        if processes.serving(place.data):
            raise ServerError(
                f"The embedded server in {place.data} does not end; kill its processes by hand."
            )
        shutil.rmtree(place.socket, ignore_errors=True)
        return ran


def status(folder: Path) -> str | None:
    """URL of the running server, or None."""
    return _answering(places.find(folder))


@contextlib.contextmanager
def _locked(place: Place) -> Iterator[None]:
    with place.lock.open("a") as file:
        place.own(place.lock)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _answering(place: Place) -> str | None:
    postmaster = Postmaster.of(place.data)
    if postmaster is None or postmaster.socket is None or not place.password.exists():
        return None
    url = _url(place, postmaster, database=NAME)
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            where = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return None
    return url if where and Path(where[0]) == place.data else None


def _url(place: Place, postmaster: Postmaster, *, database: str) -> str:
    return f"postgres://{NAME}:{place.password.read_text()}@/{database}?host={postmaster.socket}"


def _create(place: Place) -> None:
    """A data folder, complete or not at all."""
    if (place.data / "PG_VERSION").exists():
        return
    draft = place.home / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    place.own(draft)
    place.write(place.password, secrets.token_hex(24))
    made = place.run(
        place.programs / "initdb",
        *("--pgdata", draft, "--username", NAME, "--pwfile", place.password, "--auth", "scram-sha-256"),
        *(
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
        ),
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise ServerError(f"initdb could not make {place.data}: {made.stderr.strip()}")
    draft.rename(place.data)


def _start(place: Place) -> None:
    if _alive(place):
        if processes.wait(lambda: bool(_reachable(place)), seconds=PATIENCE):
            return
        raise ServerError(
            f"The embedded server in {place.data} runs but does not answer: `make stop`, then try again."
        )
    _clear_remains(place)
    place.write(place.data / "postgresql.conf", tuning.configuration(socket=_socket(place)))
    with _log(place) as log:
        started = place.run(
            place.programs / "pg_ctl",
            *("start", "--wait", "--timeout", f"{PATIENCE:.0f}"),
            stdout=log,
            stderr=log,
        )
    if started.returncode:
        raise ServerError(f"The embedded server does not start. {_last_words(place)}")


def _alive(place: Place) -> bool:
    postmaster = Postmaster.of(place.data)
    return postmaster is not None and processes.is_serving(postmaster.pid, place.data)


def _reachable(place: Place) -> bool:
    postmaster = Postmaster.of(place.data)
    if postmaster is None or postmaster.socket is None:
        return False
    try:
        psycopg.connect(_url(place, postmaster, database="postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _clear_remains(place: Place) -> None:
    """After a kill -9 its orphans end by themselves. Then its pid files go: their pid may be another's by now."""
    if not processes.wait(lambda: not processes.serving(place.data), seconds=PATIENCE):
        raise ServerError(
            f"Remains of a killed server still work in {place.data}: `make stop`, then try again."
        )
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    shutil.rmtree(place.socket, ignore_errors=True)


def _socket(place: Place) -> Path:
    """A private folder with a short path; whatever another user left under that name is not trusted."""
    socket = place.socket
    with contextlib.suppress(FileExistsError):
        socket.mkdir(mode=0o700)
        place.own(socket)
    found = socket.lstat()
    if not socket.is_dir() or socket.is_symlink() or found.st_uid != place.user or found.st_mode & 0o077:
        raise ServerError(
            f"{socket} should be a folder of the server's user alone: remove it, then try again."
        )
    return socket


@contextlib.contextmanager
def _log(place: Place) -> Iterator[int]:
    fresh = place.log.exists() and place.log.stat().st_size > LOG_LIMIT
    file = os.open(place.log, os.O_CREAT | os.O_WRONLY | (os.O_TRUNC if fresh else os.O_APPEND), 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _last_words(place: Place) -> str:
    lines = place.log.read_text(errors="replace").splitlines()[-5:] if place.log.exists() else []
    return f"The end of {place.log}: " + " / ".join(lines)


def _create_database(place: Place) -> None:
    postmaster = Postmaster.of(place.data)
    if postmaster is None or postmaster.socket is None:
        raise ServerError(f"The embedded server ended right after its start. {_last_words(place)}")
    url = _url(place, postmaster, database="postgres")
    with (
        psycopg.connect(url, autocommit=True) as server,
        contextlib.suppress(psycopg.errors.DuplicateDatabase),
    ):
        server.execute(f"CREATE DATABASE {NAME}")
