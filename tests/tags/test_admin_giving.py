"""Giving tags at the desk: from a member's page, to an audience, to a list; who may, what is refused, the log."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from config import roles
from members.models import LabelStatement
from members.queries import labels
from tags.actions import audiences, giving
from tags.admin import giving as desk
from tags.models import Tag, TagValue
from tests import factories, pages
from tests.tags import world

pytestmark = pytest.mark.django_db
MEMBERS = reverse_lazy("admin:members_member_changelist")
GIVE, TAKE = "admin:members_labelstatement_give", "admin:members_labelstatement_take_back"


@pytest.fixture
def target(town):
    roles.create()
    return factories.tag(
        organization=town.group,
        code="ac_618",
        name="618 AC target",
        source="strategy",
        values=["target", "control"],
    )


@pytest.fixture
def marketer(client, target):
    user = factories.staff(organization=target.organization, role="marketer")
    client.force_login(user)
    return user


def sent(client, url, tag, **more):
    """What a browser sends after the value was chosen; follows to the next page."""
    fields = pages.fields(client.get(url))
    chosen = str(TagValue.objects.get(tag=tag, code="target").pk)
    return client.post(url, {**fields, "choice": chosen, "reason": "618 plan", **more}, follow=True)


def carried(member) -> list[str]:
    return list(labels.words(member=member, source="tag:ac_618", as_of=timezone.now()))


def test_from_a_members_page_with_a_last_day_and_back(client, town, target, marketer):
    his = world.person(town)
    about = reverse("admin:members_member_change", args=[his.oneid])
    url = f"{reverse(GIVE)}?member={his.oneid}"
    assert url.replace("&", "&amp;") in client.get(about).content.decode()
    day = timezone.localdate() + dt.timedelta(days=10)
    answer = sent(client, url, target, last_day=day.isoformat())
    text = answer.content.decode()
    assert "618 AC target: target was given to 1 member." in text
    assert marketer.get_username() in text
    assert "618 plan" in text
    kept = LabelStatement.objects.get()
    ends = timezone.localtime(kept.expires_at)
    assert (ends.date(), ends.time()) == (day + dt.timedelta(days=1), dt.time.min)
    back = f"{reverse(TAKE)}?member={his.oneid}"
    client.post(back, {"choice": str(target.pk), "reason": "plan changed"})
    assert carried(his) == []


@pytest.mark.parametrize("model", ["", "self_propagation"])
def test_a_model_that_looks_at_everybody_at_once_shows_it_tomorrow(client, town, target, marketer, model):
    Tag.objects.filter(pk=target.pk).update(model=model)
    his = world.person(town)
    answer = sent(client, f"{reverse(GIVE)}?member={his.oneid}", target)
    assert ("after the next run over all, tonight" in answer.content.decode()) is bool(model)
    assert carried(his) == ["target"]


def test_all_of_an_audience(client, town, target, marketer):
    buyers = [world.person(town) for _number in range(3)]
    for each in buyers[:2]:
        factories.order(account=each.account, at=world.days_ago(3))
    audience = audiences.save(
        name="Buyers",
        organization=town.group,
        condition={"orders": {"aggregate": "count"}},
        by=marketer,
        now=world.NOW,
    )
    url = f"{reverse(GIVE)}?audience={audience.pk}"
    about = client.get(reverse("admin:tags_audience_change", args=[audience.pk])).content.decode()
    assert f'href="{url}"' in about
    assert "2 members" in client.get(url).content.decode()
    answer = sent(client, url, target)
    assert "618 AC target: target was given to 2 members." in answer.content.decode()
    assert [carried(each) for each in buyers] == [["target"], ["target"], []]


def test_a_list_and_a_file_and_the_lines_that_name_nobody(client, town, target, marketer):
    his, hers = world.person(town), world.person(town, channel=town.tmall)
    file = SimpleUploadedFile("list.csv", f"tmall,{hers.account.external_id}\ntmall,unknown\n".encode())
    answer = sent(client, reverse(GIVE), target, people=his.oneid, file=file)
    text = answer.content.decode()
    assert "618 AC target: target was given to 2 members." in text
    assert "1 line named nobody: 3: tmall,unknown" in text
    assert (carried(his), carried(hers)) == (["target"], ["target"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Name 1 to 100,000 members."),
        ({"people": "nobody"}, "None of these lines names a member"),
        ({"people": "x", "last_day": "2020-01-01"}, "This day is over."),
        ({"people": "x", "choice": ""}, "This field is required."),
        ({"people": "x", "reason": ""}, "This field is required."),
    ],
)
def test_what_is_missing_is_said_beside_it(client, target, marketer, more, said):
    answer = sent(client, reverse(GIVE), target, **more)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not LabelStatement.objects.exists()


def test_who_may_not_give_is_refused_and_nobody_reaches_beyond_his_node(client, town, target):
    his = world.person(town)
    url = f"{reverse(GIVE)}?member={his.oneid}"
    client.force_login(factories.staff(organization=town.group, role="analyst"))
    assert client.get(url).status_code == 403
    client.force_login(factories.staff(organization=town.nodes["b2"], role="marketer"))
    assert client.get(url).status_code == 404
    page = client.get(reverse(GIVE))
    assert "618 AC target" not in page.content.decode()
    assert "no approved tag" in page.content.decode()


def test_the_log_shows_only_members_within_reach(client, town, target, marketer):
    his, hers = world.person(town), world.person(town, channel=town.tmall)
    for each in (his, hers):
        sent(client, f"{reverse(GIVE)}?member={each.oneid}", target)
    log = reverse("admin:members_labelstatement_changelist")
    assert client.get(log).content.decode().count("618 plan") == 2
    client.force_login(factories.staff(organization=town.nodes["b1"], role="marketer"))
    assert client.get(log).content.decode().count("618 plan") == 1


def test_the_log_tells_nothing_of_the_tags_of_another_brand(client, town, target):
    his = world.person(town, organization=town.nodes["s1"])
    other = factories.tag(organization=town.nodes["b2"], code="secret", source="strategy", values=["vip"])
    by = factories.staff(superuser=True)
    for tag, value in ((target, "target"), (other, "vip")):
        giving.give(
            tag=tag, members=[his.pk], values=[value], by=by, reason=f"plan of {tag.code}", now=timezone.now()
        )
    rights = "members.view_labelstatement"
    log, told = reverse("admin:members_labelstatement_changelist"), {}
    for node in ("b1", "g"):
        client.force_login(factories.staff(organization=town.nodes[node], permissions=rights))
        text = client.get(log).content.decode()
        told[node] = ["plan of ac_618" in text, "plan of secret" in text]
    assert told == {"b1": [True, False], "g": [True, True]}


def chosen(client, members, **more):
    """The action of the list of members, on these."""
    ids = [each.pk for each in members]
    return client.post(MEMBERS, {"action": "give_tag", "_selected_action": ids, **more})


def test_to_several_chosen_in_the_list_of_members(client, town, target, marketer):
    people = [world.person(town) for _number in range(3)]
    assert 'value="give_tag"' in client.get(MEMBERS).content.decode()
    answer = chosen(client, people[:2])
    page = client.get(answer.url)
    assert "2 members" in page.content.decode()
    said = sent(
        client, answer.url, target, last_day=(timezone.localdate() + dt.timedelta(days=1)).isoformat()
    )
    assert "618 AC target: target was given to 2 members." in said.content.decode()
    assert [carried(each) for each in people] == [["target"], ["target"], []]


def test_more_than_the_page_takes_are_refused_with_the_remedy(client, town, target, marketer, monkeypatch):
    monkeypatch.setattr(desk, "FEW", 1)
    people = [world.person(town) for _number in range(2)]
    answer = client.post(
        MEMBERS, {"action": "give_tag", "_selected_action": [each.pk for each in people]}, follow=True
    )
    assert "Choose at most 1 members here." in answer.content.decode()


def test_the_action_reaches_no_further_than_the_reader(client, town, target):
    his, hers = world.person(town), world.person(town, channel=town.tmall)
    client.force_login(factories.staff(organization=town.group, role="analyst"))
    assert 'value="give_tag"' not in client.get(MEMBERS).content.decode()
    assert "give" not in getattr(chosen(client, [his]), "url", "")
    client.force_login(factories.staff(organization=town.nodes["b1"], role="marketer"))
    assert chosen(client, [his, hers]).url.endswith(f"/give/?member={hers.oneid}")
