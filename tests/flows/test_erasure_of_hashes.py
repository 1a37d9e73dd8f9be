"""Forgetting a person whose telephone is also known by the hash that a platform makes of it."""

import hashlib

import pytest
from django.urls import reverse

from identity.actions import oneid, recipes, seeds, verdicts
from identity.models import Binding, HashedForm, HashRecipe, Identifier, IntakeRecord, QuarantineItem
from identity.queries import unhashing
from members.actions import copies, erasure
from members.models import Account, Member
from tests import factories
from tests.flows import erased
from tests.identity import company, snapshots
from tests.identity.company import NOW, accept, account, order
from tests.identity.oneids import people

pytestmark = pytest.mark.django_db
PHONE = "13911223344"
MD5 = hashlib.md5(PHONE.encode(), usedforsecurity=False).hexdigest()
HASHED = {"kind": "phone_hash", "namespace": "jd", "value": MD5}
PLAIN, JD = account("his-app-account", phone=PHONE), account("his-jd-account", on=2, identifiers=[HASHED])
RECEIVER = [{"kind": "phone", "value": PHONE, "role": "receiver"}]
GIFT = order("o-gift", "app-user-other", on=9, receiver={"phone": PHONE}, identifiers=RECEIVER)
OTHER = account("app-user-other", phone="13700001111", on=1)
WORDS = [PHONE, MD5, "his-app-account", "his-jd-account"]


@pytest.fixture(autouse=True)
def _company():
    company.build()
    seeds.kinds()


def recipe(name="JD", **fields) -> HashRecipe:
    told = {
        "name": name, "plain_kind_id": "phone", "hashed_kind_id": "phone_hash", "namespace": "jd",
        "algorithm": "md5", "form": "national",
    }  # fmt: skip
    return HashRecipe.objects.create(**told | fields)


def forget(external_id):
    asked = erasure.request(
        member=Account.objects.get(external_id=external_id).member, reason="case 17", now=NOW, door="command"
    )
    return erasure.carry_out(erasure=asked, now=NOW)


@pytest.mark.requirement("PLT-009")
@pytest.mark.parametrize("known", [[PLAIN, JD], [PLAIN], [JD]], ids=["both", "plain", "hash"])
def test_neither_the_number_nor_its_hash_is_left_nor_made_again(known):
    """Known by the number, by its hash or by both; the number stands on a present of somebody else."""
    made = recipe()
    accept(*known, OTHER, GIFT)
    recipes.apply(now=NOW)
    forget(known[0]["external_id"])
    assert erased.everywhere(WORDS) == []
    assert not HashedForm.objects.filter(plain__value__startswith="erased").exists()

    before, identifiers = snapshots.take(), set(Identifier.objects.values_list("value", flat=True))
    replayed = accept(*known, OTHER, GIFT)
    assert {each.verdict for each in replayed[: len(known)]} == {"erased"}
    recipe("digits", form="digits", algorithm="sha1")
    assert recipes.apply(now=NOW).made == 1  # that of the other one
    HashRecipe.objects.update(active=False)
    recipes.apply(now=NOW)
    HashRecipe.objects.filter(pk=made.pk).update(active=True)
    recipes.apply(now=NOW)

    assert erased.everywhere(WORDS) == []
    assert snapshots.take() == before
    assert set(Identifier.objects.values_list("value", flat=True)) == identifiers
    assert people() == [["app-user-other"]]
    assert not oneid.rebuild(now=NOW)


def test_a_number_of_which_only_the_hash_is_his_leaves_the_presents_of_others():
    recipe()
    recipes.apply(now=NOW)
    accept(JD, OTHER, GIFT)
    forget("his-jd-account")
    assert IntakeRecord.objects.get(key="o-gift").raw["receiver"] == {}
    assert not Binding.objects.filter(role="receiver").exists()


PARCEL = order(
    "o-parcel",
    "app-user-other",
    on=9,
    receiver={"phone": "139-1122-3344", "name": "X"},
    delivered_to=int(PHONE),
)
ASIDE = order("o-aside", "app-user-other", on=9, organization="nowhere", receiver={"phone": PHONE})


@pytest.mark.requirement("PLT-009")
def test_a_number_that_only_records_hold_is_found_by_its_hash():
    """Known by the hash alone; his number is written on the parcels of somebody else, and in no table."""
    recipe()
    recipes.apply(now=NOW)
    accept(JD, OTHER, PARCEL, ASIDE)
    assert not Identifier.objects.filter(value__contains=PHONE).exists()
    member = Account.objects.get(external_id="his-jd-account").member
    identity = copies.make(member=member, now=NOW)["rooms"]["identity"]
    assert [each["raw"]["receiver"]["phone"] for each in identity["records of others that name you"]] == [
        "139-1122-3344"
    ]
    assert [each["raw"]["receiver"]["phone"] for each in identity["records kept aside"]] == [PHONE]

    forget("his-jd-account")
    assert erased.everywhere([*WORDS, "139-1122-3344"]) == []
    assert IntakeRecord.objects.get(key="o-parcel").raw["receiver"] == {}
    assert not QuarantineItem.objects.exists()
    assert [each.verdict for each in accept(PLAIN)] == ["erased"]


def test_who_is_known_by_a_hash_alone_is_found_by_the_number(client):
    recipe()
    recipes.apply(now=NOW)
    accept(JD, OTHER)
    client.force_login(factories.staff(superuser=True))
    found = client.get(reverse("admin:members_member_changelist"), {"q": "139 1122 3344"}).context["cl"]
    assert [each.pk for each in found.result_list] == [
        Account.objects.get(external_id="his-jd-account").member_id
    ]


def test_numbers_of_records_are_read_only_for_who_is_known_by_a_hash_of_a_recipe(monkeypatch):
    recipe()
    recipes.apply(now=NOW)
    accept(PLAIN, OTHER, PARCEL)
    monkeypatch.setattr(unhashing, "TEXTS", "fault")
    forget("his-app-account")
    assert erased.everywhere(WORDS) == []


def test_a_hash_that_somebody_else_carries_too_stays_his_and_leads_to_nobody(django_user_model):
    recipe()
    accept(PLAIN, JD)
    recipes.apply(now=NOW)
    app, jd = (Account.objects.get(external_id=each["external_id"]) for each in (PLAIN, JD))
    steward = django_user_model.objects.create_user("steward")
    verdicts.not_same(left=[app.pk], right=[jd.pk], by=steward, now=NOW)
    forget("his-app-account")
    assert not HashedForm.objects.exists()
    assert Binding.objects.get().identifier.value == MD5
    assert Member.objects.active().get() == Account.objects.get(external_id="his-jd-account").member
    assert recipes.apply(now=NOW) == recipes.Applied()


def test_a_family_keeps_its_number_and_its_hash():
    recipe()
    recipes.apply(now=NOW)
    wife = account("her-account", channel="mall", phone=PHONE, profile={"name": "B Wife"})
    accept(PLAIN | {"profile": {"name": "A Husband"}}, wife)
    assert people() == [["her-account"], ["his-app-account"]]
    forget("his-app-account")
    assert HashedForm.objects.get().hashed.value == MD5
    assert set(Binding.objects.values_list("account__external_id", "identifier__value")) == {
        ("her-account", f"+86{PHONE}"),
        ("her-account", MD5),
    }
