"""A campaign that people enter as they come: its form, its page, its list, the member's page and the API."""

import pytest
from django.urls import reverse

from campaigns.actions import running
from campaigns.models import Campaign
from tests.api import callers
from tests.campaigns import making
from tests.campaigns.making import NOW
from tests.campaigns.test_admin_campaigns import audience, author, colleague, form, page  # noqa: F401

pytestmark = pytest.mark.django_db
ADD = "admin:campaigns_campaign_add"


@pytest.fixture
def running_one(tree, audience):  # noqa: F811
    """One in the audience, who can be reached by nothing."""
    made = making.approved(organization=tree["g"], audience=audience, entering="all", reenter_after_days=30)
    running.start(campaign=made, now=NOW)
    return made


def test_the_form_keeps_who_enters_and_when_again(client, tree, audience, author):  # noqa: F811
    client.force_login(author)
    given = {
        "entering": "new",
        "reenter_after_days": "30",
        "ends_at_0": "2026-03-01",
        "ends_at_1": "00:00:00",
    }
    client.post(reverse(ADD), form(tree, audience, **given))
    made = Campaign.objects.get()
    assert (made.entering, made.reenter_after_days, made.follows) == ("new", 30, True)
    assert "only whoever comes in after the start" in client.get(page(made)).content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reenter_after_days": "30"}, "Leave this empty, or choose that people enter later, too."),
        ({"entering": "all", "ends_at_0": "2026-01-09", "ends_at_1": "00:00:00"}, "It would end before it starts."),
    ],
)  # fmt: skip
def test_terms_that_mean_nothing_are_refused_beside_their_field(client, tree, audience, author, given, said):  # noqa: F811
    client.force_login(author)
    answer = client.post(reverse(ADD), form(tree, audience, **given))
    assert said in answer.content.decode()
    assert not Campaign.objects.exists()


def test_the_page_counts_entries_and_lists_them_within_reach(client, tree, running_one, author):  # noqa: F811
    client.force_login(author)
    shown = client.get(page(running_one)).content.decode()
    assert (
        '<span class="nf-strong">1</span> entered: <span class="nf-strong">1</span> in the audience now'
        in shown
    )
    assert "again after 30 days" in shown
    everything = reverse("admin:campaigns_campaignentry_changelist")
    client.force_login(
        making.factories.staff(organization=tree["b1"], permissions="campaigns.view_campaignentry")
    )
    assert client.get(everything).content.decode().count("All who come") == 0
    client.force_login(
        making.factories.staff(organization=tree["g"], permissions="campaigns.view_campaignentry")
    )
    listed = client.get(f"{everything}?campaign={running_one.pk}&inside=yes")
    assert [each.campaign for each in listed.context["cl"].result_list] == [running_one]


def test_the_api_tells_entries_only_where_people_come_in(tree, running_one):
    app = making.factories.channel(organization=tree["g"], code="reader")
    reader = callers.client(channel=app, scopes="browse")
    told = reader.get(f"/api/v1/campaigns/{running_one.pk}").data
    assert (told["entering"], told["reenter_after_days"], told["ends_at"]) == ("all", 30, None)
    assert (told["entries"]["entered"], told["entries"]["inside"], told["entries"]["left"]) == (1, 1, 0)
    Campaign.objects.update(entering="once", reenter_after_days=None)
    assert reader.get(f"/api/v1/campaigns/{running_one.pk}").data["entries"] is None
