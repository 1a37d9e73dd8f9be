"""Each rule of the database is broken once, and holds."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from members.models import (
    AccessRecord,
    Account,
    Channel,
    ChannelKey,
    Event,
    Member,
    Membership,
    Order,
    Organization,
    Review,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(tree):
    return factories.channel(organization=tree["b1"])


def refused(make):
    with pytest.raises(DatabaseError), transaction.atomic():
        make()


def test_a_path_lists_the_ids_from_the_group_down(tree):
    store = tree["s1"]
    assert store.path == "/" + "/".join(str(tree[code].pk) for code in ("g", "b1", "d1", "s1")) + "/"
    assert {node.code for node in Organization.objects.under(tree["d1"])} == {"d1", "s1", "s2"}


@pytest.mark.parametrize(
    ("kind", "parent"), [("group", "g"), ("dealer", "g"), ("store", "g"), ("brand", "b1"), ("store", "s1")]
)
def test_a_node_hangs_only_where_its_kind_belongs(tree, kind, parent):
    refused(lambda: factories.organization(kind=kind, parent=tree[parent]))


def test_the_code_of_a_channel_has_no_colon(tree):
    """The keys of its tills begin with it: till:pos:2:1 would be of pos and of pos:2."""
    refused(lambda: factories.channel(organization=tree["b1"], code="pos:2"))


def test_only_a_group_stands_alone():
    refused(lambda: factories.organization(kind="brand"))


def test_a_node_keeps_its_place(tree):
    refused(lambda: Organization.objects.filter(code="s1").update(parent=tree["d2"]))
    refused(lambda: Organization.objects.filter(code="s1").update(kind="dealer"))


def test_a_node_keeps_its_code_and_not_its_name(tree):
    """Held coupons, approved offers and tills name it by that."""
    refused(lambda: Organization.objects.filter(code="s1").update(code="s9"))
    Organization.objects.filter(code="s1").update(name="Harbour Street")
    assert Organization.objects.get(code="s1").name == "Harbour Street"


def test_an_account_is_unique_in_its_channel_and_never_unnamed(channel):
    factories.account(channel=channel, external_id="A")
    refused(lambda: factories.account(channel=channel, external_id="A"))
    refused(lambda: Account.objects.filter(external_id="A").update(external_id=""))


def test_an_account_is_first_seen_before_last_seen(channel):
    made = factories.account(channel=channel)
    refused(lambda: Account.objects.filter(pk=made.pk).update(last_seen_at="2000-01-01T00:00Z"))


def test_an_account_mints_a_oneid_of_its_own(channel):
    one, two = factories.account(channel=channel), factories.account(channel=channel)
    refused(lambda: Account.objects.filter(pk=one.pk).update(minted=two.minted))


def test_a_membership_is_one_an_account_and_node(channel):
    made = factories.account(channel=channel)
    refused(
        lambda: Membership.objects.create(
            account=made, organization=made.organization, known_at=made.first_seen_at
        )
    )
    refused(lambda: Membership.objects.filter(account=made).update(first_visited_at=factories.NOW))


def test_an_order_number_is_taken_once_in_its_channel(channel):
    factories.order(channel=channel, external_id="SO-1")
    refused(lambda: factories.order(channel=channel, external_id="SO-1"))
    refused(lambda: Order.objects.filter(external_id="SO-1").update(status="lost"))


def test_a_return_gives_back_nothing_negative(channel):
    sale = factories.order(channel=channel)
    refused(lambda: factories.returned(order=sale, amount="-1"))


def test_a_review_has_one_to_five_stars(channel):
    def post(stars):
        return Review.objects.create(
            channel=channel,
            external_id=f"RV-{stars}",
            rating=stars,
            occurred_at=factories.NOW,
            version_at=factories.NOW,
            version_digest="0" * 32,
        )

    assert post(1).rating == 1
    refused(lambda: post(0))
    refused(lambda: post(6))


def test_an_event_never_changes_except_that_it_is_joined_once(channel):
    account = factories.account(channel=channel)
    happened = factories.event(account=account, name="visited")
    waiting = Event.objects.create(
        channel=channel, account_key="later", name="visited", occurred_at=factories.NOW
    )
    refused(lambda: Event.objects.filter(pk=happened.pk).update(name="bought"))
    refused(happened.delete)
    refused(lambda: Event.objects.filter(pk=waiting.pk).update(account=account, name="bought"))
    assert Event.objects.filter(pk=waiting.pk).update(account=account) == 1
    refused(lambda: Event.objects.filter(pk=waiting.pk).update(account=None))


def test_access_records_are_kept_and_an_unmasking_has_a_reason(channel):
    member = factories.account(channel=channel).member
    looked = AccessRecord.objects.create(action="unmask", member=member, field="phone", reason="call back")
    refused(looked.delete)
    refused(lambda: AccessRecord.objects.filter(pk=looked.pk).update(reason="none"))
    refused(lambda: AccessRecord.objects.create(action="unmask", member=member, field="phone"))
    refused(lambda: AccessRecord.objects.create(action="unmask", field="phone", reason="call back"))


@pytest.mark.parametrize("scopes", [[], ["query", "everything"]])
def test_a_key_has_at_least_one_scope_and_only_known_ones(channel, scopes):
    with pytest.raises(IntegrityError), transaction.atomic():
        ChannelKey.objects.create_key(
            name="till", channel=channel, organization=channel.organization, scopes=scopes
        )


def test_known_at_finds_a_member_at_every_node_above_and_nowhere_else(tree):
    channel = factories.channel(organization=tree["b1"])
    member = factories.account(channel=channel, organization=tree["s1"]).member
    found = {
        code
        for code, node in tree.items()
        if Member.objects.known_at(node=node).filter(pk=member.pk).exists()
    }
    assert found == {"g", "b1", "d1", "s1"}


def test_a_membership_is_known_by_somebodys_word_or_by_a_visit(channel):
    made = factories.account(channel=channel)
    refused(lambda: Membership.objects.filter(account=made).update(known_at=None))
    visit = {"known_at": None, "first_visited_at": factories.NOW, "last_visited_at": factories.NOW}
    assert Membership.objects.filter(account=made).update(**visit) == 1


def test_what_facts_refer_to_is_never_deleted(tree, channel):
    made = factories.account(channel=channel)
    Membership.objects.all().delete()
    refused(lambda: Account.objects.filter(pk=made.pk)._raw_delete("default"))
    refused(lambda: Channel.objects.filter(pk=factories.channel(organization=tree["b2"]).pk).delete())
    refused(lambda: Organization.objects.filter(code="s4").delete())
