"""The page of an opening rule: drafted, looked at, begun, ended at a day, withdrawn; by whom it is."""

import datetime as dt
import html

import pytest
from django.urls import reverse
from django.utils import timezone

from config import roles
from members.actions import opening_rules
from members.models import Channel, Event, OpeningRule, Posting
from tests import factories
from tests.identity.company import NOW, accept
from tests.members.ledger.purses import book
from tests.members.stating import begun, house, look, rule, stated

RIGHTS = "members.view_openingrule members.change_openingrule members.add_openingrule"


@pytest.fixture
def club(db):
    roles.create()
    made = house()
    accept(stated("A", points="501"), stated("B", points="70"), stated("C", tier="gold"))
    return made


@pytest.fixture
def admin(client, club):
    client.force_login(factories.staff(organization=club["g"], role="administrator"))
    return client


def page(response) -> str:
    return html.unescape(response.content.decode())


def of(made, *verb):
    name = "do" if verb else "change"
    return reverse(f"admin:members_openingrule_{name}", args=[made.pk, *verb])


def sent(club, **more):
    given = {
        "programme": club["club"].pk, "channel": Channel.objects.get(code="app").pk, "points_book": club["points"].pk,
        "points_rate": "0.5", "growth_rate": "1",
    }  # fmt: skip
    return given | more


def press(client, made, verb, **data):
    return page(client.post(of(made, verb), data, follow=True))


def test_a_rule_is_drafted_looked_at_begun_and_withdrawn(admin, club):
    assert admin.post(reverse("admin:members_openingrule_add"), sent(club)).status_code == 302
    made = OpeningRule.objects.get()
    assert made.state == "draft"
    shown = page(admin.get(of(made), {"preview": ""}))
    assert "3 accounts looked at" in shown
    assert (
        '<td>Points</td><td class="nf-right">2</td><td class="nf-right">285</td><td class="nf-right">0</td>'
        in shown
    )
    assert '<td class="nf-right">0.5</td>' in shown
    assert not Posting.objects.exists()
    assert "0 of 3 so far" in press(admin, made, "begin")
    look(timezone.now())
    assert sum(Posting.objects.values_list("amount", flat=True)) == 285
    shown = page(admin.get(of(made), {"preview": ""}))
    assert (
        '<td>Points</td><td class="nf-right">2</td><td class="nf-right">0</td><td class="nf-right">285</td>'
        in shown
    )
    press(admin, made, "withdraw")
    look(timezone.now())
    assert sum(Posting.objects.values_list("amount", flat=True)) == 0
    told = Event.objects.filter(name__startswith="opening.").order_by("pk")
    assert [event.name for event in told] == ["opening.begun", "opening.withdrawn"]
    assert {event.properties["by"] for event in told} == {
        str(admin.get("/admin/").wsgi_request.user.username)
    }


def test_the_preview_names_the_largest(admin, club):
    made = rule(club)
    shown = page(admin.get(of(made), {"preview": ""}))
    rows = shown.split("The largest")[1]
    assert rows.index(">501</td>") < rows.index(">70</td>")


def test_it_is_followed_to_a_day(admin, club):
    made = begun(club)
    assert "made after 31 May 2026, 23:59" in press(admin, made, "end", until="2026-05-31")
    made.refresh_from_db()
    last = dt.datetime.combine(dt.date(2026, 5, 31), dt.time.max, timezone.get_default_timezone())
    assert (made.until, made.looked_at) == (last, None)
    assert "Give the day as 2026-12-31" in press(admin, made, "end", until="soon")
    press(admin, made, "end", until="")
    made.refresh_from_db()
    assert made.until is None


def test_what_has_begun_is_read_only_and_each_verb_needs_its_state(admin, club):
    made = begun(club)
    assert admin.post(of(made), sent(club, points_rate="9")).status_code == 403
    assert "Only a draft can be begun." in press(admin, made, "begin")
    opening_rules.withdraw(rule=made, now=NOW)
    for verb in ("begin", "withdraw", "end"):
        assert "Only a" in press(admin, made, verb)
    assert admin.post(of(made, "explode")).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"points_book": ""}, "takes over nothing"),
        ({"points_book": "elsewhere"}, "is of another branch"),
        ({"points_rate": "0"}, "opening_rule_rates"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_the_reason(admin, club, wrong, told):
    other = book(organization=club["b2"], code="other")
    data = {name: other.pk if value == "elsewhere" else value for name, value in wrong.items()}
    answer = admin.post(reverse("admin:members_openingrule_add"), sent(club, **data))
    assert answer.status_code == 200
    assert told in page(answer)
    assert not OpeningRule.objects.exists()


def test_a_draft_that_somebody_else_began_meanwhile_is_not_changed(admin, club, monkeypatch):
    made = rule(club)
    monkeypatch.setattr(
        "members.admin.openings.OpeningRuleAdmin.has_change_permission", lambda self, request, obj=None: True
    )
    opening_rules.begin(rule=made, now=NOW)
    assert "Only a draft can be changed." in page(admin.post(of(made), sent(club), follow=True))


def test_who_may_not_change_rules_sees_them_and_no_buttons(client, club):
    made = rule(club)
    client.force_login(factories.staff(organization=club["b1"], role="marketer"))
    shown = page(client.get(of(made), {"preview": ""}))
    assert "Nothing is taken over yet" in shown
    assert "Begin</button>" not in shown
    assert "The largest" not in shown
    assert client.post(of(made, "begin")).status_code == 403


def test_another_branch_has_no_such_page(client, club):
    made = rule(club)
    client.force_login(factories.staff(permissions=RIGHTS, organization=club["b2"]))
    assert client.get(of(made)).status_code == 404
    client.force_login(factories.staff(permissions=RIGHTS, organization=club["s1"]))
    assert client.post(of(made, "begin")).status_code == 403
