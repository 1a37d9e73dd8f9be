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


@pytest.fixture
def tree():
    return factories.tree()


def tag(node, code, *conditions):
    made = Tag.objects.create(code=code, name=code.title(), kind="rule", organization=node)
    for position, condition in enumerate(conditions, start=1):
        TagValue.objects.create(
            tag=made, code=f"v{position}", name=f"Value {position}", position=position, condition=condition
        )
    return made


def give(tag, *members):
    value = tag.values.first()
    for member in members:
        MemberTags.objects.create(member=member, values=[value.pk], computed_at=NOW)
        TagChange.objects.create(member=member, value=value, gained=True, at=NOW)


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
