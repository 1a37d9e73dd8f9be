"""The pages of undoing, of verdicts and of programmes."""

import pytest
from django.urls import reverse

from config import roles
from identity.actions import oneid, seeds, verdicts
from identity.models import ReviewCase, Verdict
from members.models import Account, Channel, Programme, Tier
from tests import factories, speed
from tests.identity import company, masses, oneids
from tests.identity.oneids import people

pytestmark = pytest.mark.django_db
PHONE = "+8613900139000"


@pytest.fixture
def joined(nodes):
    """Accounts a (app) and b (mall) of one person, on one phone, one order each."""
    company.accept(
        company.account("account-aaaa", phone=PHONE, profile={"name": "Li Lei"}),
        company.account("account-bbbb", channel="mall", phone=PHONE, on=1),
        company.order("o1", "account-aaaa"),
        company.order("o2", "account-bbbb", channel="mall", amount="7.00"),
    )
    return list(Account.objects.order_by("external_id"))


@pytest.fixture
def steward(client, nodes):
    roles.create()
    user = factories.staff(organization=nodes["g"], role="steward")
    client.force_login(user)
    return user


def page(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def undo_of(account) -> str:
    return reverse("admin:identity_verdict_undo", args=[account.member.oneid])


def test_a_member_is_taken_apart_by_account_after_seeing_it(client, steward, joined):
    a, b = joined
    member = page(client.get(reverse("admin:members_member_change", args=[a.member.oneid])))
    assert undo_of(a) in member
    assert "Li Lei" not in page(client.get(undo_of(a)))

    shown = page(client.post(undo_of(a), {"account": b.pk}))
    assert "gets this OneID back" in shown
    assert "CN¥7.00" in shown or "7.00" in shown
    assert not Verdict.objects.exists()

    assert "Say why" in page(client.post(undo_of(a), {"account": b.pk, "confirm": "1"}))
    assert not Verdict.objects.exists()
    done = client.post(undo_of(a), {"account": b.pk, "confirm": "1", "reason": "his father"}, follow=True)
    assert "his father" in page(done)
    assert people() == [["account-aaaa"], ["account-bbbb"]]
    said = Verdict.objects.get()
    assert (said.decided_by, said.reason) == (steward, "his father")

    client.post(reverse("admin:identity_verdict_withdraw", args=[said.pk]))
    assert people() == [["account-aaaa", "account-bbbb"]]
    assert "withdrawn" in page(client.get(reverse("admin:identity_verdict_change", args=[said.pk])))


def test_a_phone_is_taken_off_an_account(client, steward, joined):
    a, b = joined
    bound = b.bindings.get()
    told = {"binding": bound.pk, "confirm": "1", "reason": "never his"}
    client.post(undo_of(a), told)
    assert people() == [["account-aaaa"], ["account-bbbb"]]
    assert Verdict.objects.get().kind == "not_his"


@pytest.mark.parametrize("told", [{}, {"account": "x"}, {"account": 1, "binding": 1}, {"binding": "9" * 30}])
def test_nothing_and_too_much_are_refused_in_words(client, steward, joined, told):
    shown = page(client.post(undo_of(joined[0]), told))
    assert 'data-test="fault"' in shown


def test_who_said_the_opposite_is_shown_and_set_aside_only_on_purpose(client, steward, joined):
    a, b = joined
    verdicts.same(left=[a.pk], right=[b.pk], by=steward, now=company.NOW)
    told = {"account": b.pk, "reason": "two people"}
    assert str(steward) in page(client.post(undo_of(a), told)).split('data-test="chain"')[1]
    assert 'data-test="fault"' in page(client.post(undo_of(a), {**told, "confirm": "1"}))
    assert len(people()) == 1
    client.post(undo_of(a), {**told, "confirm": "1", "set_aside": "on"})
    assert len(people()) == 2


def test_nobody_undoes_beyond_his_reach_or_without_the_right(client, nodes, joined):
    a, b = joined
    roles.create()
    client.force_login(factories.staff(organization=nodes["g"], role="analyst"))
    assert client.get(undo_of(a)).status_code == 403
    said = oneids.part(a, b)
    withdraw = reverse("admin:identity_verdict_withdraw", args=[said.pk])
    assert client.post(withdraw).status_code == 403

    client.force_login(factories.staff(organization=nodes["s4"], role="steward"))
    assert client.get(undo_of(a)).status_code == 404
    assert client.get(reverse("admin:identity_verdict_change", args=[said.pk])).status_code == 404
    assert client.post(withdraw).status_code == 404
    assert not client.get(reverse("admin:identity_verdict_changelist")).context["cl"].result_list


def test_the_list_of_verdicts_shows_those_in_force(client, steward, joined):
    a, _b = joined
    said = verdicts.shared(identifier=a.bindings.get().identifier, by=steward, now=company.NOW)
    url = reverse("admin:identity_verdict_changelist")
    assert PHONE not in page(client.get(url))
    assert "139****9000" in page(client.get(url))
    verdicts.withdraw(verdict=said, by=steward, now=company.NOW)
    assert not client.get(url).context["cl"].result_list
    assert client.get(url, {"state": "withdrawn"}).context["cl"].result_list


def test_a_programme_that_asks_opens_conflicts_and_shows_them_at_the_member(client, nodes):
    company.accept(*(
        company.account(each, channel=channel, phone=PHONE,
                        membership={"organization": "b1", "tier": tier, "points": "5"})
        for each, channel, tier in (("a", "app", "gold"), ("b", "mall", "silver"))
    ))  # fmt: skip
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    for rank, code in enumerate(("silver", "gold")):
        Tier.objects.create(programme=club, code=code, name=code.title(), rank=rank)
    client.force_login(factories.staff(superuser=True))
    url = reverse("admin:members_programme_change", args=[club.pk])
    sent = {
        "name": "Club",
        "tier_policy": "ask",
        "points_policy": "add",
        "tiers-TOTAL_FORMS": 0,
        "tiers-INITIAL_FORMS": 0,
    }
    assert client.post(url, sent).status_code == 302
    assert ReviewCase.objects.get().state == "open"
    member = Account.objects.first().member
    shown = page(client.get(reverse("admin:members_member_change", args=[member.oneid])))
    assert "a steward is asked" in shown
    client.post(url, {**sent, "tier_policy": "highest"})
    assert ReviewCase.objects.get().state == "obsolete"


def test_what_hundreds_carry_is_previewed_at_once_and_not_all_of_it_is_shown(client, nodes):
    steward = factories.staff(superuser=True)
    client.force_login(steward)
    seeds.first()
    mall = Channel.objects.get(code="mall")
    masses.people(channel=mall, count=900)
    device = masses.carry(kind="device", value="tablet-0001")
    oneid.rebuild(now=company.NOW)
    said = verdicts.not_shared(identifier=device, by=steward, now=company.NOW)
    assert len(people()) == 1
    shown = page(client.get(reverse("admin:identity_verdict_change", args=[said.pk])))
    assert speed.is_once(
        lambda: speed.of(lambda: client.get(reverse("admin:identity_verdict_change", args=[said.pk]))),
        within=10,
    )
    assert "Twenty of 900 people are shown." in shown
    assert "thirty of 900 accounts" in shown
    assert len(shown) < 200_000
