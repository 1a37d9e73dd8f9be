"""The tree of tags, the card of each, its form and its buttons."""

import json

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import roles
from tags.actions import definitions
from tags.models import Category, MemberTags, ModelRun, Tag, TagChange, TagValue
from tags.models.tag import SAID
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]
NOW = factories.NOW
LIST, TREE = "admin:tags_tag_changelist", "admin:tags_tag_tree"
TWICE = {"orders": {"aggregate": "count", "op": ">=", "value": 2}}


def tag(node, code, *conditions, **fields):
    values = [(f"v{number}", condition) for number, condition in enumerate(conditions, start=1)]
    made = factories.tag(
        code=code, source=fields.pop("source", "rule"), organization=node, values=values, **fields
    )
    for number, value in enumerate(made.values.order_by("position"), start=1):
        TagValue.objects.filter(pk=value.pk).update(name=f"Value {number}")
    return made


def give(tag, *members):
    value = tag.values.order_by("position").first()
    for member in members:
        MemberTags.objects.create(member=member, values=[value.pk], computed_at=NOW)
        TagChange.objects.create(member=member, gained=[value.pk], at=NOW)


def card(client, tag):
    return client.get(reverse("admin:tags_tag_change", args=[tag.pk]))


def form(node=None, *, values=(), **fields):
    given = {
        "name": "Worth",
        "source": "rule",
        "kind": "value",
        "shape": "one",
        "parameters": "{}",
        "measure": "",
    }
    about = {"code": "worth", "organization": node.pk} if node else {}
    said = {name: f"its {name}" for name in SAID}
    rows = {"values-TOTAL_FORMS": len(values), "values-INITIAL_FORMS": 0}
    for number, (code, name, condition) in enumerate(values):
        row = {
            "position": number,
            "code": code,
            "name": name,
            "condition": json.dumps(condition) if condition else "",
        }
        rows |= {f"values-{number}-{field}": value for field, value in row.items()}
    return {**given, **about, **said, **rows, **fields}


def test_a_tag_says_who_gets_it_and_how_many_have_it(client, tree):
    mall = factories.channel(organization=tree["g"])
    repeat = tag(tree["g"], "repeat", TWICE, None)
    here, there = (factories.account(channel=mall, organization=tree[code]).member for code in ("s1", "s3"))
    give(repeat, here, there)
    client.force_login(factories.staff(superuser=True))

    page = card(client, repeat)

    assert [row["count"] for row in page.context["values"]] == [2, 0]
    assert "Number of orders is at least 2" in page.content.decode()
    assert "Everybody else" in page.content.decode()

    client.force_login(factories.staff(organization=tree["d1"], permissions="tags.view_tag"))
    assert [row["count"] for row in card(client, repeat).context["values"]] == [1, 0]


def test_a_tag_of_the_group_holds_for_a_dealer_and_is_not_his_to_change(client, tree):
    above, own, beside = (tag(tree[code], f"of-{code}", None) for code in ("g", "d1", "d2"))
    may = "tags.view_tag tags.change_tag tags.approve_tag"
    client.force_login(factories.staff(organization=tree["d1"], permissions=may))

    assert set(client.get(reverse(LIST)).context["cl"].queryset) == {above, own}
    assert client.get(reverse("admin:tags_tag_edit", args=[own.pk])).status_code == 200
    assert client.post(reverse("admin:tags_tag_edit", args=[above.pk]), form()).status_code == 403
    assert client.post(reverse("admin:tags_tag_do", args=[above.pk, "retire"])).status_code == 403
    assert card(client, beside).status_code == 404
    above.refresh_from_db()
    assert (above.active, above.name) == (True, "Of-G")


@pytest.mark.requirement("TAG-036")
def test_two_brands_see_different_trees(client, tree):
    shared = factories.category(organization=tree["g"], code="shared")
    for brand in ("b1", "b2"):
        own = factories.category(organization=tree[brand], code=f"only-{brand}")
        tag(tree[brand], f"tag-{brand}", None, category=own)
    tag(tree["g"], "everywhere", None, category=shared)

    def seen(brand):
        client.force_login(
            factories.staff(organization=tree[brand], permissions="tags.view_tag tags.view_category")
        )
        found = client.get(reverse(TREE)).context["branches"]
        return [(each.category.code, [tag.code for tag in each.tags]) for each in found if each.tags]

    assert seen("b1") == [("only-b1", ["tag-b1"]), ("shared", ["everywhere"])]
    assert seen("b2") == [("only-b2", ["tag-b2"]), ("shared", ["everywhere"])]


@pytest.mark.requirement("TAG-001")
def test_the_tree_has_four_levels_and_every_tag_says_what_and_whose_it_is(client, tree):
    crowd = factories.category(organization=tree["g"], code="crowd")
    region = Category.objects.create(code="region", name="Region", parent=crowd, organization=tree["g"])
    made = tag(tree["g"], "province", TWICE, category=region, source="rule")
    client.force_login(factories.staff(superuser=True))
    page = client.get(reverse(TREE))
    (top,) = [each for each in page.context["branches"] if each.category == crowd]
    assert [part.category.code for part in top.dimensions] == ["region"]
    assert [each.code for each in top.dimensions[0].tags] == ["province"]
    text = page.content.decode()
    for level in (
        'data-category="crowd"',
        'data-category="region"',
        'data-tag="province"',
        'data-value="v1"',
    ):
        assert level in text
    assert made.definition in text
    assert made.owner in text
    assert "rule" in text.split('data-tag="province"')[1].split("</li>")[0]


@pytest.mark.requirement("TAG-008")
def test_a_dimension_is_added_on_screen(client, tree):
    crowd = factories.category(organization=tree["g"], code="crowd")
    roles.create()
    client.force_login(factories.staff(organization=tree["g"], role="marketer"))
    begun = client.get(reverse("admin:tags_category_add"), {"part_of": "crowd"})
    assert begun.context["adminform"].form.initial["parent"] == crowd
    given = {
        "name": "Household",
        "code": "household",
        "parent": crowd.pk,
        "organization": tree["g"].pk,
        "position": 3,
    }
    client.post(reverse("admin:tags_category_add"), given)
    assert Category.objects.get(code="household").parent == crowd
    tops = client.get(reverse(TREE)).context["branches"]
    assert [part.category.name for part in tops[0].dimensions] == ["Household"]


def test_a_brand_deletes_its_own_branches_and_none_of_the_group(client, tree):
    shared = factories.category(organization=tree["g"], code="shared")
    own = factories.category(organization=tree["b1"], code="own")
    rights = "tags.view_category tags.change_category tags.delete_category"
    client.force_login(factories.staff(organization=tree["b1"], permissions=rights))
    for branch, status in ((shared, 403), (own, 302)):
        address = reverse("admin:tags_category_delete", args=[branch.pk])
        assert client.post(address, {"post": "yes"}).status_code == status
    assert list(Category.objects.values_list("code", flat=True)) == ["shared"]


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("parent", "own", "cannot be part of itself"),
        ("parent", "brand", "belongs to an organization that is not above this one"),
    ],
)
def test_a_category_that_could_not_stand_is_refused(client, tree, field, given, said):
    crowd = factories.category(organization=tree["g"], code="crowd")
    own = Category.objects.create(code="own", name="Own", parent=crowd, organization=tree["g"])
    brand = factories.category(organization=tree["b1"], code="brand")
    parent = {"own": own, "brand": brand}[given]
    client.force_login(factories.staff(superuser=True))
    page = client.post(
        reverse("admin:tags_category_change", args=[crowd.pk]),
        {"name": "Crowd", "parent": parent.pk, "position": 0},
    )
    assert said in str(page.context["adminform"].form.errors[field])


def test_filters_find_the_tags_of_a_category_with_its_dimensions(client, tree):
    crowd = factories.category(organization=tree["g"], code="crowd")
    region = Category.objects.create(code="region", name="Region", parent=crowd, organization=tree["g"])
    age = tag(tree["g"], "age", None, category=crowd)
    city = tag(tree["g"], "city", None, category=region)
    tag(tree["g"], "orders", None, kind="value")
    client.force_login(factories.staff(superuser=True))

    def found(**facets):
        return set(client.get(reverse(LIST), facets).context["cl"].queryset)

    assert found(category="crowd") == {age, city}
    assert found(category="region") == {city}
    assert {each.code for each in found(kind__exact="value")} == {"orders"}
    assert found(to_retire="yes") == {age, city, Tag.objects.get(code="orders")}


@pytest.mark.requirement("TAG-039")
@pytest.mark.parametrize("empty", ["direction", "definition", "benefit"])
def test_the_card_shows_direction_meaning_and_worth_and_an_empty_one_is_not_approvable(
    client, tree, asked, empty
):
    made = tag(tree["g"], "repeat", TWICE, status="draft", approved_at=None)
    told = {name: getattr(made, name) for name in ("direction", "definition", "benefit")}
    lacks = told.pop(empty)
    Tag.objects.filter(pk=made.pk).update(**{empty: ""})
    approver = factories.staff(superuser=True)
    client.force_login(approver)
    page = card(client, made).content.decode()
    assert "Business direction" in page
    assert [name for name, said in told.items() if said not in page] == []
    assert f"It does not say: {Tag._meta.get_field(empty).verbose_name}" in page
    client.post(reverse("admin:tags_tag_do", args=[made.pk, "approve"]))
    assert not Tag.objects.get(pk=made.pk).active
    Tag.objects.filter(pk=made.pk).update(**{empty: lacks})
    client.post(reverse("admin:tags_tag_do", args=[made.pk, "approve"]))
    assert Tag.objects.get(pk=made.pk).approved_by == approver


@pytest.mark.requirement("TAG-016")
def test_a_model_tag_shows_its_model_version_and_when_it_ran(
    client, tree, asked, django_capture_on_commit_callbacks
):
    client.force_login(factories.staff(superuser=True))
    given = form(
        tree["g"], source="model", model="rfm", category=factories.category(organization=tree["g"]).pk
    )
    client.post(reverse("admin:tags_tag_add"), given)
    made = Tag.objects.get(code="worth")
    assert made.values.filter(code="important_value").exists()
    assert made.values.count() == 8
    client.force_login(factories.staff(superuser=True))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:tags_tag_do", args=[made.pk, "approve"]))
    assert asked == [("tags.tasks.compute_tag", "worth")]
    ModelRun.objects.create(
        tag=made, version="7", parameters={}, quality={"auc": 0.71}, members=12, as_of=NOW
    )
    page = card(client, made).content.decode()
    for word in ("rfm", "version 7", "15 Jan 2026", "auc 0.71"):
        assert word in page


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"source": "model"}, "model", "a model tag names its model"),
        ({"source": "model", "model": "rfm", "parameters": '{"bounds": "guess"}'}, None, "bounds"),
        ({"purpose": "", "consumer": ""}, "consumer", "A tag must say this"),
        ({"source": "ideal"}, "wanted_signals", "lists the signals"),
        ({"parameters": "[" * 100_000}, "parameters", "nested too deeply"),
        ({"measure": '{"a":' * 50_000}, "measure", "nested too deeply"),
    ],
)
def test_a_tag_that_cannot_stand_is_refused_at_its_field(client, tree, fields, field, said):
    client.force_login(factories.staff(superuser=True))
    page = client.post(reverse("admin:tags_tag_add"), form(tree["g"], **fields))
    errors = page.context["form"].errors
    assert said in str(errors[field or "__all__"])
    assert not Tag.objects.exists()


def test_a_wrong_condition_is_said_and_what_was_typed_stays(client, tree):
    client.force_login(factories.staff(superuser=True))
    wrong = {"orders": {"aggregate": "count", "window": {"days": 10**6}}}
    page = client.post(reverse("admin:tags_tag_add"), form(tree["g"], values=[("yes", "Yes please", wrong)]))
    assert "yes: orders.window.days" in str(page.context["form"].non_field_errors())
    assert "Yes please" in page.content.decode()


@pytest.mark.requirement("TAG-040")
def test_a_changed_rule_is_the_next_version_and_the_first_stays_readable(client, tree, asked):
    made = definitions.define(
        code="repeat", name="Repeat", organization=tree["g"], now=NOW, values=[("yes", "Yes", TWICE)],
        category=factories.category(organization=tree["g"]), **dict.fromkeys(SAID, "said"),
    )  # fmt: skip
    author = factories.staff(superuser=True)
    client.force_login(author)
    thrice = {"orders": {"aggregate": "count", "op": ">=", "value": 3}}
    given = form(values=[("yes", "Yes", thrice)], category=made.category_id)
    address = reverse("admin:tags_tag_edit", args=[made.pk])
    refused = client.post(address, given)
    assert "not said why" in str(refused.context["form"].errors["note"])
    client.post(address, given | {"note": "Two are too easy."})

    first, second = made.versions.order_by("number")
    assert first.document["values"][0]["condition"] == TWICE
    assert second.document["values"][0]["condition"] == thrice
    assert (second.number, second.note, second.created_by) == (2, "Two are too easy.", author)
    page = card(client, made)
    (difference,) = page.context["history"][0].differences
    assert (difference.before, difference.after) == (
        "Number of orders is at least 2.",
        "Number of orders is at least 3.",
    )
    assert page.context["history"][1].version == first
    assert "Two are too easy." in page.content.decode()


def test_a_value_left_out_of_a_live_tag_is_kept_with_its_history(
    client, tree, asked, django_capture_on_commit_callbacks
):
    made = tag(tree["g"], "repeat", TWICE, None, category=factories.category(organization=tree["g"]))
    client.force_login(factories.staff(superuser=True))
    given = form(
        values=[("v1", "Value 1", TWICE)], category=made.category_id, note="Nobody asked.", name="Repeat"
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:tags_tag_edit", args=[made.pk]), given)
    assert dict(made.values.values_list("code", "dropped")) == {"v1": False, "v2": True}
    assert ("tags.tasks.end_values",) in asked
    assert "No longer given" in card(client, made).content.decode()


@pytest.mark.requirement("TAG-050")
def test_a_sixth_level_is_refused_unless_somebody_says_why(client, tree):
    client.force_login(factories.staff(superuser=True))
    levels = [
        (f"l{number}", f"Level {number}", {"orders": {"aggregate": "count", "op": ">=", "value": 9 - number}})
        for number in range(6)
    ]
    page = client.post(reverse("admin:tags_tag_add"), form(tree["g"], values=levels))
    assert "these are 6 levels, and a tag has at most 5" in str(page.context["form"].non_field_errors())
    assert not Tag.objects.exists()
    client.post(
        reverse("admin:tags_tag_add"), form(tree["g"], values=levels, levels_reason="The group has six.")
    )
    assert Tag.objects.get(code="worth").values.count() == 6
    client.post(reverse("admin:tags_tag_add"), form(tree["g"], values=levels[:5], code="five"))
    assert Tag.objects.get(code="five").values.count() == 5


def test_the_members_page_says_since_when(client, tree):
    mall = factories.channel(organization=tree["g"])
    member = factories.account(channel=mall).member
    give(tag(tree["g"], "repeat", None), member)
    client.force_login(factories.staff(superuser=True))

    shown = client.get(reverse("admin:members_member_change", args=[member.oneid])).content.decode()

    assert "Value 1" in shown
    assert "15 Jan 2026" in shown.split("Value 1")[1].split("</li>")[0]


@pytest.mark.parametrize("address", [LIST, TREE])
def test_the_list_and_the_tree_ask_as_much_for_three_tags_as_for_one(client, tree, address):
    def queries():
        cache.clear()
        with CaptureQueriesContext(connection) as ran:
            assert client.get(reverse(address)).status_code == 200
        return len(ran)

    client.force_login(factories.staff(superuser=True))
    tag(tree["g"], "one", None)
    one = queries()
    tag(tree["g"], "two", None, None)
    tag(tree["b1"], "three", None)

    assert queries() == one
