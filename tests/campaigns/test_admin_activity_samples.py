"""A basket tried on an activity before it is approved."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.campaigns import making, offering
from tests.campaigns.activity_pages import put

DAY = dt.timedelta(days=1)


def sample(client, version, **changed):
    lines = changed.pop("lines", [("A1", "1", "200")])
    rows = {"line-TOTAL_FORMS": len(lines), "line-INITIAL_FORMS": 0}
    for number, (sku, quantity, price) in enumerate(lines):
        rows |= {
            f"line-{number}-sku": sku,
            f"line-{number}-quantity": quantity,
            f"line-{number}-price": price,
        }
    at = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    given = {"version": version.number, "store": "s1", "at": at, "buyer": "member", **rows, **changed}
    address = reverse("admin:campaigns_activity_try", args=[version.activity_id])
    return client.post(address, given).context["sample"]


def test_a_sample_basket_is_priced_beside_what_is_live(client, tree, draft, author):
    offering.published(
        organization=tree["g"], code="OLD", offers=(offering.off(threshold=100_000, amount=9_000),)
    )
    client.force_login(author)
    put(client, draft)
    put(client, draft, position=2, name="Unready", kind="", amount="")

    near = sample(client, draft)
    assert near["priced"]["total"] == "200.00 CNY"
    assert [position for position, _why in near["tried"].unfit] == [2]
    told = {row["code"]: (str(row["state"]), row["words"]) for row in near["rows"]}
    assert told["SUMMER-1"][0] == "nearly"
    assert "100.00" in told["SUMMER-1"][1]
    assert "800.00" in told["OLD-1"][1]

    both = sample(client, draft, lines=[("A1", "3", "300"), ("A2", "1", "100.50")])
    assert (both["priced"]["total_list"], both["priced"]["discount"]) == ("1,000.50 CNY", "140.00 CNY")
    assert both["priced"]["lines"][1]["net"] == "86.44 CNY"
    alone = sample(client, draft, lines=[("A1", "3", "300"), ("A2", "1", "100.50")], alone="on")
    assert alone["priced"]["total"] == "950.50 CNY"
    assert not draft.offers.exclude(frozen=None).exists()


def test_a_sample_knows_who_buys(client, tree, draft, author):
    pack = making.audience(organization=tree["b1"], members=[], name="Visitors")
    client.force_login(author)
    put(client, draft, audience=pack.pk)
    dear = [("A1", "1", "400")]

    assert sample(client, draft, lines=dear, buyer="guest")["priced"]["total"] == "400.00 CNY"
    assert sample(client, draft, lines=dear)["priced"]["total"] == "400.00 CNY"
    assert sample(client, draft, lines=dear, audience=pack.pk)["priced"]["total"] == "350.00 CNY"


def test_a_sample_takes_the_lines_of_an_order_of_the_store(client, tree, draft, author):
    shop = factories.channel(organization=tree["s1"])
    factories.order(channel=shop, organization=tree["s1"], amount="412.50", sku="A7", external_id="T-1")
    factories.order(channel=shop, organization=tree["s1"], amount="9", sku="A8", at=factories.NOW + DAY)
    factories.order(
        channel=factories.channel(organization=tree["s4"]), organization=tree["s4"], external_id="T-9"
    )
    client.force_login(author)

    def taken(**given):
        return sample(client, draft, lines=[], take="1", **given)["lines"].initial_forms

    assert [line["sku"].value() for line in taken()] == ["A8"]
    assert [(line["sku"].value(), line["price"].value()) for line in taken(order="T-1")] == [("A7", "412.5")]
    assert taken(order="T-9") == []


def test_a_sample_that_is_half_typed_says_where(client, draft, author):
    client.force_login(author)
    put(client, draft)

    lines = sample(client, draft, lines=[("A1", "1", ""), ("", "1", "5")])["lines"]

    assert [list(errors) for errors in lines.errors] == [["price"], ["sku"]]
    assert sample(client, draft, lines=[])["empty"]
