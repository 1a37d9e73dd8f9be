import json

import pytest
from django.core.cache import cache
from django.urls import reverse

from members.models import LabelStatement, MemberProfile
from tags.models import Audience, AudienceMember
from tests import factories

pytestmark = pytest.mark.django_db
MARKETER = "tags.view_audience tags.add_audience tags.change_audience"
TWICE = {"orders": {"aggregate": "count", "op": ">=", "value": 2}}


@pytest.fixture
def buyers(tree):
    """At s1 one who bought twice and one who bought once; at s3 one who bought twice."""
    mall = factories.channel(organization=tree["g"])
    members = []
    for store, orders in (("s1", 2), ("s1", 1), ("s3", 2)):
        account = factories.account(channel=mall, organization=tree[store])
        MemberProfile.objects.create(member=account.member, name="Anna Li", city="Qingdao")
        for _ in range(orders):
            factories.order(account=account, organization=tree[store])
        members.append(account.member)
    return members


def count(client, condition, node, **more):
    text = condition if isinstance(condition, str) else json.dumps(condition)
    form = {"condition": text, "organization": node.pk, **more}
    return client.post(reverse("admin:tags_audience_count"), form)


@pytest.mark.requirement("TAG-033")
def test_a_condition_is_counted_with_a_masked_sample_before_anything_is_saved(client, tree, buyers):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))

    told = count(client, {"all": [TWICE, {"not": TWICE}]}, tree["g"]).json()
    assert (told["count"], told["whole"]) == (0, 3)
    assert told["parts"] == {"all[0]": 2, "all[1]": 1, "all[1].not": 2}

    told = count(client, TWICE, tree["g"]).json()
    assert told["count"] == 2
    assert told["said"] == "Number of orders is at least 2."
    assert "A*** L*" in told["sample"]
    assert "Anna Li" not in told["sample"]
    assert [way["code"] for way in told["reach"]] == ["sms", "email", "push", "wecom"]
    assert not Audience.objects.exists()


def test_a_dealer_counts_his_members_only(client, tree, buyers):
    client.force_login(factories.staff(organization=tree["d1"], permissions=MARKETER))

    assert count(client, TWICE, tree["d1"]).json()["count"] == 1
    assert "Choose an organization" in count(client, TWICE, tree["d2"]).json()["fault"]["says"]


@pytest.mark.parametrize(
    ("condition", "place", "said"),
    [
        ({"all": [TWICE, {"orders": {"aggregate": "sum"}}]}, "all[1].orders.aggregate", "is not known"),
        ('{"all": [', "", "line 1, column 10"),
        ("[" * 100_000, "", ""),
        ('{"orders": {"aggregate": "count", "op": ">=", "value": ' + "9" * 5_000 + "}}", "", "too long"),
        (
            {"orders": {"aggregate": "amount", "op": ">", "value": "1e-99999"}},
            "orders.value",
            "too many digits",
        ),
        ('{"orders": {"aggregate": "\\ud800"}}', "orders.aggregate", "is not known"),
    ],
)
def test_a_wrong_condition_is_answered_with_its_place(client, tree, condition, place, said):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))

    fault = count(client, condition, tree["g"]).json()["fault"]
    assert fault["place"] == place
    assert said in fault["says"]
    text = condition if isinstance(condition, str) else json.dumps(condition)
    form = {"name": "Wrong", "organization": tree["g"].pk, "condition": text}
    answer = client.post(reverse("admin:tags_audience_add"), form)
    assert answer.context["adminform"].form.errors["condition"]
    assert not Audience.objects.exists()


def pick(client, what, node, **asked):
    told = client.get(reverse("admin:tags_audience_pick"), {"what": what, "organization": node.pk, **asked})
    return [option["value"] for option in told.json()["options"]]


def test_what_a_condition_may_name_is_searched_within_reach(client, tree, buyers):
    client.force_login(factories.staff(organization=tree["d1"], permissions=MARKETER))

    assert set(pick(client, "organization", tree["d1"])) == {"d1", "s1", "s2"} & set(tree)
    assert pick(client, "organization", tree["d1"], q="s1") == ["s1"]
    assert pick(client, "organization", tree["g"]) == []
    assert pick(client, "sku", tree["d1"], q="nothing like it") == []
    assert pick(client, "passwords", tree["d1"]) == []


def test_other_peoples_audiences_are_not_picked(client, tree):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))
    save(client, tree, name="Of the group")
    mine = Audience.objects.get().pk
    assert pick(client, "audience", tree["g"], q="group") == [mine]

    client.force_login(factories.staff(organization=tree["g"], permissions="tags.view_audience"))
    assert client.get(reverse("admin:tags_audience_pick"), {"what": "audience"}).status_code == 403


def test_the_page_says_why_somebody_is_in(client, tree, buyers):
    client.force_login(
        factories.staff(organization=tree["d1"], permissions=f"{MARKETER} members.view_member")
    )
    condition = {"name": "Ours", "organization": tree["d1"].pk, "condition": json.dumps(TWICE)}
    client.post(reverse("admin:tags_audience_add"), condition)
    page = reverse("admin:tags_audience_change", args=[Audience.objects.get().pk])

    def said(member):
        return client.get(page, {"oneid": member.oneid.lower()}).content.decode()

    assert "In, because: number of orders is at least 2 (found: 2) ✓." in said(buyers[0])
    assert "Out, because: number of orders is at least 2 (found: 1) ✗." in said(buyers[1])
    assert "no member of this OneID that you may see" in said(buyers[2])
    asked = {"audience": Audience.objects.get().pk, "oneid": buyers[0].oneid}
    why = client.get(reverse("admin:tags_audience_why"), asked)
    assert why.url == f"{page}?oneid={buyers[0].oneid}#why"
    person = client.get(reverse("admin:members_member_change", args=[buyers[0].oneid])).content.decode()
    assert f'<option value="{asked["audience"]}">Ours</option>' in person


def test_the_page_shows_how_large_it_was(client, tree, buyers):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))
    save(client, tree)
    audience = Audience.objects.get()
    account = buyers[1].accounts.get()
    factories.order(account=account, organization=tree["s1"])

    assert client.post(reverse("admin:tags_audience_refresh", args=[audience.pk])).status_code == 302
    shown = client.get(reverse("admin:tags_audience_change", args=[audience.pk]))

    assert [size.count for size in shown.context["sizes"]] == [2, 3]
    assert "nf-chart" in shown.content.decode()


def save(client, tree, condition=TWICE, name="Bought twice"):
    form = {"name": name, "organization": tree["g"].pk, "condition": json.dumps(condition)}
    return client.post(reverse("admin:tags_audience_add"), form)


def test_a_wrong_condition_is_not_saved(client, tree):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))

    answer = save(client, tree, {"orders": {"aggregate": "sum"}})

    assert "orders.aggregate" in answer.content.decode()
    assert not Audience.objects.exists()


def test_a_saved_audience_is_counted_said_in_words_and_can_be_frozen(client, tree, buyers):
    user = factories.staff(organization=tree["g"], permissions=MARKETER)
    client.force_login(user)

    assert save(client, tree).status_code == 302
    audience = Audience.objects.get()
    page = reverse("admin:tags_audience_change", args=[audience.pk])

    assert (audience.count, audience.created_by) == (2, user)
    shown = client.get(page).content.decode()
    assert "Number of orders is at least 2" in shown
    assert "&quot;aggregate&quot;" in shown

    client.post(reverse("admin:tags_audience_freeze", args=[audience.pk]))
    audience.refresh_from_db()
    assert audience.frozen_at is not None
    assert AudienceMember.objects.filter(audience=audience).count() == 2
    assert client.post(page, {"name": "Other"}).status_code == 403
    frozen = client.get(page).content.decode()
    assert "Number of orders is at least 2" in frozen
    assert "&quot;aggregate&quot;" not in frozen


def test_audiences_of_others_are_not_found(client, tree):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))
    save(client, tree)
    audience = Audience.objects.get()

    client.force_login(factories.staff(organization=tree["d1"], permissions=MARKETER))

    for part in ("change", "freeze"):
        send = client.get if part == "change" else client.post
        assert send(reverse(f"admin:tags_audience_{part}", args=[audience.pk])).status_code == 404


def test_words_of_the_channels_of_another_brand_are_not_picked(client, tree):
    cache.clear()
    for number, node in enumerate(("g", "b1", "b2")):
        mall = factories.channel(organization=tree[node], code=f"mall-{node}")
        account = factories.account(channel=mall)
        for source in (mall.code, f"tag:by-hand-{number}"):
            LabelStatement.objects.create(
                account=account, source=source, labels=[f"word of {source}"], stated_at=factories.NOW
            )
    client.force_login(factories.staff(organization=tree["b1"], permissions=MARKETER))
    assert set(pick(client, "label", tree["b1"])) == {"word of mall-g", "word of mall-b1"}
