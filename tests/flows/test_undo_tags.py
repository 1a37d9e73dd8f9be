"""Tags and consents follow their accounts through a merge and its undoing, by the worker's own follower."""

import pytest

from members.models import Account, Order
from members.queries import histories, scopes
from tags.actions import compute, follow
from tags.models import MemberTags
from tests import factories
from tests.identity import company, oneids

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_on_the_server")]
PHONE = "+8613900139000"


def tagged() -> dict[str, int]:
    """How many tag values each OneID has."""
    held = MemberTags.objects.select_related("member")
    return {row.member.oneid: len(row.values) for row in held if row.values}


def follow_all() -> None:
    while follow.follow(now=company.NOW):
        pass


@pytest.mark.requirement("IDN-072")
def test_tags_and_consents_come_together_and_part_again():
    nodes = company.build()
    thrice = {"orders": {"aggregate": "count", "op": ">=", "value": 3}}
    factories.tag(code="thrice", organization=nodes["g"], values=[("yes", thrice)])
    said = {"purpose": "marketing", "channel": "sms", "at": company.day(0)}
    first = company.account("a", consents=[{**said, "granted": True}])
    second = company.account(
        "b", channel="mall", on=1, consents=[{**said, "channel": "email", "granted": False}]
    )
    company.accept(first, second, company.order("o1", "a"), company.order("o2", "a"), company.order("o3", "b", channel="mall"))  # fmt: skip
    compute.compute(now=company.NOW)
    follow_all()
    apart = tagged()
    assert apart == {}

    company.accept({**first, **company.account("a", on=2, phone=PHONE)}, company.account("b", channel="mall", on=2, phone=PHONE))  # fmt: skip
    follow_all()
    a, b = Account.objects.order_by("external_id")
    assert tagged() == {a.member.oneid: 1}
    consents = histories.consents(member=a.member, reach=scopes.EVERYTHING)
    assert {(each.touchpoint, each.granted) for each in consents} == {("sms", True), ("email", False)}

    oneids.part(a, b)
    follow_all()
    assert tagged() == apart
    (hers,) = histories.consents(member=b.minted, reach=scopes.EVERYTHING)
    assert (hers.touchpoint, hers.granted) == ("email", False)
    assert dict(Order.objects.values_list("external_id", "account__member")) == {
        "o1": a.minted_id, "o2": a.minted_id, "o3": b.minted_id,
    }  # fmt: skip
