import pytest

from tags.actions import compute
from tags.models import MemberTags, Tag, TagChange, TagRun, TagValue
from tests import factories
from tests.tags import world

pytestmark = pytest.mark.django_db


def rule(town, code="buyer", condition=None, node="g", **values):
    tag = Tag.objects.create(
        code=code, name=code.title(), kind="rule", organization=town.nodes[node], purpose="test"
    )
    values = values or {"yes": condition or {"orders": {"aggregate": "count"}}}
    for position, (name, document) in enumerate(values.items()):
        TagValue.objects.create(tag=tag, code=name, name=name, position=position, condition=document)
    return tag


def held() -> set[tuple[int, str, str]]:
    named = {value.pk: (value.tag.code, value.code) for value in TagValue.objects.select_related("tag")}
    return {(row.member_id, *named[value]) for row in MemberTags.objects.all() for value in row.values}


def rfm(town, **parameters):
    tag = Tag.objects.create(
        code="rfm", name="RFM", kind="model", model="rfm", organization=town.group, parameters=parameters
    )
    from tags.models_of import rfm as model

    for position, (code, english, _chinese) in enumerate(model.VALUES):
        TagValue.objects.create(tag=tag, code=code, name=english, position=position)
    return tag


@pytest.mark.parametrize("restricted", [False, True])
def test_members_get_the_values_whose_conditions_hold(town, restricted):
    rule(town)
    rfm(town, bounds={"recency": 50, "frequency": 2, "monetary": 1000})
    buyer, visitor = world.person(town), world.person(town)
    factories.order(account=buyer.account, amount=5000, at=world.days_ago(12))
    run = compute.compute(now=world.NOW, members=[buyer.pk, visitor.pk] if restricted else None)
    assert run.error == ""
    assert held() == {(buyer.pk, "buyer", "yes"), (buyer.pk, "rfm", "important_development")}
    assert (run.gained, run.lost) == (2, 0)
    assert TagChange.objects.filter(gained=True).count() == 2


def test_computing_twice_changes_nothing(town):
    rule(town)
    buyer = world.person(town)
    factories.order(account=buyer.account)
    compute.compute(now=world.NOW)
    before = list(MemberTags.objects.values()), TagChange.objects.count()
    again = compute.compute(now=world.NOW)
    assert (again.gained, again.lost) == (0, 0)
    assert (list(MemberTags.objects.values()), TagChange.objects.count()) == before
    assert TagRun.objects.count() >= 2
