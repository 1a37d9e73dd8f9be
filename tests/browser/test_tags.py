"""A marketer drafts a tag in the tree, a second one approves it, and the first changes its rule."""

import os
from unittest import mock

import pytest
from playwright.sync_api import Page, expect

from config import roles
from tags import library
from tags.actions import definitions
from tags.models import Tag
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
SAYS = {
    "name": "Big spenders", "code": "big_spenders", "definition": "Paid 5,000 or more in a year.",
    "purpose": "Know whom to invite.", "consumer": "Store managers, in audiences.",
    "expected_action": "Invite them to previews.", "direction": "Keep the best.", "benefit": "They stay.",
    "owner": "CRM team",
}  # fmt: skip


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("NINEFOLD_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def _few(group) -> None:
    """Two of the first tags, in their tree."""
    wanted = [each for each in library.DEFINITIONS if each.code in ("gender", "rfm")]
    with mock.patch.object(library, "DEFINITIONS", wanted):
        definitions.install(organization=group, now=factories.NOW)


def test_a_tag_from_the_tree_to_its_second_version(page: Page, log_in):
    roles.create()
    nodes = factories.tree()
    _few(nodes["g"])
    log_in(organization=nodes["g"], role="marketer")
    page.goto("/admin/tags/tag/tree/")
    expect(page.locator("[data-category=crowd] [data-tag=gender]")).to_be_visible()
    shoot(page, "tree")
    page.locator("[data-category=transaction] > header").get_by_role("link", name="add a tag").click()
    for name, text in SAYS.items():
        page.fill(f"[name={name}]", text)
    expect(page.locator("[data-found=model]")).to_be_hidden()
    page.fill("[name=values-0-code]", "yes")
    page.fill("[name=values-0-name]", "Yes")
    shoot(page, "tag_new")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("A draft. You wrote it: another person has to approve it.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    shoot(page, "tag_draft")
    tag = Tag.objects.get(code="big_spenders")
    assert tag.category.code == "transaction"

    page.context.clear_cookies()
    log_in(organization=nodes["g"], role="marketer")
    page.goto(f"/admin/tags/tag/{tag.pk}/change/")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("It is approved.")).to_be_visible()
    page.get_by_role("link", name="Change", exact=True).click()
    page.fill("[name=values-0-name]", "Indeed")
    page.get_by_role("button", name="Save as the next version").click()
    expect(page.get_by_text("it is not said why the rules change")).to_be_visible()
    page.fill("[name=note]", "A better word.")
    page.get_by_role("button", name="Save as the next version").click()
    expect(page.locator("[data-version='2']")).to_contain_text("A better word.")
    shoot(page, "tag_changed")
    page.goto(f"/admin/tags/tag/{Tag.objects.get(code='rfm').pk}/change/")
    expect(page.locator("[data-signal=orders]")).to_be_visible()
    shoot(page, "tag_rfm")
    page.goto("/admin/tags/tag/?category=crowd")
    shoot(page, "tags")
