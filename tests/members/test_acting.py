"""On which account a new fact of a member hangs, and which book somebody means."""

import pytest

from members.models import Account
from members.queries import acting
from tests import factories
from tests.members.ledger.purses import DAY, NOW, book

pytestmark = pytest.mark.django_db


def test_the_channels_own_account_comes_first_then_the_first_seen_and_never_a_revoked_one():
    group = factories.organization()
    app, mall, pos = (factories.channel(organization=group) for _ in range(3))
    first = factories.account(channel=app, at=NOW - 9 * DAY)
    own = factories.account(channel=mall, member=first.member, at=NOW)
    assert acting.account(member=first.member, channel=mall) == own
    assert acting.account(member=first.member, channel=pos) == first
    Account.objects.filter(pk=own.pk).update(revoked_at=NOW, revoke_reason="wrong")
    assert acting.account(member=first.member, channel=mall) == first


def test_books_of_other_branches_are_unknown():
    nodes = factories.tree()
    for node in ("g", "b1", "b2"):
        book(organization=nodes[node], code=f"points-{node}")
    found = {each.code for each in acting.books(node=nodes["s1"])}
    assert found == {"points-g", "points-b1"}
    assert acting.book(code="points-b1", node=nodes["s1"]).organization == nodes["b1"]
    with pytest.raises(acting.UnknownBook):
        acting.book(code="points-b2", node=nodes["s1"])
