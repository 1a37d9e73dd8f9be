"""``manage.py run_campaign``."""

import io

import pytest
from django.core.management import CommandError, call_command

from campaigns.queries import progress
from tests.campaigns import making
from tests.campaigns.crowd import crowd


@pytest.fixture
def campaign(nodes, app):
    audience = making.audience(organization=nodes["g"], members=crowd(channel=app, count=20))
    return making.approved(organization=nodes["g"], audience=audience)


def run(*words):
    out = io.StringIO()
    call_command("run_campaign", *words, "--workers", "1", stdout=out, verbosity=0)
    return out.getvalue()


def test_runs_to_the_end_and_tells_the_outcomes(campaign):
    said = run(str(campaign.pk), "--batch", "7")
    campaign.refresh_from_db()
    assert campaign.state == "finished"
    assert said.split() == ["Spring:", "finished", "sent", "18", "no_consent", "2"]


def test_refuses_with_a_reason(campaign):
    with pytest.raises(CommandError, match="There is no campaign 0"):
        run("0")
    run(str(campaign.pk))
    with pytest.raises(CommandError, match="cannot be started: it is finished"):
        run(str(campaign.pk))


def test_progress_and_samples(campaign):
    assert progress.of(campaign=campaign).share == 0
    run(str(campaign.pk))

    found = progress.of(campaign=campaign)
    assert (found.members, found.decided, found.share) == (20, 20, 1.0)
    assert found.reasons == {("no_consent", "consent was never given"): 2}

    masked, open_ = (
        progress.samples(campaign=campaign, limit=1, masked=masked)[0] for masked in (True, False)
    )
    assert (masked.address, open_.address) == ("137****0001", "+8613700000001")
    assert open_.body == "Dear valued customer, spring is here."
