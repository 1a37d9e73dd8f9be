"""A tag has its own end: from then on nobody carries it, however its values are found."""

import datetime as dt

import pytest

from tags.actions import compute
from tags.models import MemberTags
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
END = NOW + dt.timedelta(days=1)


@pytest.mark.parametrize("restricted", [False, True])
def test_what_a_model_says_in_words_of_data_ends_with_the_tag(town, restricted):
    factories.tag(organization=town.group, code="home", source="model", model="province", expires_at=END)
    man = world.person(town, province="Shandong")
    only = [man.pk] if restricted else None
    for now, count in ((NOW, 1), (END - dt.timedelta(microseconds=1), 1), (END, 0)):
        assert compute.compute(now=now, members=only).error == ""
        assert len(MemberTags.objects.get(member=man).values) == count
