"""What goes wrong in a real house: bad identifiers of any size, killed processes, several at work at once."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from identity.actions import intake, oneid, verdicts
from identity.models import Binding, Identifier, LineageEntry, QuarantineItem, ReviewCase
from members.models import Account, Member
from tests import speed
from tests.brakes import Brake
from tests.campaigns import crowd
from tests.identity import company, masses
from tests.identity.company import accept
from tests.identity.oneids import DAY, NOW, account, bind, people, resolve
from tests.identity.test_oneid_races import all_is_well, at_once

PHONE, MAIL = "phone:+8613800138000", "email:a@x.com"
MASS = int(os.environ.get("NINEFOLD_MASS", "5000"))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["phone", "device"])
def test_a_million_accounts_on_one_identifier_cost_an_arrival_nothing(mall, kind):
    """A million with NINEFOLD_MASS=1000000. Each has a phone of its own as well."""
    masses.people(channel=mall, count=MASS)
    masses.phones(count=MASS, size=1)
    bad = masses.carry(kind=kind, value="+8613800138000")
    oneid.rebuild(now=NOW)
    assert Identifier.objects.get(pk=bad.pk).shared == "accounts"
    assert Member.objects.active().count() == MASS
    assert ReviewCase.objects.filter(sort="shared").count() == (kind == "device")
    arrivals = [account(mall, f"late{n}", f"{kind}:+8613800138000", MAIL, at=NOW) for n in range(12)]
    assert min([speed.of(lambda one=one: resolve(one)) for one in arrivals]) < 0.5
    assert Member.objects.active().count() == MASS + 1
    assert Account.objects.filter(member=arrivals[0].minted).count() == 12


HIDDEN = (
    "\u200b \u200c \u200d \u200e \u200f \u202e \u2060 \ufeff \xad \u034f \u061c \u3164 \ufe0f \u2063 \U000e0041 \x00 \n"
).split(" ")


@pytest.mark.django_db
@pytest.mark.parametrize("mark", HIDDEN, ids=[f"U+{ord(mark):04X}" for mark in HIDDEN])
@pytest.mark.parametrize("kind", ["phone", "email", "unionid", "device", "phone_hash"])
def test_an_identifier_with_hidden_marks_is_left_out_and_listed(kind, mark):
    company.build()
    value = {"phone": "13800138001", "email": "a@x.com"}.get(kind, "abc123")
    hidden = value[:3] + mark + value[3:]
    plain, odd = (
        company.account(name, identifiers=[{"kind": kind, "value": told}])
        for name, told in (("plain", value), ("odd", hidden))
    )
    assert company.verdicts_of(plain, odd) == ["accepted", "accepted"]
    assert people() == [["odd"], ["plain"]]
    assert Identifier.objects.count() == 1
    assert QuarantineItem.objects.get().code == "identifier.hostile"


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["value", "namespace"])
@pytest.mark.parametrize("kind", ["phone", "email", "unionid", "phone_hash"])
def test_an_identifier_of_ten_kilobytes_never_reaches_the_graph(kind, place):
    company.build()
    given = {"kind": kind, "value": "a1", "namespace": "x"} | {place: "9" * 10_240}
    assert company.verdicts_of(company.account("a", identifiers=[given])) == ["accepted"]
    longest = Identifier.objects.values_list("value", "namespace")
    assert all(len(value) <= 200 and len(namespace) <= 100 for value, namespace in longest)
    accept(company.account("b", identifiers=[given]))
    assert not oneid.rebuild(now=NOW)


def rebuilding() -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "rebuild_oneid"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": crowd._database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["reading", "parting", "writing"])
def test_killed_in_mid_partition_nothing_has_happened_and_the_next_one_does_it_all(mall, step):
    masses.people(channel=mall, count=4_000)
    masses.phones(count=4_000, size=2)
    with Brake(LineageEntry._meta.db_table):
        process = rebuilding()
        said = next((line for line in process.stderr if line.startswith(step)), "")
        process.kill()
        process.wait()
    process.stderr.close()
    assert said
    assert not LineageEntry.objects.exists()
    assert Member.objects.active().count() == 4_000
    resolve(account(mall, "late", "phone:+8613900000001"))
    call_command("rebuild_oneid", verbosity=0)
    assert Member.objects.active().count() == 2_001
    assert all_is_well()


@pytest.mark.django_db(transaction=True)
def test_two_merges_of_the_same_people_at_once(mall):
    steward = User.objects.create_user("steward")
    for n in range(5):
        a, b, c = (account(mall, f"{name}{n}") for name in "abc")

        def merge(left, right):
            verdicts.same(left=[left.pk], right=[right.pk], by=steward, now=NOW)

        at_once(lambda a=a, b=b: merge(a, b), lambda a=a, b=b: merge(b, a), lambda b=b, c=c: merge(b, c))
        assert [f"a{n}", f"b{n}", f"c{n}"] in people()
    assert all_is_well()


@pytest.mark.django_db(transaction=True)
def test_a_verdict_while_a_batch_runs():
    """A batch binds both people's accounts to one phone while a steward says that they are two."""
    company.build()
    steward = User.objects.create_user("steward")
    for n in range(4):
        phone = f"1380013800{n}"
        accept(*[company.account(f"{name}{n}") for name in "ab"])
        a, b = (Account.objects.get(external_id=f"{name}{n}") for name in "ab")
        batch = [company.account(f"{name}{n}", on=2, phone=phone) for name in "abcdefgh"]

        def arrive(batch=batch):
            intake.accept(records=batch, source="test", now=NOW)

        def part(a=a, b=b):
            verdicts.not_same(left=[a.pk], right=[b.pk], by=steward, now=NOW)

        at_once(arrive, part)
        a.refresh_from_db()
        b.refresh_from_db()
        assert a.member_id != b.member_id
        together = Account.objects.filter(external_id__endswith=str(n), member__in=[a.member, b.member])
        assert together.count() == 8
    assert all_is_well()


@pytest.mark.django_db(transaction=True)
def test_a_verdict_while_everything_is_rebuilt(mall):
    steward = User.objects.create_user("steward")
    a, b = account(mall, "a", PHONE), account(mall, "b", PHONE, at=NOW + DAY)
    for n in range(40):
        bind(account(mall, f"x{n}"), f"email:{n // 2}@x.com")
    at_once(
        lambda: oneid.rebuild(now=NOW),
        lambda: verdicts.not_same(left=[a.pk], right=[b.pk], by=steward, now=NOW),
    )
    assert ["a"] in people()
    assert all_is_well()


@pytest.mark.django_db(transaction=True)
def test_a_recipe_put_in_force_while_records_arrive(monkeypatch):
    """Whoever comes second sees what the first wrote: the plain phone and its hash end as one person."""
    from identity.actions import recipes, seeds
    from tests.identity.test_recipes import HASH, PLAIN, SALT, recipe

    monkeypatch.setenv("HASH_JD_SALT", SALT)
    company.build()
    seeds.kinds()
    recipe()

    def arrive(record):
        intake.accept(records=[record], source="test", now=NOW)

    at_once(lambda: recipes.apply(now=NOW), lambda: arrive(PLAIN), lambda: arrive(HASH))
    assert people() == [["jd", "plain"]]
    assert Binding.objects.filter(source__isnull=False).count() == 1
    assert all_is_well()
    connection.close()
