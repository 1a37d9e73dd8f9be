from collections.abc import Iterator

import pytest
from django.db import connection, connections
from playwright.sync_api import Page, expect, sync_playwright

from tests import factories

expect.set_options(timeout=60_000)
PASSWORD = "nine steps up the hill"


@pytest.fixture
def page(chromium: str, live_server, monkeypatch) -> Iterator[Page]:
    """A tab that fails its test when a script breaks or anything beyond this machine is asked for."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's own thread
    monkeypatch.setitem(
        connection.settings_dict, "CONN_MAX_AGE", 0
    )  # the server's threads keep no session open
    broken: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1440, "height": 900}, base_url=live_server.url)
        tab.set_default_timeout(60_000)
        tab.on("pageerror", lambda error: broken.append(f"script: {error}"))
        tab.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
        tab.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((live_server.url, "data:"))
                else broken.append(f"asked for {asked.url}")
            ),
        )
        yield tab
        tab.wait_for_load_state("networkidle")
        browser.close()
        connections.close_all()  # within Playwright's loop Django opens a connection of its own
    assert not broken


@pytest.fixture
def log_in(page: Page):
    """Logs a member of staff in through the form."""

    def log_in(**who) -> None:
        user = factories.staff(**who)
        user.set_password(PASSWORD)
        user.save()
        page.goto("/admin/login/")
        page.fill("[name=username]", user.username)
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url("**/admin/")

    return log_in
