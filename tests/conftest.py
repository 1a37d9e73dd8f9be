import os
import shutil
import socket
from collections.abc import Iterator

import pytest

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True, scope="session")
def _no_sockets_beyond_this_machine() -> Iterator[None]:
    """Tests talk to the database and to servers that they start themselves, to nobody else."""
    connect = socket.socket.connect

    def connect_nearby(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise RuntimeError(f"A test tried to connect to {address[0]}; tests stay on this machine.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_nearby)
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of an installed Chromium; without one browser tests are skipped, except where that is forbidden."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found:
        return found
    if os.environ.get("NINEFOLD_REQUIRE_BROWSER") == "1":
        pytest.fail("NINEFOLD_REQUIRE_BROWSER=1, but there is no Chromium: apt-get install chromium")
    pytest.skip("no Chromium on this machine: apt-get install chromium")
