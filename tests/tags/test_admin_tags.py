import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tags.models import MemberTags, Tag, TagChange, TagValue
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.NOW
LIST = "admin:tags_tag_changelist"


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


def tag(node, code, *conditions):
    made = factories.tag(code=code, name=code.title(), source="rule", organization=node)
    for position, condition in enumerate(conditions, start=1):
        TagValue.objects.create(
            tag=made, code=f"v{position}", name=f"Value {position}", position=position, condition=condition
        )
    return made


def give(tag, *members):
    value = tag.values.first()
    for member in members:
        MemberTags.objects.create(member=member, values=[value.pk], computed_at=NOW)
        TagChange.objects.create(member=member, gained=[value.pk], at=NOW)


def test_a_tag_says_who_gets_it_and_how_many_have_it(client, tree):
    mall = factories.channel(organization=tree["g"])
    repeat = tag(tree["g"], "repeat", {"orders": {"aggregate": "count", "op": ">=", "value": 2}}, None)
    here, there = (factories.account(channel=mall, organization=tree[code]).member for code in ("s1", "s3"))
    give(repeat, here, there)
    client.force_login(factories.staff(superuser=True))

    page = client.get(reverse("admin:tags_tag_change", args=[repeat.pk]))

    assert [row["count"] for row in page.context["values"]] == [2, 0]
    assert "Number of orders is at least 2" in page.content.decode()
    assert "Everybody else" in page.content.decode()

    client.force_login(factories.staff(organization=tree["d1"], permissions="tags.view_tag"))
    page = client.get(reverse("admin:tags_tag_change", args=[repeat.pk]))
    assert [row["count"] for row in page.context["values"]] == [1, 0]


def test_a_tag_of_the_group_holds_for_a_dealer_and_is_not_his_to_change(client, tree):
    above, own, beside = (tag(tree[code], f"of-{code}", None) for code in ("g", "d1", "d2"))
    client.force_login(factories.staff(organization=tree["d1"], permissions="tags.view_tag tags.change_tag"))

    assert set(client.get(reverse(LIST)).context["cl"].queryset) == {above, own}
    form = {"name": "Renamed", "values-TOTAL_FORMS": 0, "values-INITIAL_FORMS": 0}
    assert client.post(reverse("admin:tags_tag_change", args=[above.pk]), form).status_code == 403
    assert client.get(reverse("admin:tags_tag_change", args=[beside.pk])).status_code == 404


def form(node, **fields):
    given = {"code": "worth", "name": "Worth", "organization": node.pk, "purpose": "", "active": "on"}
    inline = {
        f"values-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
    }
    about = {"source": "model", "kind": "value", "shape": "one", "model": "rfm", "parameters": "{}"}
    return {**given, **inline, **about, **fields}


def test_a_model_tag_gets_its_values_and_is_computed_at_once(
    client, tree, django_capture_on_commit_callbacks, monkeypatch
):
    asked = []
    monkeypatch.setattr("tags.admin.tags.async_task", lambda *given, **_options: asked.append(given))
    client.force_login(factories.staff(superuser=True))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:tags_tag_add"), form(tree["g"]))
    values = Tag.objects.get(code="worth").values.order_by("position")
    assert [value.code for value in values][:2] == ["important_value", "general_value"]
    assert len(values) == 8
    assert asked == [("tags.tasks.compute_tag", "worth")]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"model": "fortune"}, "model", "Models: rfm."),
        ({"parameters": '{"bounds": "guess"}'}, "parameters", "bounds"),
    ],
)
def test_a_model_that_cannot_be_computed_is_refused_with_the_place(client, tree, fields, field, said):
    client.force_login(factories.staff(superuser=True))
    page = client.post(reverse("admin:tags_tag_add"), form(tree["g"], **fields))
    assert said in str(page.context["adminform"].form.errors[field])
    assert not Tag.objects.exists()


def test_the_members_page_says_since_when(client, tree):
    mall = factories.channel(organization=tree["g"])
    member = factories.account(channel=mall).member
    give(tag(tree["g"], "repeat", None), member)
    client.force_login(factories.staff(superuser=True))

    shown = client.get(reverse("admin:members_member_change", args=[member.oneid])).content.decode()

    assert "Value 1" in shown
    assert "15 Jan 2026" in shown.split("Value 1")[1].split("</li>")[0]


def test_the_list_asks_as_much_for_three_tags_as_for_one(client, tree):
    def queries():
        cache.clear()
        with CaptureQueriesContext(connection) as ran:
            assert client.get(reverse(LIST)).status_code == 200
        return len(ran)

    client.force_login(factories.staff(superuser=True))
    tag(tree["g"], "one", None)
    one = queries()
    tag(tree["g"], "two", None, None)
    tag(tree["b1"], "three", None)

    assert queries() == one
