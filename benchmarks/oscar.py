"""django-oscar in an environment of its own under var/, made when it is first asked for. It is no dependency of the project."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.offers_alike import Case
from config import environment

VERSION = "4.2.1"
SCRIPT = Path(__file__).with_name("oscar_applicator.py")


class Missing(Exception):
    """It could not be installed."""


def applied(cases: Sequence[Case]) -> list[tuple[int, float, bool]]:
    """Of each case the discount in fen, seconds of processor time, and whether a piece was used twice. Raises Missing."""
    done = subprocess.run(
        [_python(), "-I", SCRIPT], input=json.dumps(cases), stdout=subprocess.PIPE, text=True, check=True
    )
    return [tuple(answer) for answer in json.loads(done.stdout)]


def _python() -> Path:
    folder = Path(os.environ.get("NINEFOLD_VAR", environment.BASE_DIR / "var")) / f"oscar-{VERSION}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        print(f"installing django-oscar {VERSION} into {folder}…", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "--quiet", f"django-oscar=={VERSION}"]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            raise Missing(f"django-oscar {VERSION} could not be installed, see above.")
        ready.touch()
    return python
