"""An activity that has a version for each form of promotion gives everybody the one that he answers to."""

import pytest

from members.models import Account
from tags import library
from tags.actions import compute, definitions
from tests import factories
from tests.campaigns import offering, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.pricing import quote

pytestmark = pytest.mark.django_db


def bought(account: Account, *, used: list[dict]) -> None:
    for each in used:
        factories.order(account=account, at=NOW - offering.DAY, **each)


@pytest.mark.requirement("TAG-098")
def test_who_prefers_full_reductions_gets_that_version_and_not_the_coupon_one(cashier, nodes, account):
    tag = next(each for each in library.DEFINITIONS if each.code == "promotion_preference")
    category = factories.category(organization=nodes["g"])
    definitions.define(organization=nodes["g"], now=NOW, category=category, **tag.fields())
    other = factories.account(channel=account.channel)
    bought(account, used=[{"discount": 10}] * 3 + [{"coupons": ["C1"]}])
    bought(other, used=[{"coupons": ["C1"]}] * 3)
    compute.compute(now=NOW)
    vouchers.template(organization=nodes["g"], code="FIFTY", quota=10, per_person=None)
    form = {"kind": "voucher", "template": "FIFTY", "worth": 5_000}
    full = off(tags=["promotion_preference:full_reduction"])
    coupon = off(tags=["promotion_preference:coupon"]) | {
        "execution": "return",
        "form": form,
        "after": "received",
    }
    offering.published(organization=nodes["g"], code="VERSIONS", offers=(full, coupon))

    def given(to: Account) -> tuple[str, list[str]]:
        answer = quote(cashier, "300.00", oneid=to.member.oneid)
        return answer["discount"], [each["what"] for each in answer["rewards"]]

    assert given(account) == ("50.00", [])
    assert given(other) == ("0.00", ["FIFTY"])
