"""The doors of tags and audiences: what somebody else did meanwhile, and what is told of other branches."""

import pytest
from django.urls import reverse

from config import roles
from tags.actions import approvals, audiences, definitions
from tags.models import Audience, AudienceSize, ModelRun, Tag, TagRun
from tests import factories
from tests.tags.test_admin_tags import NOW, TWICE, card, form, tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]
LATER = factories.NOW.replace(year=factories.NOW.year + 1)


def test_what_was_frozen_while_it_was_counted_keeps_its_count(tree):
    mall = factories.channel(organization=tree["g"])
    factories.account(channel=mall, organization=tree["s1"])
    given = {"name": "All", "organization": tree["g"], "condition": {"all": []}}
    counted = audiences.save(**given, by=None, now=NOW)
    audiences.freeze(audience=Audience.objects.get(pk=counted.pk), by=None, now=NOW)
    factories.account(channel=mall, organization=tree["s1"])

    answer = audiences.refresh(audience=counted, now=LATER)

    kept = Audience.objects.get(pk=counted.pk)
    assert (kept.count, kept.counted_at, answer.frozen_at) == (1, NOW, NOW)
    assert set(AudienceSize.objects.values_list("count", flat=True)) == {1}


def test_what_was_said_anew_while_it_was_counted_keeps_its_count(tree):
    mall = factories.channel(organization=tree["g"])
    factories.account(channel=mall, organization=tree["s1"])
    given = {"name": "Some", "organization": tree["g"]}
    counted = audiences.save(**given, condition={"all": []}, by=None, now=NOW)
    said = audiences.save(**given, condition=TWICE, by=None, now=NOW, audience=counted)
    counted.condition = {"all": []}
    assert said.count == 0
    audiences.refresh(audience=counted, now=LATER)
    assert Audience.objects.get(pk=counted.pk).count == 0


def test_a_draft_is_approved_as_the_approver_saw_it(client, tree, asked):
    made = tag(tree["g"], "repeat", TWICE, status="draft", approved_at=None)
    client.force_login(factories.staff(superuser=True))
    address = reverse("admin:tags_tag_do", args=[made.pk, "approve"])
    page = card(client, made)
    seen = page.context["seen"]
    assert f'name="seen" value="{seen}"' in page.content.decode()
    definitions.change(tag=made, by=None, now=NOW, purpose="Something else.")

    answer = client.post(address, {"seen": seen}, follow=True)

    assert "was changed by somebody else meanwhile" in answer.content.decode()
    assert Tag.objects.get(pk=made.pk).status == "draft"
    client.post(address, {"seen": card(client, made).context["seen"]})
    assert Tag.objects.get(pk=made.pk).status == "approved"


def test_of_two_who_change_a_tag_at_once_the_second_is_told(client, tree, asked):
    made = tag(tree["g"], "repeat", TWICE, status="draft", approved_at=None)
    client.force_login(factories.staff(superuser=True))
    address = reverse("admin:tags_tag_edit", args=[made.pk])
    seen = client.get(address).context["seen"]
    rows = [("v1", "Value 1", TWICE)]

    client.post(address, form(values=rows, seen=seen, purpose="The first."))
    second = client.post(address, form(values=rows, seen=seen, purpose="The second."))

    assert "was changed by somebody else meanwhile" in second.content.decode()
    assert second.context["seen"] == seen
    assert Tag.objects.get(pk=made.pk).purpose == "The first."
    with pytest.raises(approvals.Refused):
        definitions.change(tag=made, by=None, now=NOW, seen=seen, purpose="The third.")


def test_runs_of_the_whole_house_are_told_at_its_top(client, tree):
    made = tag(tree["g"], "repeat", TWICE, source="model")
    TagRun.objects.create(
        scope="all",
        tags=["repeat", "of-b2"],
        members=98765,
        started_at=NOW,
        ended_at=NOW,
        error="of-b2: wrong",
    )
    quality = {"stability": 0.93, "profile": [{"code": "a", "members": 54321}], "buyers": 43210}
    ModelRun.objects.create(tag=made, version="1", as_of=NOW, parameters={}, members=76543, quality=quality)
    roles.create()

    def told(node):
        client.force_login(factories.staff(organization=tree[node], role="marketer"))
        text = card(client, made).content.decode()
        runs = client.get(reverse("admin:tags_tagrun_changelist")).context["cl"].queryset.count()
        return ["98,765" in text, "76,543" in text, "54321" in text, "43210" in text, "0.93" in text, runs]

    assert told("g") == [True, True, True, True, True, 1]
    assert told("b1") == [False, False, False, False, True, 0]


def test_a_table_of_any_number_is_not_there(client, tree):
    client.force_login(factories.staff(superuser=True))
    page = reverse("admin:report_freshness")
    assert client.get(page, {"export": "csv-" + "9" * 5000}).status_code == 404
    assert client.get(page, {"export": "csv-٠"}).status_code == 404
    assert client.get(page, {"export": "csv-0"}).status_code == 200
