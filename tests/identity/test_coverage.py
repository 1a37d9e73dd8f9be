"""Which key events own channels do not send."""

import datetime as dt

import pytest
from django.urls import reverse

from identity.actions import schemas, seeds
from identity.queries import coverage
from members.models import Channel
from tests import factories

NOW = factories.NOW
pytestmark = pytest.mark.django_db


@pytest.fixture
def nodes():
    return factories.tree()


def happened(channel, name, *, days):
    account = factories.account(channel=channel)
    factories.event(account=account, name=name, at=NOW - dt.timedelta(days=days))


def gaps(*, days=7, channels=None):
    found = coverage.lines(channels=channels or Channel.objects.all(), days=days, now=NOW)
    return {line.channel.code: {cell.schema.name for cell in line.gaps} for line in found}


@pytest.fixture
def site(nodes):
    seeds.events(now=NOW)
    return factories.channel(organization=nodes["b1"], code="site", kind="website")


@pytest.mark.requirement("PLT-025")
def test_the_page_lists_untracked_key_events(site, client):
    factories.event(account=factories.account(channel=site), name="page_view", at=dt.datetime.now(dt.UTC))
    client.force_login(factories.staff(superuser=True))
    page = client.get(reverse("admin:identity_coverage"))
    [line] = page.context["lines"]
    assert {cell.schema.name for cell in line.gaps} == {"product_view", "form_submit"}
    assert (page.context["gaps"], page.context["expected"], line.share) == (2, 3, 33)
    assert b"untracked" in page.content


def test_a_key_event_that_stopped_is_a_gap(site):
    for name in ("page_view", "product_view", "form_submit"):
        happened(site, name, days=6)
    assert gaps() == {"site": set()}
    assert gaps(days=5) == {"site": {"page_view", "product_view", "form_submit"}}


def test_only_own_channels_of_the_expected_kind_count(site, nodes):
    factories.channel(organization=nodes["g"], code="tmall", kind="tmall", first_party=False)
    factories.channel(organization=nodes["g"], code="pos", kind="pos")
    assert gaps().keys() == {"site"}
    happened(Channel.objects.get(code="tmall"), "page_view", days=1)
    assert "page_view" in gaps()["site"]


def test_what_is_key_is_for_staff_to_say(site):
    schemas.define(name="search", core=True, ends=["website"], by=None, now=NOW)
    schemas.define(name="form_submit", active=False, by=None, now=NOW)
    assert gaps() == {"site": {"page_view", "product_view", "search"}}


def test_the_questions_do_not_grow_with_the_channels(site, nodes, django_assert_num_queries):
    for _more in range(3):
        factories.channel(organization=nodes["b1"], kind="app")
    with django_assert_num_queries(3):
        assert len(gaps()) == 4


def test_staff_see_their_own_channels(site, nodes, client):
    factories.channel(organization=nodes["b2"], code="other", kind="website")
    client.force_login(factories.staff(organization=nodes["b1"], permissions="identity.view_eventschema"))
    page = client.get(reverse("admin:identity_coverage"))
    assert [line.channel.code for line in page.context["lines"]] == ["site"]
    client.force_login(factories.staff(organization=nodes["b1"]))
    assert client.get(reverse("admin:identity_coverage")).status_code == 403
