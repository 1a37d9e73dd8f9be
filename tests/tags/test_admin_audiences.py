import json

import pytest
from django.urls import reverse

from members.models import MemberProfile
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


def preview(client, condition, node):
    text = condition if isinstance(condition, str) else json.dumps(condition)
    form = {"condition": text, "organization": node.pk}
    return client.post(reverse("admin:tags_audience_preview"), form)


def test_a_preview_counts_and_shows_a_masked_sample_before_anything_is_saved(client, tree, buyers):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))

    shown = preview(client, TWICE, tree["g"])

    assert shown.context["preview"].count == 2
    assert "A*** L*" in shown.content.decode()
    assert "Anna Li" not in shown.content.decode()
    assert not Audience.objects.exists()


def test_a_preview_of_a_dealer_counts_his_members_only(client, tree, buyers):
    client.force_login(factories.staff(organization=tree["d1"], permissions=MARKETER))

    assert preview(client, TWICE, tree["d1"]).context["preview"].count == 1
    assert "Choose an organization" in preview(client, TWICE, tree["d2"]).content.decode()


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"all": [TWICE, {"orders": {"aggregate": "sum"}}]}, "all[1].orders.aggregate"),
        ('{"all": [', "line 1, column 10"),
    ],
)
def test_a_wrong_condition_is_answered_with_its_place(client, tree, condition, said):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))

    assert said in preview(client, condition, tree["g"]).content.decode()


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
    assert "Number of orders is at least 2" in client.get(page).content.decode()

    client.post(reverse("admin:tags_audience_freeze", args=[audience.pk]))
    audience.refresh_from_db()
    assert audience.frozen_at is not None
    assert AudienceMember.objects.filter(audience=audience).count() == 2
    assert client.post(page, {"name": "Other"}).status_code == 403


def test_audiences_of_others_are_not_found(client, tree):
    client.force_login(factories.staff(organization=tree["g"], permissions=MARKETER))
    save(client, tree)
    audience = Audience.objects.get()

    client.force_login(factories.staff(organization=tree["d1"], permissions=MARKETER))

    for part in ("change", "freeze"):
        send = client.get if part == "change" else client.post
        assert send(reverse(f"admin:tags_audience_{part}", args=[audience.pk])).status_code == 404
