import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Activity, ActivityVersion
from members.models import AccessRecord, GoodsSet, Programme, Tier
from tests import factories
from tests.campaigns import making, offering, pots, vouchers
from tests.campaigns.activity_pages import errors, fields, offer_page, page, press, put, verbs
from tests.members.ledger import purses

DAY = dt.timedelta(days=1)


def test_a_marketer_drafts_an_activity_for_his_own_organization(client, tree, author):
    client.force_login(author)
    address = reverse("admin:campaigns_activity_add")
    given = {
        "name": "Summer",
        "code": "SUMMER-26",
        "organization": tree["b1"].pk,
        "starts_at": "2026-06-01T00:00",
    }

    assert client.post(address, given | {"organization": tree["g"].pk}).status_code == 200
    assert client.post(address, given | {"ends_at": "2026-05-01T00:00"}).context["form"].errors["ends_at"]
    assert not Activity.objects.exists()
    answer = client.post(address, given)

    version = ActivityVersion.objects.get()
    assert answer.url == offer_page(version)
    assert (version.state, version.created_by, version.activity.organization) == ("draft", author, tree["b1"])
    assert timezone.localtime(version.starts_at).isoformat() == "2026-06-01T00:00:00+08:00"
    assert client.post(address, given).context["form"].errors["code"]


def test_an_offer_reads_as_a_sentence_and_comes_back_into_its_form(client, draft, author):
    client.force_login(author)

    offer = put(client, draft)

    assert (offer.trigger, offer.execution) == ({"threshold": {"of": "amount", "least": 30000}}, "reduce")
    assert (offer.form, offer.limits) == ({"kind": "cash", "amount": 5000}, {})
    shown = client.get(page(draft)).content.decode()
    assert "50.00 off from 300.00 on; in CNY" in shown
    form = client.get(offer_page(draft)).context["form"]
    assert {name: form[name].value() for name in ("goods", "threshold", "threshold_least", "kind", "amount", "every")} == {
        "goods": "all", "threshold": "amount", "threshold_least": "300", "kind": "cash", "amount": "50", "every": "once",
    }  # fmt: skip


FORMS = [
    ({"kind": "percentage", "off": "12.5", "cap": "80"}, {"off": 1250, "cap": 8000}, "12.5% off"),
    ({"kind": "price", "pieces": "3", "together": "99"}, {"pieces": 3, "amount": 9900}, "99.00"),
    ({"kind": "pieces", "buy": "2", "cheapest": "1", "off": "50"}, {"buy": 2, "off": 5000}, "50% off"),
    ({"kind": "per_piece", "amount": "3.5"}, {"amount": 350}, "3.50"),
    ({"execution": "add", "kind": "packet", "least": "1", "most": "20"}, {"least": 100, "most": 2000}, "20.00"),
    (
        {"execution": "add", "kind": "packet", "least": "0.01", "most": "20", "total": "200", "packets": "100"},
        {"least": 1, "most": 2000, "total": 20_000, "count": 100}, "100 packets",
    ),
    (
        {"execution": "add", "kind": "goods", "skus": "MUG, CUP", "given": "2", "price": "0", "worth": "30"},
        {"skus": ["MUG", "CUP"], "quantity": 2000, "worth": 3000}, "2 × MUG or CUP for nothing",
    ),
    (
        {"execution": "exchange", "kind": "goods", "skus": "MUG", "given": "1", "price": "1", "worth": "29"},
        {"skus": ["MUG"], "quantity": 1000, "price": 100, "worth": 2900}, "1.00",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "form", "said"), FORMS)
def test_each_form_is_written_for_the_engine_said_and_shown_again(client, draft, author, given, form, said):
    client.force_login(author)

    offer = put(client, draft, **given)

    assert offer.form == {"kind": given["kind"], **form}
    assert said in client.get(page(draft)).content.decode()
    shown = client.get(offer_page(draft)).context["form"]
    again = {name: shown[name].value() for name in given}
    assert {
        name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in again.items()
    } == given


def test_points_multiples_and_coupons_name_what_the_house_has(client, tree, draft, author):
    book = purses.book(organization=tree["b1"], code="club", scale=1)
    gift = vouchers.drafted(organization=tree["b1"], kind="gift", code="MUG")
    client.force_login(author)
    given = {"execution": "return", "after": "received", "after_days": "7"}

    offer = put(client, draft, **given, kind="points", book="club", points="20", worth="2", every="every")
    assert offer.form == {"kind": "points", "book": "club", "amount": 200, "worth": 200, "digits": 1}
    assert (offer.after, offer.after_days, offer.limits) == ("received", 7, {"every": True})
    assert book.name in client.get(page(draft)).content.decode()
    offer = put(client, draft, execution="add", kind="multiplier", book="club", times="2", worth_percent="1")
    assert offer.form == {"kind": "multiplier", "book": "club", "times": 20000, "worth": 100}
    assert (offer.after, offer.after_days) == ("", 0)
    offer = put(client, draft, execution="add", kind="voucher", template="MUG", coupons="1", worth="10")
    assert offer.form == {"kind": "voucher", "template": "MUG", "of": "gift", "worth": 1000}
    assert gift.name in client.get(page(draft)).content.decode()


def test_a_trigger_names_goods_times_places_and_people(client, tree, draft, author):
    GoodsSet.objects.create(organization=tree["g"], code="eco", name="Eco goods", skus=["E1"])
    club = Programme.objects.create(organization=tree["b1"], name="Club")
    Tier.objects.create(programme=club, code="gold", name="Gold", rank=1)
    factories.channel(organization=tree["g"], code="app", name="The app")
    pack = making.audience(organization=tree["b1"], members=[], name="Visitors")
    client.force_login(author)

    offer = put(
        client, draft, goods="some", sets=["eco"], goods_skus="A1, A2", except_brands="Acme", threshold="quantity",
        threshold_least="2", weekdays=["6", "7"], days="1, 15", hours="10:00-12:00", starts="2026-06-01T00:00",
        ends="2026-07-01T00:00", organizations=["s1"], channels=["app"], regions="north", whom="members",
        tiers=["b1:gold"], birthday="month", audience=pack.pk,
    )  # fmt: skip

    assert offer.audience == pack
    assert offer.trigger == {
        "goods": {"skus": ["A1", "A2"], "sets": ["eco"], "except_brands": ["Acme"]},
        "threshold": {"of": "quantity", "least": 2000},
        "starts": "2026-06-01T00:00:00", "ends": "2026-07-01T00:00:00",
        "recurrence": {"weekdays": [6, 7], "days": [1, 15], "hours": ["10:00-12:00"]},
        "organizations": ["s1"], "channels": ["app"], "regions": ["north"], "members": True, "tiers": ["b1:gold"],
        "birthday": "month",
    }  # fmt: skip
    shown = client.get(page(draft)).content.decode()
    for words in (
        "Eco goods",
        "A1",
        "2 pieces",
        "Acme",
        "S1",
        "The app",
        "north",
        "Club · Gold",
        "Visitors",
        "Saturdays",
    ):
        assert words in shown
    form = client.get(offer_page(draft)).context["form"]
    assert (form["hours"].value(), form["days"].value()) == ("10:00-12:00", "1, 15")
    assert form["audience"].value() == str(pack.pk)


def test_what_is_missing_is_said_beside_its_element_and_keeps_it_from_approval(client, draft, author):
    client.force_login(author)
    offer = put(client, draft, kind="", amount="", every="", goods="", threshold="", threshold_least="")

    assert (offer.trigger, offer.form, offer.limits) == (None, None, None)
    shown = client.get(page(draft)).content.decode()
    for words in ("say which goods", "say what it is", "say how often it is given"):
        assert f"missing: {words}" in shown
    assert shown.count("missing: ") == 3
    refused = press(client, draft, "submit").content.decode()
    assert "It lacks a trigger, a form, limits" in refused
    assert draft.state == "draft"


FAULTS = [
    ({"goods": ""}, "goods", "Say which goods"),
    ({"goods": "some"}, "goods", "Name some goods"),
    ({"kind": ""}, "kind", "Say what it is"),
    ({"every": "", "per_member": "1"}, "every", "Say how often"),
    ({"amount": ""}, "amount", "Say how much"),
    ({"execution": "exchange"}, "kind", "Choose one of: goods"),
    ({"threshold_least": ""}, "threshold_least", "how much"),
    ({"hours": "10-12"}, "hours", "like 10:00-12:00"),
    ({"days": "32"}, "days", "no day of a month"),
    ({"every": "every", "threshold": "", "threshold_least": ""}, "every", "multiple of what"),
    ({"kind": "percentage", "off": "101"}, "off", "100"),
    ({"currency": "12C"}, "currency", "Three letters"),
    ({"starts": "2026-02-01T00:00", "ends": "2026-01-01T00:00"}, "ends", "before it begins"),
]


@pytest.mark.parametrize(("changed", "field", "words"), FAULTS)
def test_what_does_not_fit_is_said_at_its_field(client, draft, author, changed, field, words):
    client.force_login(author)

    assert words in str(errors(client, draft, **changed)[field])
    assert not draft.offers.exists()


def test_a_fault_is_told_to_who_does_not_see_it(client, draft, author):
    """What the field says it is described by is there."""
    client.force_login(author)
    shown = client.post(offer_page(draft), fields(hours="25-26")).content.decode()
    described = re.search(r'<input[^>]*name="hours"[^>]*>', shown)[0]
    assert 'aria-invalid="true"' in described
    for each in re.search(r'aria-describedby="([^"]+)"', described)[1].split():
        assert f'id="{each}"' in shown


def test_those_who_pay_share_the_whole(client, tree, draft, author):
    brand, dealer = (pots.budget(organization=tree[code]) for code in ("b1", "d1"))
    client.force_login(author)

    assert errors(client, draft, budget_1=brand.code, percent_1="70")["percent_1"]
    offer = put(client, draft, budget_1=brand.code, percent_1="70", budget_2=dealer.code, percent_2="30")

    assert {share.budget: share.basis_points for share in offer.shares.all()} == {brand: 7000, dealer: 3000}
    form = client.get(offer_page(draft)).context["form"]
    assert (form["budget_2"].value(), form["percent_2"].value()) == (dealer.code, 30)


def test_a_second_person_approves_and_stops_at_once_with_a_reason(client, tree, draft, author, colleague):
    client.force_login(author)
    put(client, draft)
    assert verbs(client, draft) == ["submit"]
    press(client, draft, "submit")
    assert verbs(client, draft) == ["withdraw"]
    assert "another person has to approve it" in press(client, draft, "approve").content.decode()
    assert draft.state == "submitted"

    client.force_login(colleague)
    assert verbs(client, draft) == ["approve", "reject", "withdraw"]
    press(client, draft, "approve")
    assert (draft.state, draft.approved_by) == ("published", colleague)
    assert offering.live_codes(store=tree["s1"], at=timezone.now()) == ["SUMMER-1"]
    assert verbs(client, draft) == ["stop", "renew"]
    press(client, draft, "stop", reason=" ")
    assert draft.state == "published"
    press(client, draft, "stop", reason="wrong price")
    assert (draft.state, draft.stop_reason, draft.stopped_by) == ("stopped", "wrong price", colleague)
    assert offering.live_codes(store=tree["s1"], at=timezone.now() + DAY) == []
    assert AccessRecord.objects.filter(action="activity.stopped", user=colleague).exists()
    assert "because: wrong price" in client.get(page(draft)).content.decode()


def test_who_should_approve_gives_it_back_and_says_why(client, draft, author, colleague):
    client.force_login(author)
    put(client, draft)
    press(client, draft, "submit")
    client.force_login(colleague)

    press(client, draft, "reject", reason="")
    assert draft.state == "submitted"
    press(client, draft, "reject", reason="too dear")

    assert draft.state == "draft"
    assert AccessRecord.objects.get(action="activity.withdrawn").reason == "too dear"
    client.force_login(author)
    shown = client.get(page(draft))
    assert "It is a draft again. Because: too dear" in shown.content.decode()
    assert [deed.user for deed in shown.context["deeds"]] == [colleague, author, author]
    assert (
        client.get(reverse("admin:campaigns_activity_history", args=[draft.activity_id])).status_code == 200
    )


def test_a_new_version_waits_beside_the_one_that_is_live(client, draft, author, colleague):
    client.force_login(author)
    put(client, draft)
    press(client, draft, "submit")
    client.force_login(colleague)
    press(client, draft, "approve")

    press(client, draft, "renew")

    newest = ActivityVersion.objects.get(number=2)
    assert (newest.state, newest.offers.get().name) == ("draft", "50 off")
    shown = client.get(page(draft)).content.decode()
    assert client.get(page(draft)).context["version"] == draft
    assert "2 draft" in shown
    assert client.get(page(draft), {"version": 2}).context["version"] == newest
    listed = client.get(reverse("admin:campaigns_activity_changelist")).content.decode()
    assert "1 (2: draft)" in listed
    assert "renew" not in verbs(client, draft)


def test_what_was_submitted_is_not_edited(client, draft, author):
    client.force_login(author)
    put(client, draft)
    press(client, draft, "submit")

    assert client.get(offer_page(draft)).status_code == 404
    assert client.post(offer_page(draft), fields(amount="60")).status_code == 404
    client.post(reverse("admin:campaigns_activity_remove", args=[draft.activity_id, 1]), {})
    assert draft.offers.get().form["amount"] == 5000


def test_an_offer_is_taken_out_and_the_time_is_changed_while_it_is_a_draft(client, draft, author):
    client.force_login(author)
    put(client, draft)
    put(client, draft, position=2, name="Second")
    moved = reverse("admin:campaigns_activity_time", args=[draft.activity_id])

    client.post(reverse("admin:campaigns_activity_remove", args=[draft.activity_id, 1]), {})
    client.post(moved, {"starts_at": "2027-01-01T08:00", "ends_at": "2027-01-02T08:00"})
    client.post(moved, {"starts_at": "2027-01-03T08:00", "ends_at": "2027-01-02T08:00"})

    draft.refresh_from_db()
    assert [offer.name for offer in draft.offers.all()] == ["Second"]
    assert timezone.localtime(draft.starts_at).isoformat() == "2027-01-01T08:00:00+08:00"


def test_an_activity_of_the_group_is_seen_below_it_and_changed_only_there(client, tree, author):
    version = offering.drafted(organization=tree["g"], offers=(offering.off(),))
    foreign = offering.drafted(organization=tree["b2"])
    client.force_login(author)

    assert client.get(page(version)).status_code == 200
    assert client.get(page(foreign)).status_code == 404
    assert verbs(client, version) == []
    for verb in ("submit", "approve", "stop", "unheard-of"):
        assert press(client, version, verb, reason="x").status_code == 403
    assert client.get(offer_page(version)).status_code == 403
    assert (
        client.post(reverse("admin:campaigns_activity_remove", args=[version.activity_id, 1])).status_code
        == 403
    )
    assert version.state == "draft"


def test_who_only_looks_changes_nothing(client, tree, draft, author):
    client.force_login(factories.staff(organization=tree["b1"], permissions="campaigns.view_activity"))

    assert client.get(page(draft)).status_code == 200
    assert verbs(client, draft) == []
    assert client.get(reverse("admin:campaigns_activity_add")).status_code == 403
    assert client.get(offer_page(draft)).status_code == 403
    assert press(client, draft, "submit").status_code == 403
    client.force_login(factories.staff(organization=tree["b1"]))
    assert client.get(page(draft)).status_code == 403
    assert client.get(reverse("admin:campaigns_activity_changelist")).status_code == 403


def test_the_list_costs_the_same_for_one_and_for_many(client, tree, author, django_assert_max_num_queries):
    for _number in range(6):
        offering.published(organization=tree["b1"], offers=(offering.off(),))
    client.force_login(author)

    with django_assert_max_num_queries(20):
        answer = client.get(reverse("admin:campaigns_activity_changelist"))
    assert answer.context["cl"].result_count == 6


def test_what_excludes_what_is_told_before_approval(client, tree, draft, author):
    client.force_login(author)
    put(client, draft, groups="summer")
    put(client, draft, position=2, name="60 off", amount="60", groups="summer")

    found = client.get(page(draft)).context["findings"]

    assert any("60 off" in row["what"] for row in found if row["offer"] == "50 off")
    client.post(reverse("admin:campaigns_activity_remove", args=[draft.activity_id, 2]), {})
    assert not client.get(page(draft)).context["findings"]
