"""Cards in the admin: a code is shown once, a card is cancelled for a reason, a member's page lists what he holds."""

import pytest
from django.urls import reverse

from members.actions import gift_cards, purses
from members.models import Event, GiftCard, Posting, Purse
from tests import factories, pages
from tests.members.ledger.purses import NOW, book, key

pytestmark = pytest.mark.django_db
ISSUER = "members.view_giftcard members.add_giftcard members.change_giftcard"
ISSUE = "admin:members_giftcard_issue"


@pytest.fixture
def gift(nodes):
    return book(code="gift", kind="gift_card", unit="CNY", scale=2, organization=nodes["b1"])


@pytest.fixture
def desk(client, nodes):
    client.force_login(factories.staff(organization=nodes["b1"], permissions=ISSUER))
    return client


def issue(client, page, book, amount="200"):
    sent = {name: values[-1] for name, values in pages.fields(page).items()}
    return client.post(reverse(ISSUE), sent | {"book": book.pk, "amount": amount})


def code_on(answer):
    return answer.context["issued"].code


def test_a_code_is_shown_once_on_the_page_and_then_never(desk, gift):
    page = desk.get(reverse(ISSUE))
    first = issue(desk, page, gift)
    assert code_on(first) in first.content.decode()
    assert "no-store" in first["Cache-Control"]
    again = issue(desk, page, gift).content.decode()
    assert "was shown then" in again
    card = GiftCard.objects.get()
    for url in (
        reverse("admin:members_giftcard_changelist"),
        reverse("admin:members_giftcard_change", args=[card.pk]),
    ):
        shown = desk.get(url).content.decode()
        assert card.number in shown
        assert code_on(first) not in shown + again
        assert card.code_hash not in shown


def test_what_cannot_be_issued_is_said(desk, gift, nodes):
    page = desk.get(reverse(ISSUE))
    assert "too many decimals" in issue(desk, page, gift, "0.001").content.decode()
    other = book(code="other", kind="gift_card", unit="CNY", organization=nodes["b2"])
    assert issue(desk, page, other).context["issued"] is None
    assert not GiftCard.objects.exists()


def test_without_a_book_the_page_says_what_to_do(desk):
    assert "no book of gift cards" in desk.get(reverse(ISSUE)).content.decode()


def cancel(client, card, reason="lost in the post"):
    return client.post(
        reverse("admin:members_giftcard_cancel", args=[card.pk]), {"reason": reason}, follow=True
    )


def test_a_card_is_cancelled_for_a_reason(desk, gift):
    card = gift_cards.issue(book=gift, amount=10, key=key(), now=NOW).card
    assert "Say why" in cancel(desk, card, " ").content.decode()
    assert "is cancelled" in cancel(desk, card).content.decode()
    assert Posting.objects.get(verb="reverse").reason == "lost in the post"
    assert (
        "Cancel the card"
        not in desk.get(reverse("admin:members_giftcard_change", args=[card.pk])).content.decode()
    )


def test_issuing_and_cancelling_take_permissions_and_reach(client, gift, nodes):
    card = gift_cards.issue(book=gift, amount=10, key=key(), now=NOW).card
    client.force_login(factories.staff(organization=nodes["b1"], permissions="members.view_giftcard"))
    assert client.get(reverse(ISSUE)).status_code == 403
    assert cancel(client, card).status_code == 403
    client.force_login(factories.staff(organization=nodes["b2"], permissions=ISSUER))
    assert cancel(client, card).status_code == 404
    assert GiftCard.objects.get().state == "issued"


@pytest.mark.requirement("MEM-049")
def test_balance_400_and_a_gift_card_given_stand_on_the_members_page(client, gift, nodes):
    account, other = (
        factories.account(channel=factories.channel(organization=nodes["s1"])) for _ in range(2)
    )
    money = {"unit": "CNY", "scale": 2, "organization": nodes["b1"]}
    purse = Purse.objects.create(
        organization=nodes["b1"], code="card", name="Harbour card",
        principal=book(code="principal", kind="stored_value_principal", **money),
    )  # fmt: skip
    purses.top_up(account=account, purse=purse, principal=400, key=key(), organization=nodes["s1"], now=NOW)
    issued = gift_cards.issue(book=gift, amount=200, key=key(), now=NOW, buyer=account)
    gift_cards.give(code=issued.code, giver=account, to=other, now=NOW)
    client.force_login(factories.staff(organization=nodes["s1"], permissions="members.view_member"))
    url = reverse("admin:members_member_change", args=[account.member.oneid])
    page = client.get(url, {"tab": "value"}).content.decode()
    panel = page[page.index('id="cards"') :]
    assert "400" in panel[panel.index("Harbour card") :][:600]
    assert "given" in panel[panel.index(issued.card.number) :][:900]
    assert Event.objects.filter(account=other, name="gift_card.received").exists()
    client.force_login(factories.staff(organization=nodes["b2"], permissions="members.view_member"))
    assert client.get(url).status_code == 404


def test_a_purse_is_made_of_two_books_that_count_alike(client, nodes):
    client.force_login(factories.staff(superuser=True))
    own = book(code="p", kind="stored_value_principal", unit="CNY", scale=2, organization=nodes["b1"])
    extra = book(code="b", kind="stored_value_bonus", unit="points", organization=nodes["b1"])
    sent = {
        "name": "Harbour card", "code": "card", "organization": nodes["b1"].pk, "principal": own.pk,
        "bonus": extra.pk, "spends": "bonus",
    }  # fmt: skip
    url = reverse("admin:members_purse_add")
    assert "count in the same unit" in client.post(url, sent).content.decode()
    assert "belongs to another" in client.post(url, sent | {"organization": nodes["b2"].pk}).content.decode()
    client.post(url, sent | {"bonus": ""})
    assert Purse.objects.get().principal == own


PAYER = "members.view_member members.pay_out_purse"


@pytest.fixture
def card(nodes):
    money = {"unit": "CNY", "scale": 2, "organization": nodes["b1"]}
    return Purse.objects.create(
        organization=nodes["b1"], code="harbour", name="Harbour card", pay_out_limit=300,
        principal=book(code="paid-in", kind="stored_value_principal", **money),
        bonus=book(code="on-top", kind="stored_value_bonus", **money),
    )  # fmt: skip


@pytest.fixture
def wang(nodes, card):
    account = factories.account(channel=factories.channel(organization=nodes["s1"]))
    purses.top_up(
        account=account, purse=card, principal=300, bonus=60, key=key(), organization=nodes["s1"], now=NOW
    )
    return account


def pay_out_page(account, code="harbour"):
    return reverse("admin:members_purse_pay_out", args=[account.member.oneid, code])


def sent_from(page):
    return {name: values[-1] for name, values in pages.fields(page).items()}


def test_what_was_paid_in_is_paid_out_at_the_desk_for_a_reason_and_once(client, nodes, wang):
    clerk = factories.staff(organization=nodes["s1"], permissions=PAYER)
    client.force_login(clerk)
    address = pay_out_page(wang)
    assert address in client.get(person(wang)).content.decode()
    page = client.get(address)
    assert ">300.00</span> CNY" in page.content.decode()
    form = sent_from(page) | {"amount": "100"}
    assert "reason" in client.post(address, form | {"reason": ""}).context["form"].errors
    for _twice in range(2):
        said = client.post(address, form | {"reason": "moves abroad"}, follow=True).content.decode()
        assert "Pay the customer 100.00 CNY. With it went 20.00 CNY of the bonus." in said
    made = Posting.objects.filter(verb="pay_out").order_by("pk")
    assert [(each.amount, each.reason, each.by) for each in made] == [
        (-10000, "moves abroad", clerk), (-2000, "moves abroad", clerk),
    ]  # fmt: skip
    other = client.post(address, form | {"amount": "99", "reason": "moves abroad"})
    assert "sent before" in other.content.decode()
    most = client.post(
        address, sent_from(client.get(address)) | {"amount": "200.01", "reason": "moves abroad"}
    )
    assert "200.00 can be spent" in str(most.context["form"].errors["amount"])


def test_who_may_not_pay_out_sees_no_way_to_it(client, nodes, wang):
    client.force_login(factories.staff(organization=nodes["s1"], permissions="members.view_member"))
    assert pay_out_page(wang) not in client.get(person(wang)).content.decode()
    assert client.get(pay_out_page(wang)).status_code == 403
    client.force_login(factories.staff(organization=nodes["b2"], permissions=PAYER))
    assert client.get(pay_out_page(wang)).status_code == 404
    client.force_login(factories.staff(organization=nodes["g"], permissions=PAYER))
    assert client.get(pay_out_page(wang, "nothing")).status_code == 404
    page = client.get(pay_out_page(wang))
    paid = client.post(pay_out_page(wang), sent_from(page) | {"amount": "300", "reason": "closing"})
    assert paid.status_code == 302
    assert client.get(person(wang)).content.decode().count("Pay out") == 0


def person(account):
    return reverse("admin:members_member_change", args=[account.member.oneid]) + "?tab=value"
