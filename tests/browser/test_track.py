"""The tracking snippet in a real browser: pages of a customer's site, the live server as the house behind it."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Page

from identity.models import TrackingKey
from members.models import Event, Member
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
BODY = """<!doctype html><title>Tea</title><h1>Tea</h1>
<form data-nf-form="trial" action="/thanks"><input name="mail" data-nf-id="email"><button>Send</button></form>
<script defer src="{house}/static/ninefold/track.js" data-key="{key}" {more}></script>"""
POLICY = "default-src 'none'; script-src {house}; connect-src {house}; form-action 'self'"


class Site(ThreadingHTTPServer):
    """A customer's own site, of another origin than the house: one page under every address."""

    html = policy = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(self.server.html.encode())

    def log_message(self, *_said):
        pass


@pytest.fixture
def site():
    with Site(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def key(db, site):
    tree = factories.tree()
    channel = factories.channel(organization=tree["b1"], code="site", kind="website")
    return TrackingKey.objects.create(channel=channel, origins=[site.origin], forms_join=True)


@pytest.fixture
def visit(page: Page, live_server, site, key):
    """Opens the site in a browser of its own, under a strict policy: ``visit("/tea?gclid=1", more=…)``."""
    opened: list[BrowserContext] = []

    def visit(path: str, *, more: str = 'data-consent="given"', script: str = "") -> Page:
        context = page.context.browser.new_context()
        opened.append(context)
        if script:
            context.add_init_script(script)
        site.html = BODY.format(house=live_server.url, key=key.key, more=more)
        site.policy = POLICY.format(house=live_server.url)
        tab = context.new_page()
        tab.goto(site.origin + path)
        return tab

    yield visit
    for context in opened:
        context.close()


def arrived(count: int, *, within: float = 60.0) -> list[Event]:
    until = time.monotonic() + within
    while Event.objects.count() < count and time.monotonic() < until:
        time.sleep(0.1)
    return list(Event.objects.order_by("occurred_at", "id"))


def test_a_page_view_arrives_with_the_parameters_of_the_click(visit, site):
    visit("/tea?utm_source=douyin&clickid=c-77&name=Li")
    [seen] = arrived(1)
    assert (seen.name, seen.channel.code) == ("page_view", "site")
    assert seen.properties["attribution"] == {"utm_source": "douyin", "clickid": "c-77"}
    assert (seen.properties["url"], seen.properties["title"]) == (f"{site.origin}/tea", "Tea")


def test_one_visitor_over_pages_and_a_form_that_says_who_he_is(visit, site):
    tab = visit("/tea")
    tab.evaluate("ninefold('track', 'add_to_cart', {sku: 'S1', quantity: 2})")
    tab.goto(f"{site.origin}/cart")
    tab.fill("[data-nf-id]", "Li.Lei@example.com")
    tab.click("button")
    tab.wait_for_url("**/thanks*")
    seen = arrived(5)
    assert sorted(each.name for each in seen) == ["add_to_cart", "form_submit", *["page_view"] * 3]
    assert Member.objects.active().count() == 1
    form = next(each for each in seen if each.name == "form_submit")
    assert "example.com" not in str(form.properties)
    [cookie] = [each for each in tab.context.cookies() if each["name"] == "nf_id"]
    assert cookie["domain"] == "127.0.0.1"


def test_without_consent_there_is_no_cookie_and_no_request(visit):
    tab = visit("/tea", more="")
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.evaluate("ninefold('track', 'share')")
    tab.wait_for_timeout(2000)
    assert (tab.context.cookies(), [url for url in asked if "/api/" in url]) == ([], [])

    tab.evaluate("ninefold('consent', true)")
    assert [each.name for each in arrived(1)] == ["page_view"]

    tab.evaluate("ninefold('consent', false)")
    assert [each["name"] for each in tab.context.cookies()] == ["nf_ok"]


def test_do_not_track_is_respected(visit):
    tab = visit("/tea", script="Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})")
    tab.wait_for_timeout(2500)
    assert tab.context.cookies() == []
    assert not Event.objects.exists()
