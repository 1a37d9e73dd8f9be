import re
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from config import roles
from config.admin import sidebar
from config.unfold import STEPS
from members.admin.base import ScopedAdmin
from tests import factories

pytestmark = pytest.mark.django_db
NINE = [
    "Build the pool", "Gather traffic", "Know the customer", "Keep loyalty", "Connect touchpoints", "Form groups",
    "Create campaigns", "Run by itself", "Monitor everything",
]  # fmt: skip


@pytest.fixture
def tree():
    return factories.tree()


def links(page):
    """Where the sidebar and the page itself lead."""
    found = set(re.findall(r'href="(/admin/[^"#]*)"', page.content.decode()))
    return {link.replace("&amp;", "&") for link in found if "logout" not in link and "password" not in link}


@pytest.mark.requirement("PLT-012")
def test_nine_steps_lead_to_working_pages(client, tree):
    client.force_login(factories.staff(superuser=True))

    assert [str(step["title"]).split(" · ")[1] for step in STEPS[:9]] == NINE
    for step in STEPS:
        assert step["items"]
        for item in step["items"]:
            assert client.get(str(item["link"])).status_code == 200, item["link"]


@pytest.mark.parametrize("role", roles.ROLES)
def test_no_role_meets_a_dead_link(client, tree, role):
    roles.create()
    client.force_login(factories.staff(organization=tree["g"], role=role))
    front = client.get(reverse("admin:index"))
    offered = links(front)

    assert front.status_code == 200
    assert len(offered) > 5
    for link in offered:
        assert client.get(link).status_code == 200, link


def test_roles_are_made_twice_without_a_change():
    call_command("create_roles", verbosity=0)
    first = {group.name: set(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()}
    Group.objects.get(name="analyst").permissions.clear()
    call_command("create_roles", verbosity=0)

    again = {group.name: set(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()}
    assert again == first
    assert set(first) == {"steward", "marketer", "store manager", "analyst", "auditor", "administrator"}
    assert all(first.values())


def test_only_roles_that_serve_customers_may_be_shown_personal_data():
    allowed = {
        role for role, permissions in roles.ROLES.items() if "members.view_personal_data" in permissions
    }

    assert allowed == {"steward", "store manager"}


def test_staff_without_an_organization_are_told_so_and_see_no_row(client, tree):
    factories.account(channel=factories.channel(organization=tree["g"]))
    roles.create()
    client.force_login(factories.staff(role="steward"))

    assert "not assigned to an organization" in client.get(reverse("admin:index")).content.decode()
    for model in ("member", "account", "membership", "organization", "channel"):
        assert not client.get(reverse(f"admin:members_{model}_changelist")).context["cl"].queryset


def test_every_page_of_our_models_denies_by_default():
    ours = {"members", "identity", "tags", "campaigns"}
    pages = [page for model, page in admin.site._registry.items() if model._meta.app_label in ours]

    assert len(pages) > 20
    assert all(isinstance(page, ScopedAdmin) for page in pages)


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/admin/tags/tag/tree/", "Tree of tags"),
        ("/admin/tags/tag/", "Tags"),
        ("/admin/tags/tag/add/", "Tags"),
    ],
)
def test_the_sidebar_marks_one_line_that_of_the_page(rf, address, title):
    request = rf.get(address)
    request.user = factories.staff(superuser=True)
    lines = [line for step in sidebar.steps(request) for line in step["items"]]
    assert [line["title"] for line in lines if line["active"]] == [title]


def test_the_sidebar_counts_what_waits(client, monkeypatch):
    monkeypatch.setitem(sidebar.COUNTERS, "quarantine", lambda request: 7)
    client.force_login(factories.staff(superuser=True))

    shown = client.get(reverse("admin:jobs")).content.decode()

    assert re.search(r"Quarantine</span>\s*<span[^>]*>\s*7\s*</span>", shown)


def test_login_page_offers_no_way_in_and_counts_failures(client):
    page = client.get(reverse("admin:login"))

    assert "Ninefold" in page.content.decode()
    assert client.get(reverse("admin:index")).status_code == 302


def test_the_guide_for_staff_describes_every_role():
    guide = (settings.BASE_DIR / "docs/admin.md").read_text(encoding="utf-8")

    described = re.findall(r"^\| ([a-z ]+) \| (?!sees)", guide.split("## Roles")[1], flags=re.MULTILINE)
    assert described == list(roles.ROLES)


HOSTILE = ("\x00", "9" * 40, "-1", "²", "' OR 1=1 --", "%", "💥")


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_addresses_break_no_page(client, tree, value):
    account = factories.account(channel=factories.channel(organization=tree["g"]))
    client.force_login(factories.staff(superuser=True))
    lists = {
        "members_member": ("q", "p", "organization"),
        "members_order": ("q", "channel", "member", "account", "source_class"),
        "members_accessrecord": ("days", "act", "member"),
        "identity_quarantineitem": ("q", "state", "code"),
        "campaigns_decision": ("campaign",),
    }
    for model, names in lists.items():
        for name in names:
            answer = client.get(reverse(f"admin:{model}_changelist"), {name: value})
            assert answer.status_code in (200, 302, 400), (model, name)
    for report in ("pool", "campaigns", "sales"):
        for name in ("organization", "campaign", "days", "export"):
            assert client.get(reverse(f"admin:report_{report}"), {name: value}).status_code in (200, 400, 404)
    pages = [
        f"/admin/members/member/{quote(value)}/change/",
        f"/admin/identity/quarantineitem/{quote(value)}/change/",
    ]
    pages += [
        f"/admin/members/member/{account.member.oneid}/show/{name}/"
        for name in ("account-9" * 9, "x", "account-")
    ]
    for url in pages:
        assert client.get(url).status_code == 404, url
