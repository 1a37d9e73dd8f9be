"""What goes wrong with one simulation is its own: others are done."""

import pytest
from django.db import OperationalError

from campaigns.actions import simulating
from campaigns.models import Simulation, SimulationPart
from campaigns.queries.simulating import figures, parts, sales
from tests import factories
from tests.campaigns import offering
from tests.campaigns.simulated import NOW, asked, sold, worked

DAY = offering.DAY


@pytest.fixture
def till_at():
    return "g"


@pytest.fixture
def anna(nodes, pos):
    return factories.account(channel=pos)


@pytest.fixture
def draft(nodes):
    """From 300.00 on 50.00 less, from tomorrow."""
    return offering.drafted(
        organization=nodes["b1"], code="NEW", offers=(offering.off(),), starts_at=NOW + DAY
    )


def test_a_fault_ends_it_and_is_told(nodes, anna, draft, monkeypatch):
    sold(anna, "300.00", store=nodes["s1"])
    simulation = asked(draft)
    monkeypatch.setattr(parts, "figures", lambda **_told: {}["gone"])
    worked()
    simulation.refresh_from_db()
    assert (simulation.state, simulation.fault) == ("failed", "KeyError: 'gone'")
    assert not simulation.parts.exists()


@pytest.fixture
def other(nodes, anna):
    sold(anna, "300.00", store=nodes["s1"])
    return offering.drafted(organization=nodes["b1"], code="OTHER", offers=(offering.off(),))


@pytest.fixture
def broken(monkeypatch):
    """A step of the first simulation goes wrong, with any error."""

    def broke(step: str, fault: Exception, *, times: int = 99):
        first, left = Simulation.objects.earliest("pk").pk, [times]
        module, name = {
            "cut": (sales, "cut"),
            "price": (parts, "figures"),
            "add up": (figures, "merged"),
        }[step]
        right = getattr(module, name)

        def wrong(*given, **named):
            if left[0] and _whose(given, named) == first:
                left[0] -= 1
                raise fault
            return right(*given, **named)

        monkeypatch.setattr(module, name, wrong)

    return broke


@pytest.mark.parametrize("step", ["cut", "price", "add up"])
@pytest.mark.parametrize("fault", [ValueError("odd"), OperationalError("statement timeout")])
def test_a_faulty_one_holds_up_no_other(draft, other, broken, step, fault):
    faulty, fine = asked(draft), asked(other)
    broken(step, fault)
    worked()
    fine.refresh_from_db()
    faulty.refresh_from_db()
    assert (fine.state, fine.found["orders"]) == ("done", 1)
    if isinstance(fault, ValueError):
        assert (faulty.state, faulty.fault) == ("failed", "ValueError: odd")
    else:
        assert (faulty.broken, faulty.again_at) == (1, NOW + simulating.MINUTE)


@pytest.mark.parametrize("step", ["cut", "price", "add up"])
def test_what_the_database_broke_off_once_is_not_held_against_it(draft, other, broken, step):
    simulation = asked(draft)
    broken(step, OperationalError("the line was lost"), times=simulating.TRIES - 1)
    for hour in range(simulating.TRIES):
        worked(now=NOW + hour * DAY / 24)
    simulation.refresh_from_db()
    assert (simulation.state, simulation.fault, simulation.found["orders"]) == ("done", "", 1)


@pytest.mark.parametrize("step", ["cut", "price", "add up"])
def test_it_is_not_broken_off_for_ever(draft, other, broken, step):
    simulation = asked(draft)
    broken(step, OperationalError("statement timeout"))
    waits = []
    while simulation.state not in ("failed", "done"):
        now = simulation.again_at or NOW
        assert not waits or simulating.advance(now=now - DAY / 86_400, settings=parts.Settings()) is None
        worked(now=now)
        simulation.refresh_from_db()
        waits.append(simulation.again_at - now)
    assert (simulation.state, simulation.fault) == ("failed", "OperationalError: statement timeout")
    assert [wait / simulating.MINUTE for wait in waits[:-1]] == [1, 2, 4, 8]
    assert not SimulationPart.objects.filter(simulation=simulation).exists()


def test_what_goes_well_between_is_counted_for_it(nodes, draft, other, broken):
    for _each in range(2):
        sold(
            factories.account(channel=factories.channel(organization=nodes["g"])),
            "300.00",
            store=nodes["s1"],
        )
    simulation = asked(draft)
    broken("price", OperationalError("the line was lost"), times=1)
    worked(size=1)
    simulation.refresh_from_db()
    assert simulation.broken == 1
    settings = parts.Settings()
    simulating.advance(now=NOW + DAY, settings=settings)
    simulation.refresh_from_db()
    assert (simulation.state, simulation.broken, simulation.again_at) == ("running", 0, None)


def _whose(given: tuple, named: dict) -> int:
    """Which simulation a step is about."""
    if "part" in named:
        return named["part"].simulation_id
    return named["simulation"].pk if named else given[0]._hints["instance"].pk
