import io

import pytest
from django.core.management import CommandError, call_command

from members.models import ChannelKey
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel():
    nodes = factories.tree()
    return factories.channel(organization=nodes["s1"], code="pos")


def _made(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_key", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def test_the_secret_is_shown_and_opens(channel):
    secret = _made("pos", "--scope", "browse", "--scope", "query", "--days", "30")
    key = ChannelKey.objects.get()
    assert (key.channel, key.organization, key.scopes) == (channel, channel.organization, ["browse", "query"])
    assert key.expiry_date is not None
    assert callers.with_secret(secret).get("/api/v1/organizations").status_code == 200


def test_a_key_may_stand_at_another_node(channel):
    _made("pos", "--scope", "browse", "--organization", "b1")
    assert ChannelKey.objects.get().organization.code == "b1"


@pytest.mark.parametrize(
    "arguments",
    [("till", "--scope", "query"), ("pos", "--scope", "query", "--organization", "x"), ("pos", "--scope", "all"),
     ("pos",), ("pos", "--scope", "query", "--days", "0")],
)  # fmt: skip
def test_what_cannot_be_made_is_refused(channel, arguments):
    with pytest.raises(CommandError):
        _made(*arguments)
