"""manage.py simulate_activity: the same as the page, from the terminal."""

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Simulation
from tests import factories
from tests.campaigns import offering
from tests.campaigns.simulated import sold

pytestmark = pytest.mark.django_db
DAYS = ("--since=2025-12-01", "--last=2025-12-31", "--by=author", "--verbosity=0")


@pytest.fixture
def draft(nodes):
    pos = factories.channel(organization=nodes["g"], code="pos", kind="pos")
    for store in ("s1", "s3"):
        sold(factories.account(channel=pos), "1300.00", store=nodes[store])
    return offering.drafted(organization=nodes["b1"], code="NEW", offers=(offering.off(),))


def run(capsys, *arguments: str) -> list[str]:
    call_command("simulate_activity", *arguments)
    return capsys.readouterr().out.splitlines()


def test_it_tells_what_it_would_have_cost(draft, capsys):
    assert run(capsys, "NEW", *DAYS) == [
        "2 orders priced, 0 left out",
        "2 would have got it, for 100.00 CNY",
        "other offers would have given 0.00 CNY less: 100.00 CNY more in all",
    ]
    assert Simulation.objects.get().state == "done"


def test_it_keeps_to_a_store_and_a_channel(draft, capsys):
    assert (
        run(capsys, "NEW", *DAYS, "--at=s1", "--channel=pos", "--number=1")[0]
        == "1 orders priced, 0 left out"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["OLD", *DAYS], "no such version of an activity OLD"),
        (["NEW", "--number=2", *DAYS], "no such version"),
        (["NEW", "--at=s9", *DAYS], "no organization s9"),
        (["NEW", "--at=s4", *DAYS], "does not hold at"),
        (["NEW", *DAYS, "--by=nobody"], "no user nobody"),
        (["NEW", *DAYS, "--last=2025-11-01"], "from 1 to 400 days"),
        (["NEW", *DAYS, "--last=9999-12-31"], "9999-12-31: orders are of days from 1970-01-01 to today"),
        (["NEW", *DAYS, "--since=may"], "may is no day: write it as 2026-05-06"),
    ],
)
def test_what_it_cannot_do_it_says(draft, arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("simulate_activity", *arguments)


def test_it_says_that_it_failed(draft, monkeypatch):
    monkeypatch.setattr("campaigns.queries.simulating.parts.figures", lambda **_told: {}["gone"])
    with pytest.raises(CommandError, match=r"failed\. KeyError: 'gone'"):
        call_command("simulate_activity", "NEW", *DAYS)
