"""Group portrait: a tag in an audience against everybody, with the index."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from members.models import Member
from reports.queries import portrait
from tags.actions import audiences
from tags.models import AudienceMember, MemberTags, Tag, TagValue, Use
from tests import factories
from tests.factories import NOW
from tests.tags import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def town():
    return world.build()


def crowd(town, count: int, *, node="g") -> list[Member]:
    place = town.nodes[node]
    return [factories.account(channel=town.app, organization=place).member for _number in range(count)]


def carrying(members, *values, numbers=()) -> None:
    ids = sorted(value.pk for value in values)
    MemberTags.objects.bulk_create(
        [MemberTags(member=each, values=ids, numbers=list(numbers), computed_at=NOW) for each in members],
        update_conflicts=True, unique_fields=["member"], update_fields=["values", "numbers"],
    )  # fmt: skip


def frozen(town, members, name="Group"):
    every = {"condition": {"all": []}, "organization": town.group}
    made = audiences.save(name=name, by=None, now=NOW, **every)
    AudienceMember.objects.bulk_create([AudienceMember(audience=made, member=each) for each in members])
    made.frozen_at = NOW
    made.save()
    return made


def value(tag: Tag, code: str) -> TagValue:
    return tag.values.get(code=code)


def of(town, tag, audience, node="g"):
    found = portrait.report(audience=audience, tag=tag, node=town.nodes[node], as_of=NOW)
    return found, {line.name: line for line in found.lines}


@pytest.mark.requirement("REP-032")
@pytest.mark.requirement("TAG-035")
def test_sixty_per_cent_here_and_forty_of_everybody_are_an_index_of_150(town):
    age = factories.tag(organization=town.group, code="age", values=["under-40", "40-60", "over-60"])
    other = factories.tag(organization=town.group, code="sex", values=["male"])
    people = crowd(town, 100)
    carrying(people[:40], value(age, "40-60"), value(other, "male"))
    carrying(people[40:95], value(age, "under-40"))
    group = frozen(town, [*people[:30], *people[40:60]])
    report, lines = of(town, age, group)
    middle = lines["40-60"]
    assert (report.group, report.everyone) == (50, 100)
    assert (middle.group, middle.everyone, middle.share, middle.share_of_all) == (30, 40, 0.6, 0.4)
    assert middle.tgi == pytest.approx(150)
    assert [line.group for line in report.lines] == [20, 30, 0, 0]
    assert [line.everyone for line in report.lines] == [55, 40, 0, 5]


def test_too_few_have_no_index(town):
    age = factories.tag(organization=town.group, code="age", values=["young", "old"])
    people = crowd(town, 100)
    carrying(people[:29], value(age, "old"))
    carrying(people[29:], value(age, "young"))
    _report, lines = of(town, age, frozen(town, people[:50]))
    assert (lines["old"].tgi, lines["young"].tgi) == (None, pytest.approx(100 * (21 / 50) / (71 / 100)))
    _report, lines = of(town, age, frozen(town, people[30:59], name="Small"))
    assert [line.tgi for line in lines.values()] == [None, None, None]


def test_several_values_a_member_and_ids_between_which_others_stand(town):
    likes = factories.tag(organization=town.group, code="likes", shape="several", values=["tea", "milk"])
    between = factories.tag(organization=town.group, code="between", values=["x"])
    TagValue.objects.create(tag=likes, code="wine", name="wine", position=2)
    people = crowd(town, 40)
    tea, milk, wine = (value(likes, code) for code in ("tea", "milk", "wine"))
    carrying(people[:10], tea, wine, value(between, "x"))
    carrying(people[10:35], milk)
    carrying(people[35:38], value(between, "x"))
    report, _lines = of(town, likes, frozen(town, people[:20]))
    assert [(line.name, line.group, line.everyone) for line in report.lines] == [
        ("tea", 10, 10), ("milk", 10, 25), ("wine", 10, 10), ("none of them", 0, 5),
    ]  # fmt: skip
    assert "more than 100 %" in " ".join(report.tables()[0].notes)


def test_numbers_fall_into_bands_of_about_as_many_members(town):
    spent = factories.tag(organization=town.group, code="spent", shape="number", unit="CNY")
    people = crowd(town, 100)
    for place, each in enumerate(people):
        numbers = [None] * (spent.slot - 1) + [float(place * 10) if place < 90 else None]
        carrying([each], numbers=numbers)
    report, _lines = of(town, spent, frozen(town, people[60:]))
    assert [line.name for line in report.lines] == [
        "below 170 CNY", "170 CNY to below 350 CNY", "350 CNY to below 530 CNY", "530 CNY to below 710 CNY",
        "710 CNY and more", "not known",
    ]  # fmt: skip
    assert [line.everyone for line in report.lines] == [17, 18, 18, 18, 19, 10]
    assert [line.group for line in report.lines] == [0, 0, 0, 11, 19, 10]


def test_a_node_compares_with_those_whom_it_knows(town):
    age = factories.tag(organization=town.group, code="age", values=["young", "old"])
    here, there = crowd(town, 40, node="s1"), crowd(town, 40, node="s4")
    carrying(here, value(age, "old"))
    carrying(there, value(age, "young"))
    group = frozen(town, [*here[:30], *there[:30]])
    report, lines = of(town, age, group, node="b1")
    assert (report.group, report.everyone) == (30, 40)
    assert (lines["old"].group, lines["old"].everyone, lines["young"].everyone) == (30, 40, 0)


def test_the_page_shows_it_exports_it_and_counts_as_a_use_of_the_tag(client, town):
    age = factories.tag(organization=town.group, code="age", name="Age", values=["young", "old"])
    sex = factories.tag(organization=town.group, code="sex", name="Sex", values=["male", "female"])
    people = crowd(town, 60)
    carrying(people[:30], value(sex, "male"))
    group = frozen(town, people[:40])
    client.force_login(factories.staff(organization=town.group, permissions="members.view_reports"))
    asked = {"audience": group.pk, "tag": "sex"}
    text = client.get(reverse("admin:report_portrait"), asked).content.decode()
    assert "Portrait by Sex" in text
    assert "150" in text
    used = Use.objects.get()
    assert (used.tag, used.by, used.until is not None) == (sex, "report", True)
    assert client.get(reverse("admin:report_portrait"), asked).status_code == 200
    assert Use.objects.count() == 1
    csv = client.get(reverse("admin:report_portrait"), {**asked, "export": "csv-0"}).content.decode()
    assert "male,30,0.75,30,0.5,150.0" in csv
    assert "Portrait by Age" in client.get(reverse("admin:report_portrait"), {"tag": "age"}).content.decode()
    assert age.uses.count() == 1
