"""The pages of trials of rules: drafted, drafted anew, put in force, taken back; what decides is read-only elsewhere."""

import pytest
from django.urls import reverse

from config import roles
from identity.actions import seeds, trials
from identity.models import IdentifierKind, Trial
from members.models import Account
from tests import factories, pages
from tests.identity import company
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


def grid(client, **changed) -> dict:
    """The form of a new trial as a browser sends it, with some fields (kind__field) changed."""
    sent = pages.fields(client.get(reverse("admin:identity_trial_add")))
    given = {"name": "Fewer on a phone", "reason": "clerks", "shared": ""} | changed
    return sent | {key.replace("__", "-"): value for key, value in given.items()}


@pytest.fixture
def worker(monkeypatch, django_capture_on_commit_callbacks):
    """Does at once what a worker is asked to do."""
    from identity import tasks

    def work(name, *given, **_options):
        return getattr(tasks, name.rpartition(".")[2])(*given)

    monkeypatch.setattr("identity.admin.trials.async_task", work)
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_rules_are_tried_put_in_force_and_taken_back_on_pages(client, steward, joined, worker):
    add = reverse("admin:identity_trial_add")
    assert "Telephone" in page(client.get(add)) or "phone" in page(client.get(add))
    with worker():
        answer = client.post(add, grid(client, phone__max_accounts="1"))
    trial = Trial.objects.get()
    assert trial.kinds == {"phone": {"max_accounts": 1}}
    shown = page(client.get(answer.url))
    assert '<dd data-test="splits">1</dd>' in shown
    assert "This one would become two" in shown
    assert "1 become shared: too many accounts carry them." in shown
    assert "Li Lei" not in shown
    assert len(people()) == 1
    for verb, count in (("publish", 2), ("take_back", 1)):
        with worker():
            client.post(reverse("admin:identity_trial_do", args=[trial.pk, verb]))
        assert len(people()) == count
    assert "taken back" in page(client.get(reverse("admin:identity_trial_changelist")))


def test_what_channels_say_is_tried_on_the_page_and_read_only_at_the_channel(client, steward, joined, worker):
    a, b = joined
    company.accept(company.account("a2", phone=PHONE, profile={"name": "Li Lei"}))
    assert len(people()) == 1
    add = reverse("admin:identity_trial_add")
    known = [code for code in pages.fields(client.get(add))["named"] if code != "app"]
    with worker():
        answer = client.post(add, grid(client, one_account_a_person=["app"], named=known))
    trial = Trial.objects.get()
    assert (trial.kinds, trial.channels) == ({}, {"app": {"one_account_a_person": True, "named": False}})
    shown = page(client.get(answer.url))
    assert "one account a person" in shown
    assert '<dd data-test="splits">1</dd>' in shown
    with worker():
        client.post(reverse("admin:identity_trial_do", args=[trial.pk, "publish"]))
    assert len(people()) == 2
    b.refresh_from_db()
    assert b.member == b.minted
    again = pages.fields(client.get(add))
    assert again["one_account_a_person"] == ["app"]
    assert "app" not in again["named"]

    client.force_login(factories.staff(superuser=True))
    edit = reverse("admin:members_channel_change", args=[a.channel.pk])
    sent = pages.fields(client.get(edit))
    assert not {"named", "one_account_a_person"} & sent.keys()
    client.post(edit, sent | {"name": "App", "named": "on"})
    a.channel.refresh_from_db()
    assert (a.channel.name, a.channel.named, a.channel.one_account_a_person) == ("App", False, True)


def test_a_draft_is_changed_until_it_is_in_force(client, steward, joined, worker):
    """The form comes back as it was left; identifiers that it makes shared stay masked and can be taken out."""
    with worker():
        client.post(
            reverse("admin:identity_trial_add"),
            grid(client, email__max_accounts="3", shared=f"phone:{PHONE}", one_account_a_person=["app"]),
        )
    trial = Trial.objects.get()
    assert trial.outcome["splits"] == 1
    shown = page(client.get(reverse("admin:identity_trial_change", args=[trial.pk])))
    again = reverse("admin:identity_trial_redraft", args=[trial.pk])
    assert again in shown
    form = client.get(again)
    assert PHONE not in page(form)
    assert "139****9000" in page(form)
    sent = pages.fields(form)
    assert (sent["name"], sent["email-max_accounts"], sent["one_account_a_person"]) == (
        ["Fewer on a phone"], ["3"], ["app"],
    )  # fmt: skip

    sent.pop("kept")
    with worker():
        client.post(
            again, sent | {"name": "No phones", "phone-max_accounts": "1", "one_account_a_person": []}
        )
    trial.refresh_from_db()
    assert (trial.name, trial.channels, trial.shared.count()) == ("No phones", {}, 0)
    assert trial.kinds == {"email": {"max_accounts": 3}, "phone": {"max_accounts": 1}}
    assert (trial.state, trial.outcome["splits"]) == ("computed", 1)

    answer = client.post(
        again, sent | {"phone-max_accounts": "12", "email-max_accounts": "12", "one_account_a_person": []}
    )
    assert "Nothing is changed" in page(answer)
    with worker():
        client.post(reverse("admin:identity_trial_do", args=[trial.pk, "publish"]))
    assert len(people()) == 2
    assert again not in page(client.get(reverse("admin:identity_trial_change", args=[trial.pk])))
    assert client.get(again).status_code == 403
    assert client.get(reverse("admin:identity_trial_redraft", args=[0])).status_code == 404


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, "Nothing is changed"),
        ({"phone__max_accounts": "many"}, "whole number"),
        ({"shared": "phone:13800138099"}, "nobody carries"),
        ({"shared": "phone:1"}, "phone:1"),
        ({"phone__max_distinct-name": "two"}, "name: write a whole number"),
        ({"phone__max_distinct-another-limit": "2"}, "Choose the kind that is counted"),
        ({"phone__max_distinct-another": "openid"}, "openid: say how many different ones at most"),
    ],
)
def test_a_wrong_draft_is_told_in_its_place(client, steward, joined, changed, fault):
    shown = page(client.post(reverse("admin:identity_trial_add"), grid(client, **changed)))
    assert fault in shown
    assert not Trial.objects.exists()


def test_only_the_top_of_the_house_changes_rules(client, nodes, joined):
    roles.create()
    trial = trials.draft(name="t", kinds={"phone": {"max_accounts": 1}}, by=None, now=company.NOW)
    trials.compute(trial=trial, now=company.NOW)
    publish = reverse("admin:identity_trial_do", args=[trial.pk, "publish"])
    redraft = reverse("admin:identity_trial_redraft", args=[trial.pk])
    for role, node in (("analyst", "g"), ("steward", "b1")):
        client.force_login(factories.staff(organization=nodes[node], role=role))
        assert client.post(publish).status_code == 403
        assert client.get(reverse("admin:identity_trial_add")).status_code == 403
        assert client.post(redraft).status_code == 403
    assert len(people()) == 1


def test_kinds_are_read_only_where_they_decide_about_links(client, steward):
    seeds.kinds()
    edit = reverse("admin:identity_identifierkind_change", args=["phone"])
    client.post(edit, {"name": "Telephone", "max_accounts": "1", "normaliser": "phone"})
    phone = IdentifierKind.objects.get(code="phone")
    assert (phone.name, phone.max_accounts) == ("Telephone", 12)


def test_how_values_are_written_is_settled_by_the_first_that_is_stored(client, steward, nodes):
    seeds.kinds()
    edit = reverse("admin:identity_identifierkind_change", args=["email"])
    sent = pages.fields(client.get(edit))
    assert sent["normaliser"] == ["email"]
    company.accept(company.account("a", identifiers=[{"kind": "email", "value": "A@x.com"}]))
    client.post(edit, sent | {"normaliser": "text", "scoped": "on"})
    email = IdentifierKind.objects.get(code="email")
    assert (email.normaliser, email.scoped) == ("email", False)
    assert "settled by the first value" in page(client.get(edit))
