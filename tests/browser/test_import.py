"""A shop manager brings a list of customers, looks at what would happen, has it read and takes it back."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from identity.actions import due
from members.models import Member
from tests.identity import company
from tests.identity.imported import customers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nodes(tmp_path, settings):
    settings.VAR = tmp_path
    return company.build()


def work():
    """What the worker does with what was asked for."""
    assert due.work(clock=timezone.now, minutes=5) == 1


@pytest.mark.requirement("IDN-008")
def test_a_list_is_brought_tried_read_and_taken_back(page, log_in, nodes):
    log_in(superuser=True)
    page.goto("/admin/identity/fileimport/add/")
    page.set_input_files(
        "#file", {"name": "客户.csv", "mimeType": "text/csv", "buffer": customers().encode("gb18030")}
    )
    page.get_by_role("button", name="Look at it").click()

    expect(page.locator("#columns")).to_contain_text("*******0000")
    expect(page.locator("#column-0")).to_have_value("identifiers.phone")
    expect(page.locator("#column-1")).to_have_value("profile.name")
    page.select_option("#channel", label="pos")
    page.get_by_role("button", name="Keep and look again").click()
    expect(page.locator("#understood")).to_contain_text("taken in")

    page.get_by_role("button", name="Keep and try every row").click()
    expect(page.locator("[data-test=state]")).to_have_text("being tried")
    work()
    expect(page.locator("[data-test=state]")).to_have_text("tried")
    for name, count in (("new", "92"), ("merged", "5"), ("updated", "0"), ("rejected", "3")):
        expect(page.locator(f"[data-test={name}] dd")).to_have_text(count)
    expect(page.locator("#problems")).to_contain_text("This is not a telephone number.")
    assert not Member.objects.exists()

    page.get_by_role("button", name="Read it into the pool").click()
    expect(page.locator("[data-test=state]")).to_have_text("waiting for the worker")
    work()
    expect(page.locator("[data-test=state]")).to_have_text("read")
    assert Member.objects.active().count() == 92

    page.get_by_role("link", name="Undo this import").click()
    expect(page.locator("[data-test=records] dd")).to_contain_text("92")
    page.fill("#reason", "the wrong list")
    page.get_by_role("button", name="Undo the import").click()
    expect(page.locator("[data-test=state]")).to_have_text("being undone")
    work()
    expect(page.locator("[data-test=state]")).to_have_text("undone")
    assert not Member.objects.active().exists()
