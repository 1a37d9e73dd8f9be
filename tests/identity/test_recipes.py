"""A plain phone and its platform hash are one person's while the platform's recipe is applied."""

import hashlib
import itertools
import random

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity.actions import bindings, oneid, recipes, seeds, verdicts
from identity.models import Binding, HashedForm, HashRecipe, Identifier, IdentifierKind, ReviewCase
from identity.queries import links
from members.models import Account
from tests.identity import company, snapshots
from tests.identity.company import NOW, accept, account, order
from tests.identity.oneids import people

pytestmark = pytest.mark.django_db
PHONE = "138 0013 8001"
SALT = "pinch"
JD_HASH = hashlib.md5(b"13800138001pinch", usedforsecurity=False).hexdigest()
HASHED = {"kind": "phone_hash", "namespace": "jd", "value": JD_HASH.upper()}


@pytest.fixture(autouse=True)
def _company(request, monkeypatch):
    monkeypatch.setenv("HASH_JD_SALT", SALT)
    if request.cls is None:
        company.build()
        seeds.kinds()


def recipe(**fields) -> HashRecipe:
    told = {
        "name": "JD", "plain_kind_id": "phone", "hashed_kind_id": "phone_hash", "namespace": "jd",
        "algorithm": "md5", "form": "national", "secret_name": "HASH_JD_SALT",
    }  # fmt: skip
    return HashRecipe.objects.create(**told | fields)


def apply() -> recipes.Applied:
    return recipes.apply(now=NOW)


def steady() -> bool:
    again = apply()
    unchanged = not (again.made or again.forgotten or again.derived or again.taken_back)
    return unchanged and not oneid.rebuild(now=NOW, dry_run=True) and not oneid.rebuild(now=NOW)


PLAIN, HASH = account("plain", on=1, phone=PHONE), account("jd", on=2, identifiers=[HASHED])


@pytest.mark.requirement("IDN-061")
@pytest.mark.parametrize("steps", list(itertools.permutations(["plain", "hash", "recipe"])))
def test_a_plain_phone_and_its_platform_hash_link_when_the_recipe_is_configured(steps):
    for step in steps:
        if step == "recipe":
            recipe()
            apply()
        else:
            accept(PLAIN if step == "plain" else HASH)
    assert people() == [["jd", "plain"]]
    assert steady()


@pytest.mark.requirement("IDN-061")
def test_without_a_recipe_they_stay_apart():
    accept(PLAIN, HASH)
    assert people() == [["jd"], ["plain"]]
    assert apply() == recipes.Applied()


def test_what_a_recipe_derived_is_marked_and_taken_back_when_it_is_switched_off():
    accept(PLAIN, HASH)
    before = snapshots.take()
    made = recipe()
    apply()
    derived = Binding.objects.get(source__isnull=False)
    assert (derived.source.account.external_id, derived.identifier.value) == ("plain", JD_HASH)
    assert [row.kind_id for row in links.identifiers(member=derived.account.member)] == [
        "phone",
        "phone_hash",
    ]
    HashRecipe.objects.filter(pk=made.pk).update(active=False)
    done = apply()
    assert (done.forgotten, done.taken_back, done.moved) == (1, 1, 1)
    assert people() == [["jd"], ["plain"]]
    assert snapshots.take() == before
    assert not HashedForm.objects.exists()
    assert steady()


def oneids() -> dict[str, str]:
    return dict(Account.objects.values_list("external_id", "member__oneid"))


def test_switched_off_and_on_again_it_gives_the_same_people_and_leaves_nothing_meanwhile():
    accept(PLAIN, account("another", phone="139 0013 9003"))
    identifiers = set(Identifier.objects.values_list("kind", "value"))
    made = recipe()
    apply()
    assert Identifier.objects.filter(kind="phone_hash").count() == 2
    accept(HASH)
    together = oneids()
    assert together["plain"] == together["jd"]
    HashRecipe.objects.filter(pk=made.pk).update(active=False)
    done = apply()
    assert (done.forgotten, done.taken_back, done.dropped) == (2, 2, 1)
    assert set(Identifier.objects.values_list("kind", "value")) == identifiers | {("phone_hash", JD_HASH)}
    assert steady()
    HashRecipe.objects.filter(pk=made.pk).update(active=True)
    apply()
    assert oneids() == together
    assert steady()


def test_a_hash_of_which_a_steward_spoke_is_kept(django_user_model):
    accept(PLAIN)
    made = recipe()
    apply()
    hashed_one = Identifier.objects.get(kind="phone_hash")
    verdicts.shared(identifier=hashed_one, by=django_user_model.objects.create_user("steward"), now=NOW)
    HashRecipe.objects.filter(pk=made.pk).update(active=False)
    assert apply().dropped == 0
    assert Identifier.objects.filter(pk=hashed_one.pk).exists()


def test_a_changed_recipe_makes_other_hashes():
    accept(PLAIN, HASH)
    made = recipe(algorithm="sha1")
    assert apply().moved == 0
    HashRecipe.objects.filter(pk=made.pk).update(algorithm="md5")
    assert apply().moved == 1
    assert people() == [["jd", "plain"]]
    assert Binding.objects.filter(source__isnull=False).count() == 1


def test_a_changed_salt_makes_other_hashes(monkeypatch):
    accept(PLAIN, HASH)
    recipe()
    apply()
    monkeypatch.setenv("HASH_JD_SALT", "another")
    accept(account("later", phone="139 0013 9003"))
    assert HashedForm.objects.count() == 1
    assert apply().moved == 1
    assert HashedForm.objects.count() == 2
    assert people() == [["jd"], ["later"], ["plain"]]


def test_a_recipe_whose_salt_is_missing_says_so_and_does_nothing(monkeypatch, capsys):
    monkeypatch.delenv("HASH_JD_SALT")
    accept(PLAIN, HASH)
    recipe()
    call_command("apply_recipes")
    told = capsys.readouterr()
    assert "The setting HASH_JD_SALT is missing in the environment" in told.err
    assert "0 hashed forms made" in told.out
    assert people() == [["jd"], ["plain"]]


def test_what_arrives_while_the_salt_is_missing_is_made_up_for(monkeypatch):
    recipe()
    apply()
    monkeypatch.delenv("HASH_JD_SALT")
    accept(PLAIN, HASH)
    assert people() == [["jd"], ["plain"]]
    monkeypatch.setenv("HASH_JD_SALT", SALT)
    assert apply().made == 1
    assert people() == [["jd", "plain"]]
    assert steady()


def test_the_secret_is_kept_nowhere():
    accept(PLAIN)
    made = recipe()
    apply()
    made.refresh_from_db()
    assert made.applied
    assert SALT not in "".join(str(value) for value in HashRecipe.objects.values().get().values())


@pytest.mark.parametrize(
    "fields", [{"secret_name": "SECRET_KEY"}, {"secret_name": "", "algorithm": "hmac-sha256"}, {"hashed_kind_id": "phone"}]
)  # fmt: skip
def test_the_database_refuses_a_recipe_that_cannot_be_meant(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        recipe(**fields)


def test_what_is_said_of_a_phone_is_said_of_its_hash(django_user_model):
    steward = django_user_model.objects.create_user("steward")
    recipe()
    apply()
    accept(PLAIN, HASH, account("jd-2", on=3, identifiers=[HASHED]))
    assert len(people()) == 1
    phone = Identifier.objects.get(kind="phone")
    said = verdicts.shared(identifier=phone, by=steward, now=NOW)
    assert people() == [["jd"], ["jd-2"], ["plain"]]
    assert set(Identifier.objects.values_list("shared", flat=True)) == {"verdict"}
    assert not oneid.rebuild(now=NOW)
    verdicts.withdraw(verdict=said, by=steward, now=NOW)
    plain = Account.objects.get(external_id="plain")
    verdicts.not_his(identifier=phone, accounts=[plain.pk], by=steward, now=NOW)
    assert people() == [["jd", "jd-2"], ["plain"]]
    assert not oneid.rebuild(now=NOW)


def test_contacts_of_orders_have_hashes_too_and_lose_them_with_the_order():
    recipe()
    apply()
    accept(account("jd", on=1, identifiers=[HASHED]), account("buyer", on=1))
    named = {"identifiers": [{"kind": "phone", "value": PHONE}]}
    accept(*[order(f"o{n}", "buyer", **named) for n in range(2)])
    assert people() == [["buyer", "jd"]]
    accept(order("o1", "buyer", updated_at=company.day(9), identifiers=[]))
    assert people() == [["buyer"], ["jd"]]
    accept(order("o0", "buyer", updated_at=company.day(9), identifiers=[]))
    assert not Binding.objects.filter(account__external_id="buyer").exists()
    assert steady()


def test_a_derived_binding_goes_with_its_source():
    recipe()
    apply()
    accept(PLAIN)
    Binding.objects.filter(source=None)._raw_delete("default")
    assert not Binding.objects.exists()


def test_recounting_orders_leaves_what_is_derived():
    """The hash itself is also named on an order of the account, and taken off it again."""
    recipe()
    apply()
    accept(PLAIN, HASH, order("o1", "plain", identifiers=[HASHED | {"role": "buyer"}]))
    accept(order("o1", "plain", updated_at=company.day(9), identifiers=[]))
    assert people() == [["jd", "plain"]]
    assert steady()


def test_arrivals_without_recipes_ask_for_them_and_no_more(django_assert_max_num_queries):
    accept(PLAIN)
    row = Binding.objects.values_list("account", "identifier", "role", "first_at", "last_at", "act").get()
    with django_assert_max_num_queries(1):
        bindings.hold(rows=[row])


VALUES = ["+8613800138001", "+8613800138002"]
hashes = [hashlib.md5(f"{each[3:]}{SALT}".encode(), usedforsecurity=False).hexdigest() for each in VALUES]
carried = st.one_of(
    st.builds(lambda value: {"kind": "phone", "value": value}, st.sampled_from(VALUES)),
    st.builds(lambda value: HASHED | {"value": value}, st.sampled_from(hashes)),
)
facts = st.one_of(
    st.builds(lambda who, on, told: account(who, on=on, identifiers=told), st.sampled_from("abcde"), st.integers(0, 9), st.lists(carried, max_size=2)),
    st.builds(lambda number, who, on, told: order(f"o{number}", who, on=on, identifiers=told), st.integers(0, 3), st.sampled_from("abcde"), st.integers(0, 9), st.lists(carried, max_size=2)),
)  # fmt: skip


class Histories(TestCase):
    @settings(max_examples=20, deadline=None)
    @given(st.lists(facts, min_size=2, max_size=10), st.integers(0, 10**6), st.integers(0, 10))
    def test_the_moment_of_the_recipe_does_not_matter(self, records, seed, moment):
        """Records in any order and portions, the recipe applied between any two: the people of a rebuild, and those
        that everything at once makes."""
        company.build()
        seeds.kinds()
        IdentifierKind.objects.filter(code__in=["phone", "phone_hash"]).update(max_accounts=3)
        shuffled = random.Random(seed).sample(records, len(records))
        for record in shuffled[:moment]:
            accept(record)
        recipe()
        apply()
        for record in shuffled[moment:]:
            accept(record)
        assert not oneid.rebuild(now=NOW)
        step_by_step, derived = people(), Binding.objects.filter(source__isnull=False).count()
        HashRecipe.objects.update(active=False)
        apply()
        assert not Binding.objects.filter(source__isnull=False).exists()
        HashRecipe.objects.update(active=True)
        apply()
        assert (people(), Binding.objects.filter(source__isnull=False).count()) == (step_by_step, derived)
        assert not ReviewCase.objects.filter(sort="shared").exists()
