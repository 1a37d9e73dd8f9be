"""Adjusting at the desk: alone up to the limit, above it with a second person, within reach and for a reason."""

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import adjustments, points
from members.admin import adjustments as desk
from members.models import Adjustment, Posting
from tests import factories, pages
from tests.members.ledger.purses import available, book, earn, key

pytestmark = pytest.mark.django_db
DESK = "members.view_member members.view_book members.view_adjustment members.add_adjustment"
DECIDER = f"{DESK} members.approve_adjustment members.view_posting"


@pytest.fixture
def ours(nodes):
    return book(organization=nodes["b1"], adjust_limit=100)


@pytest.fixture
def anna(nodes):
    return factories.account(channel=factories.channel(organization=nodes["s1"]), external_id="card-1234567")


@pytest.fixture
def clerk(client, nodes):
    user = factories.staff(organization=nodes["s1"], permissions=DESK)
    client.force_login(user)
    return user


@pytest.fixture
def manager(nodes):
    return factories.staff(organization=nodes["b1"], permissions=DECIDER)


def value(client, account) -> str:
    page = reverse("admin:members_member_change", args=[account.member.oneid])
    return client.get(page, {"tab": "value"}).content.decode()


def at(account):
    return reverse("admin:members_adjustment_ask", args=[account.member.oneid])


def ask(client, account, book, amount, reason="lost receipt", owner=None):
    sent = {name: values[-1] for name, values in pages.fields(client.get(at(account))).items()}
    given = {"book": book.pk, "amount": amount, "reason": reason, "account": (owner or account).pk}
    return client.post(at(account), sent | given, follow=True).content.decode()


def do(client, adjustment, verb):
    answer = client.post(reverse("admin:members_adjustment_do", args=[adjustment.pk, verb]), follow=True)
    return answer.content.decode()


def asked(account, book, by, amount=500):
    return adjustments.ask(
        account=account, book=book, amount=amount, reason="lost receipt", by=by, key=key(),
        now=timezone.now(),
    )  # fmt: skip


def test_a_small_one_is_done_at_once_and_pressing_twice_does_it_once(client, anna, ours, clerk):
    assert at(anna) in value(client, anna)
    page = client.get(at(anna))
    assert "at once up to 100<" in page.content.decode()
    sent = {name: values[-1] for name, values in pages.fields(page).items()}
    given = sent | {"book": ours.pk, "amount": "60", "reason": "lost receipt"}
    told = client.post(at(anna), given, follow=True).content.decode()
    client.post(at(anna), given)
    assert "+60 points: adjusted" in told
    posted = Posting.objects.get()
    assert (posted.verb, posted.by, posted.reason, posted.amount) == ("adjust", clerk, "lost receipt", 60)
    reused = client.post(at(anna), given | {"amount": "61"}).content.decode()
    assert "was sent before" in reused
    assert available(anna, ours, at=timezone.now()) == 60


def test_a_large_one_waits_on_the_members_page_and_is_decided_by_another(client, anna, ours, clerk, manager):
    told = ask(client, anna, ours, "500")
    assert "waits for a second person" in told
    waits = Adjustment.objects.get()
    assert f'data-asked="{waits.pk}"' in value(client, anna)
    assert available(anna, ours, at=timezone.now()) == 0
    own = client.get(reverse("admin:members_adjustment_change", args=[waits.pk])).content.decode()
    assert "You asked for this yourself" in own
    assert "/do/agree/" not in own
    client.force_login(manager)
    front = client.get(reverse("admin:members_adjustment_changelist")).content.decode()
    assert "+500 points" in front
    assert "lost receipt" in front
    page = client.get(reverse("admin:members_adjustment_change", args=[waits.pk])).content.decode()
    assert "/do/agree/" in page
    assert "1234567" not in page
    assert "is posted" in do(client, waits, "agree")
    assert available(anna, ours, at=timezone.now()) == 500
    waits.refresh_from_db()
    assert (waits.state, waits.decided_by) == ("done", manager)
    assert f'data-asked="{waits.pk}"' not in value(client, anna)
    assert "decided already" in do(client, waits, "refuse")


def test_what_is_refused_moves_nothing(client, anna, ours, manager):
    waits = asked(anna, ours, factories.staff())
    client.force_login(manager)
    assert "is refused" in do(client, waits, "refuse")
    assert not Posting.objects.exists()
    assert "decided already" in do(client, waits, "agree")


def test_what_is_gone_meanwhile_goes_on_waiting(client, anna, ours, manager):
    earn(anna, ours, 500, at=timezone.now())
    waits = asked(anna, ours, factories.staff(), amount=-500)
    points.spend(account=anna, book=ours, amount=100, key=key(), now=timezone.now())
    client.force_login(manager)
    assert "400 can be spent" in do(client, waits, "agree")
    waits.refresh_from_db()
    assert waits.state == "asked"


def test_who_asked_cannot_decide_even_with_the_permission(client, anna, ours, manager):
    waits = asked(anna, ours, manager)
    client.force_login(manager)
    assert "somebody else decides" in do(client, waits, "agree")
    waits.refresh_from_db()
    assert waits.state == "asked"


@pytest.mark.parametrize(
    ("amount", "reason", "said"),
    [
        ("1.5", "lost receipt", "too many decimals"),
        ("0", "lost receipt", "by how much, and why"),
        ("-5", "lost receipt", "0 can be spent"),
        ("ten", "lost receipt", "Enter a number"),
        ("NaN", "lost receipt", "Enter a number"),
        ("5", " ", "required"),
    ],
)
def test_what_cannot_be_adjusted_is_said(client, anna, ours, clerk, amount, reason, said):
    assert said in ask(client, anna, ours, amount, reason=reason)
    assert not Posting.objects.exists()
    assert not Adjustment.objects.exists()


def test_permissions_and_reach(client, anna, ours, nodes):
    waits = asked(anna, ours, factories.staff())
    agree = reverse("admin:members_adjustment_do", args=[waits.pk, "agree"])
    client.force_login(factories.staff(organization=nodes["s1"], permissions="members.view_member"))
    assert at(anna) not in value(client, anna)
    assert client.get(at(anna)).status_code == 403
    assert client.post(agree).status_code in (403, 404)
    client.force_login(factories.staff(organization=nodes["s1"], permissions=DESK))
    assert client.post(agree).status_code == 403
    assert client.get(agree).status_code == 405
    client.force_login(factories.staff(organization=nodes["s3"], permissions=DECIDER))
    assert client.get(at(anna)).status_code == 404
    assert client.post(agree).status_code == 404
    assert "lost receipt" not in client.get(reverse("admin:members_adjustment_changelist")).content.decode()


def test_a_book_of_another_branch_and_somebody_elses_account_cannot_be_named(
    client, anna, ours, nodes, clerk
):
    other = book(code="other", organization=nodes["b2"])
    stranger = factories.account(channel=anna.channel)
    assert "valid choice" in ask(client, anna, other, "5")
    assert "valid choice" in ask(client, anna, ours, "5", owner=stranger)
    assert not Posting.objects.exists()


def test_only_what_the_reader_may_decide_is_counted_for_him(rf, anna, ours, manager, nodes):
    asked(anna, ours, factories.staff())
    asked(anna, ours, manager)
    for user, count in ((manager, 1), (factories.staff(organization=nodes["b1"], permissions=DESK), 0)):
        request = rf.get("/")
        request.user = user
        assert desk.waiting(request).count() == count
