import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.actions import campaigns
from campaigns.admin.campaigns import CampaignAdmin
from campaigns.models import Campaign
from members.models import Member, MemberProfile
from tags.actions import audiences
from tests import factories
from tests.campaigns import making

pytestmark = pytest.mark.django_db
NOW = factories.NOW
MARKETER = (
    "campaigns.view_campaign campaigns.add_campaign campaigns.change_campaign campaigns.approve_campaign"
    " campaigns.run_campaign campaigns.view_decision tags.view_audience members.view_organization"
)


@pytest.fixture
def audience(tree):
    mall = factories.channel(organization=tree["g"])
    factories.account(channel=mall)
    return audiences.save(
        name="Everybody", organization=tree["g"], condition={"all": []}, by=None, now=timezone.now()
    )


@pytest.fixture
def author(tree):
    return factories.staff(organization=tree["g"], permissions=MARKETER)


@pytest.fixture
def colleague(tree):
    return factories.staff(organization=tree["g"], permissions=MARKETER)


def form(tree, audience, **changed):
    return {
        "name": "Win-back", "organization": tree["g"].pk, "audience": audience.pk, "touchpoint": "sandbox",
        "purpose": "marketing", "subject": "Hello", "body": "Dear {name}, come back", "holdout_share": "0.2",
        "starts_at_0": "2026-01-10", "starts_at_1": "09:00:00", "entering": "once", "cap_count": "3", "cap_days": "7", **changed,
    }  # fmt: skip


@pytest.fixture
def campaign(client, tree, audience, author):
    client.force_login(author)
    client.post(reverse("admin:campaigns_campaign_add"), form(tree, audience))
    return Campaign.objects.get()


def page(campaign):
    return reverse("admin:campaigns_campaign_change", args=[campaign.pk])


def press(client, campaign, verb, **given):
    answer = client.post(reverse("admin:campaigns_campaign_do", args=[campaign.pk, verb]), given, follow=True)
    campaign.refresh_from_db()
    return answer


def offered(client, campaign):
    return [verb.code for verb in client.get(page(campaign)).context["verbs"]]


def test_a_campaign_is_drafted_by_whoever_filled_in_the_form(campaign, author):
    assert (campaign.state, campaign.created_by, campaign.name) == ("draft", author, "Win-back")
    assert campaign.starts_at == dt.datetime(2026, 1, 10, 1, 0, tzinfo=dt.UTC)


def test_a_message_with_an_unknown_placeholder_is_refused_with_its_place(client, tree, audience, author):
    client.force_login(author)

    answer = client.post(reverse("admin:campaigns_campaign_add"), form(tree, audience, body="Dear {nmae}"))

    assert "nmae" in str(answer.context["adminform"].form.errors["body"])
    assert not Campaign.objects.exists()


def test_another_person_approves(client, campaign, author, colleague):
    assert offered(client, campaign) == ["submit"]
    press(client, campaign, "submit")
    assert offered(client, campaign) == ["reject", "withdraw"]
    refused = press(client, campaign, "approve")
    assert campaign.state == "submitted"
    assert "another person has to approve it" in refused.content.decode()

    client.force_login(colleague)
    assert "approve" in offered(client, campaign)
    press(client, campaign, "approve")
    assert (campaign.state, campaign.approved_by) == ("approved", colleague)


@pytest.fixture
def running_campaign(client, campaign, colleague):
    press(client, campaign, "submit")
    client.force_login(colleague)
    press(client, campaign, "approve")
    Campaign.objects.filter(pk=campaign.pk).update(state="running", started_at=NOW)
    campaign.refresh_from_db()
    return campaign


def test_a_running_campaign_is_paused_resumed_and_stopped_with_a_reason(client, running_campaign):
    assert offered(client, running_campaign) == ["pause", "stop"]
    press(client, running_campaign, "pause")
    assert offered(client, running_campaign) == ["resume", "stop"]
    press(client, running_campaign, "resume")
    assert running_campaign.state == "running"
    press(client, running_campaign, "stop", reason=" ")
    assert running_campaign.state == "running"
    press(client, running_campaign, "stop", reason="wrong price")
    assert (running_campaign.state, running_campaign.stop_reason) == ("stopped", "wrong price")


def test_what_was_submitted_cannot_be_edited(client, tree, audience, campaign):
    press(client, campaign, "submit")

    assert client.post(page(campaign), form(tree, audience, name="Other")).status_code == 403
    campaign.refresh_from_db()
    assert campaign.name == "Win-back"


def test_buttons_need_their_permission(client, tree, campaign):
    press(client, campaign, "submit")
    client.force_login(factories.staff(organization=tree["g"], permissions="campaigns.view_campaign"))

    assert offered(client, campaign) == []
    for verb in ("approve", "reject", "withdraw", "stop", "unheard-of"):
        assert press(client, campaign, verb, reason="x").status_code == 403
    assert campaign.state == "submitted"


def test_a_campaign_of_the_group_is_not_found_by_a_dealer(client, tree, campaign):
    client.force_login(factories.staff(organization=tree["d1"], permissions=MARKETER))

    assert client.get(page(campaign)).status_code == 404
    assert press(client, campaign, "submit").status_code == 404


@pytest.fixture
def finished(tree):
    """Three members: two were sent to, one had not consented."""
    mall = factories.channel(organization=tree["g"])
    reached = [
        making.reachable(channel=mall, phone=f"+861380013800{digit}", name="Anna Li") for digit in (1, 2)
    ]
    silent = factories.account(channel=mall)
    making.identifier(account=silent, kind="phone", value="+8613800138003")
    members = [account.member for account in (*reached, silent)]
    chosen = making.audience(organization=tree["g"], members=members)
    return making.run(making.approved(organization=tree["g"], audience=chosen))


def test_the_page_shows_progress_by_outcome_and_decisions_are_filtered_by_it(client, tree, finished):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))

    parts = client.get(page(finished)).context["parts"]
    assert {str(part["label"]): part["count"] for part in parts} == {"sent": 2, "no consent": 1}

    asked = {"campaign": finished.pk, "outcome__exact": "sent"}
    listed = client.get(reverse("admin:campaigns_decision_changelist"), asked)
    assert listed.context["cl"].result_count == 2
    assert "138****8001" in listed.content.decode()
    assert "+8613800138001" not in listed.content.decode()


def test_the_outbox_is_readable_with_addresses_and_names_masked(client, tree, finished):
    permissions = "campaigns.view_outboxmessage"
    client.force_login(factories.staff(organization=tree["g"], permissions=permissions))

    shown = client.get(reverse("admin:campaigns_outboxmessage_changelist")).content.decode()

    assert "138****8001" in shown
    assert "+8613800138001" not in shown
    assert "spring is here" in shown
    assert "Anna Li" not in shown

    client.force_login(factories.staff(organization=tree["d1"], permissions=permissions))
    assert "138****" not in client.get(reverse("admin:campaigns_outboxmessage_changelist")).content.decode()


def test_the_members_page_lists_what_was_decided(client, finished):
    client.force_login(factories.staff(superuser=True))
    member = finished.decisions.get(outcome="no_consent").member

    shown = client.get(reverse("admin:members_member_change", args=[member.oneid])).content.decode()

    assert "Spring" in shown
    assert "no consent" in shown


def test_a_preview_counts_the_audience_and_writes_one_message(client, tree, audience, author):
    MemberProfile.objects.create(member=Member.objects.get(), name="Anna Li")
    client.force_login(author)
    seen = reverse("admin:campaigns_campaign_preview")

    shown = client.post(seen, form(tree, audience))

    assert (shown.context["count"], shown.context["body"]) == (1, "Dear A*** L*, come back")
    assert "line 1, column 6" in client.post(seen, form(tree, audience, body="Dear {nmae}")).content.decode()
    assert not Campaign.objects.exists()
    client.force_login(factories.staff(organization=tree["d1"], permissions=MARKETER))
    assert "Choose an audience first" in client.post(seen, form(tree, audience)).content.decode()


def test_a_form_left_open_while_somebody_submits_is_answered_kindly(
    client, tree, audience, campaign, author, monkeypatch
):
    monkeypatch.setattr(CampaignAdmin, "has_change_permission", lambda *_args: True)
    campaigns.submit(campaign=campaign, by=author, now=NOW)

    answer = client.post(page(campaign), form(tree, audience, name="Other"), follow=True)

    assert "cannot be edited" in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.name == "Win-back"
