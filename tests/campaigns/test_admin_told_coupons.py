"""What a shop manager sees of codes that could not be honoured."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models.event import SettledBefore
from tests import factories
from tests.campaigns.telling import known, owned, read, sale
from tests.campaigns.vouchers import template
from tests.identity import company
from tests.identity.company import accept

LIST = "admin:campaigns_toldcoupon_changelist"
ALLOWED = "campaigns.view_toldcoupon members.view_organization members.view_order"


@pytest.fixture
def nodes(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return company.build()


@pytest.fixture
def findings(nodes):
    owned(template(organization=nodes["b1"]), known("t1"))
    known("p1", channel="pos")
    accept(sale(), sale("SO-1", "p1", channel="pos", coupons=["C1", "WRONG"]))
    read()


def listed(client, node, path=""):
    client.force_login(factories.staff(organization=node, permissions=ALLOWED))
    return client.get(reverse(LIST) + path)


def test_a_store_sees_what_its_own_tills_could_not_honour_and_why(client, nodes, findings):
    answer = listed(client, nodes["s1"])
    assert {row.code for row in answer.context["cl"].result_list} == {"C1", "WR0NG"}
    assert b"the coupon is somebody else" in answer.content
    assert b"there is no coupon with this code" in answer.content
    assert b"WR0NG" not in answer.content
    assert not listed(client, nodes["s2"]).context["cl"].result_list


def test_the_brand_sees_all_and_finds_by_code_state_and_reason(client, nodes, findings):
    assert len(listed(client, nodes["b1"]).context["cl"].result_list) == 3
    for path, number in (("?q=c-1", 2), ("?state__exact=refused", 2), ("?reason=unknown", 1)):
        assert len(listed(client, nodes["b1"], path).context["cl"].result_list) == number


def test_the_list_costs_the_same_with_more_rows(client, nodes, findings):
    listed(client, nodes["b1"])
    counts = []
    for number in (3, 23):
        with CaptureQueriesContext(connection) as asked:
            assert len(client.get(reverse(LIST)).context["cl"].result_list) == number
        counts.append(len(asked))
        accept(sale("SO-2", "p1", channel="pos", coupons=[f"X{n}" for n in range(20)]))
        read()
    assert counts[0] == counts[1]


def test_without_the_permission_nobody_sees_it(client, nodes, findings):
    client.force_login(factories.staff(organization=nodes["g"], permissions="members.view_order"))
    assert client.get(reverse(LIST)).status_code == 403
