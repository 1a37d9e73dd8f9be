"""From chosen audiences to groups that share nobody: the list's action, the page, what is refused."""

import pytest
from django.urls import reverse

from tags.actions import audiences
from tags.models import Audience, AudienceMember
from tests import factories, pages
from tests.tags import world

pytestmark = pytest.mark.django_db
LIST = "admin:tags_audience_changelist"
PAGE = "admin:tags_audience_divide"
MARKETER = "tags.view_audience tags.add_audience tags.change_audience"


def saved(town, name: str, condition: object, node: str = "g") -> Audience:
    return audiences.save(
        name=name, organization=town.nodes[node], condition=condition, by=None, now=world.NOW
    )


@pytest.fixture
def women(town):
    """Two women of Jinan, a woman and a man of Qingdao, somebody of whom nothing is known."""
    for gender, city in (
        ("female", "Jinan"),
        ("female", "Jinan"),
        ("female", "Qingdao"),
        ("male", "Qingdao"),
    ):
        world.person(town, gender=gender, city=city)
    world.person(town)
    return saved(town, "Women", {"profile": {"field": "gender", "op": "=", "value": "female"}})


@pytest.fixture
def qingdao(town, women):
    return saved(town, "Qingdao", {"profile": {"field": "city", "op": "=", "value": "Qingdao"}})


@pytest.fixture
def marketer(client, town):
    user = factories.staff(organization=town.group, permissions=MARKETER)
    client.force_login(user)
    return user


def url(*chosen: Audience) -> str:
    return reverse(PAGE) + "?" + "&".join(f"audience={each.pk}" for each in chosen)


def frozen() -> dict[str, int]:
    return {
        each.name: AudienceMember.objects.filter(audience=each).count()
        for each in Audience.objects.exclude(frozen_at=None)
    }


def test_chosen_in_the_list_put_in_order_and_nobody_is_in_two(client, women, qingdao, marketer):
    chosen = {"action": "divide", "_selected_action": [women.pk, qingdao.pk]}
    asked = client.post(reverse(LIST), chosen)
    assert asked.url == url(women, qingdao)

    fields = pages.fields(client.get(asked.url))
    assert fields[f"place_{women.pk}"] == ["1"]
    order = {f"place_{women.pk}": 2, f"place_{qingdao.pk}": 1}
    names = {f"name_{women.pk}": "B", f"name_{qingdao.pk}": "A", "rest": "C"}
    answer = client.post(asked.url, {**fields, **order, **names}, follow=True)

    assert "nobody is in two of them: A: 2, B: 2, C: 1." in answer.content.decode()
    assert frozen() == {"A": 2, "B": 2, "C": 1}
    assert AudienceMember.objects.values("member").distinct().count() == 5
    assert {each.created_by for each in Audience.objects.exclude(frozen_at=None)} == {marketer}
    women.refresh_from_db()
    assert women.frozen_at is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"place": 1}, "Two groups have the same place"),
        ({"name": "the same"}, "Give every group a name of its own."),
        ({"name": "Women"}, "There is an audience “Women” already."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_would_not_do_is_said_and_no_group_is_made(client, women, qingdao, marketer, wrong, said):
    page = url(women, qingdao)
    fields = pages.fields(client.get(page)) | {f"name_{women.pk}": "the same"}
    answer = client.post(page, fields | {f"{name}_{qingdao.pk}": value for name, value in wrong.items()})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not frozen()


def test_a_condition_that_can_no_longer_be_read_is_named_by_its_place(client, town, women, qingdao, marketer):
    Audience.objects.filter(pk=qingdao.pk).update(condition={"tag": {"tag": "gone"}})
    page = url(women, qingdao)
    answer = client.post(page, pages.fields(client.get(page)))

    assert answer.status_code == 200
    assert "groups[1].audience" in answer.content.decode()
    assert not frozen()


def test_one_alone_is_not_divided(client, women, marketer):
    chosen = {"action": "divide", "_selected_action": [women.pk]}
    answer = client.post(reverse(LIST), chosen, follow=True)

    assert "Choose two audiences at least" in answer.content.decode()
    assert "Choose two audiences or more" in client.get(url(women), follow=True).content.decode()


def test_who_sees_but_does_not_make_audiences_is_not_let_in(client, town, women, qingdao):
    client.force_login(factories.staff(organization=town.group, permissions="tags.view_audience"))

    assert client.get(url(women, qingdao)).status_code == 403
    assert "Divide into groups" not in client.get(reverse(LIST)).content.decode()


def test_audiences_of_another_brand_are_not_divided(client, town, women):
    theirs = [saved(town, name, {"all": []}, node="b2") for name in ("Theirs", "Theirs too")]
    client.force_login(factories.staff(organization=town.nodes["b1"], permissions=MARKETER))

    answer = client.get(url(*theirs), follow=True)
    assert "Choose two audiences or more" in answer.content.decode()
    assert "Theirs" not in answer.content.decode()
