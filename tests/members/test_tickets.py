"""A ticket goes one way: filed, dispatched, done, rated; or it is cancelled. Each step is told once."""

import pytest
from django.core.exceptions import ValidationError

from members.actions import postings, tickets
from members.actions.tickets import NotNow
from members.models import Event, Ticket
from tests import factories
from tests.connections import at_once
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(nodes):
    return factories.account(
        channel=factories.channel(organization=nodes["b1"], code="mini", kind="mini_program")
    )


@pytest.fixture
def file(nodes, account):
    def file(**fields):
        told = {
            "external_id": "T-1",
            "kind": "repair",
            "text": "It hums.",
            "organization": nodes["b1"],
        } | fields
        return tickets.file(**{"channel": account.channel, "account": account, "now": NOW} | told)

    return file


@pytest.fixture
def filed(file):
    return file()


def names():
    return list(Event.objects.order_by("id").values_list("name", flat=True))


def stored():
    return Ticket.objects.get()


@pytest.mark.requirement("MEM-041")
def test_from_the_mini_program_to_a_rating(filed, nodes, account):
    tickets.dispatch(ticket=filed, organization=nodes["d1"], now=NOW)
    tickets.done(ticket=filed, now=NOW)
    tickets.rate(ticket=filed, rating=5, now=NOW)
    ticket = stored()
    assert (ticket.state, ticket.rating, ticket.organization) == ("done", 5, nodes["d1"])
    assert names() == ["ticket.filed", "ticket.dispatched", "ticket.done", "ticket.rated"]
    told = Event.objects.order_by("id").last()
    assert (told.account, told.channel, told.organization) == (account, account.channel, nodes["d1"])
    assert told.properties == {"ticket": "T-1", "kind": "repair", "rating": 5}


def test_filed_again_it_is_the_same_ticket(file, filed, account):
    assert file() == filed
    assert names() == ["ticket.filed"]
    for other in ({"text": "It leaks."}, {"kind": "care"}, {"serial": "F1"}):
        with pytest.raises(postings.KeyReused):
            file(**other)
    with pytest.raises(postings.KeyReused):
        file(account=factories.account(channel=account.channel))
    assert stored().text == "It hums."


def test_filed_again_through_another_account_of_the_same_person(file, filed, account):
    other = factories.account(channel=account.channel, member=account.member)
    assert file(account=other) == filed


def test_another_channel_has_numbers_of_its_own(file, filed, nodes):
    other = factories.channel(organization=nodes["s1"])
    assert file(channel=other) != filed


@pytest.mark.parametrize("fields", [{"external_id": ""}, {"kind": "rental"}, {"serial": "x" * 101}])
def test_what_is_no_ticket_is_refused(file, fields):
    with pytest.raises(ValidationError):
        file(**fields)
    assert not Ticket.objects.exists()


def test_each_step_again_changes_nothing(filed, nodes):
    steps = (
        lambda: tickets.dispatch(ticket=filed, organization=nodes["d1"], now=NOW),
        lambda: tickets.done(ticket=filed, now=NOW),
        lambda: tickets.rate(ticket=filed, rating=4, now=NOW),
    )
    for number, step in enumerate(steps, 2):
        assert step() == step()
        assert len(names()) == number


def test_a_ticket_is_handed_on_until_it_is_done(filed, nodes):
    for place in ("d1", "d2"):
        tickets.dispatch(ticket=filed, organization=nodes[place], now=NOW)
    assert stored().organization == nodes["d2"]
    tickets.done(ticket=filed, now=NOW)
    with pytest.raises(NotNow, match="T-1 is done"):
        tickets.dispatch(ticket=filed, organization=nodes["d1"], now=NOW)


def test_nothing_is_done_or_rated_too_early(filed, nodes):
    with pytest.raises(NotNow, match="needs it to be dispatched"):
        tickets.done(ticket=filed, now=NOW)
    tickets.dispatch(ticket=filed, organization=nodes["d1"], now=NOW)
    with pytest.raises(NotNow, match="needs it to be done"):
        tickets.rate(ticket=filed, rating=5, now=NOW)
    assert stored().rating is None


def test_a_rating_stays_and_is_from_one_to_five(filed, nodes):
    tickets.dispatch(ticket=filed, organization=nodes["d1"], now=NOW)
    tickets.done(ticket=filed, now=NOW)
    for wrong in (0, 6):
        with pytest.raises(NotNow, match="1 to 5"):
            tickets.rate(ticket=filed, rating=wrong, now=NOW)
    tickets.rate(ticket=filed, rating=2, now=NOW)
    with pytest.raises(NotNow, match="2 of 5"):
        tickets.rate(ticket=filed, rating=5, now=NOW)


def test_a_cancelled_ticket_says_why_and_stays_so(filed, nodes):
    with pytest.raises(NotNow, match="Say why"):
        tickets.cancel(ticket=filed, reason=" ", now=NOW)
    tickets.cancel(ticket=filed, reason="solved by telephone", now=NOW)
    assert tickets.cancel(ticket=filed, reason="again", now=NOW).state == "cancelled"
    assert Event.objects.filter(name="ticket.cancelled").get().properties["reason"] == "solved by telephone"
    with pytest.raises(NotNow):
        tickets.dispatch(ticket=filed, organization=nodes["d1"], now=NOW)


@pytest.mark.django_db(transaction=True)
def test_filed_twice_at_once_it_is_one_ticket(file):
    found = at_once(*(file for _ in range(3)))
    assert {each.pk for each in found} == {stored().pk}
    assert names() == ["ticket.filed"]


@pytest.mark.django_db(transaction=True)
def test_done_and_cancelled_at_once_one_of_them_holds(filed, nodes):
    tickets.dispatch(ticket=filed, organization=nodes["d1"], now=NOW)
    found = at_once(
        lambda: tickets.done(ticket=filed, now=NOW),
        lambda: tickets.cancel(ticket=filed, reason="too late", now=NOW),
    )
    assert sum(isinstance(each, NotNow) for each in found) == 1
    assert len(names()) == 3
