"""Two connections at once: whoever comes second sees what the first wrote, and nobody is lost or doubled."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from identity.actions import oneid
from members.models import Member
from tests.identity import oneids
from tests.identity.oneids import DAY, NOW, account, bind, people, resolve

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, MAIL = "phone:+8613800138000", "email:a@x.com"


def at_once(*works) -> None:
    """Run each in a transaction of its own connection; a deadlock's victim tries again, as intake does."""
    start = threading.Barrier(len(works))

    def run(work):
        start.wait()
        try:
            for attempt in range(6):
                try:
                    with transaction.atomic():
                        return work()
                except OperationalError:
                    if attempt == 5:
                        raise
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(run, works))


def all_is_well() -> bool:
    active = set(Member.objects.active().values_list("pk", flat=True))
    held = set(Member.objects.filter(accounts__isnull=False).values_list("pk", flat=True))
    return active == held and not oneid.rebuild(now=NOW, dry_run=True)


def test_two_accounts_with_one_new_phone_at_once():
    mall = oneids.house(mall={})["mall"]
    for n in range(5):
        bind(account(mall, f"old{n}"), f"{PHONE}{n}")

        def arrive(name, n=n):
            resolve(account(mall, f"{name}{n}", f"{PHONE}{n}", at=NOW + DAY))

        at_once(lambda: arrive("a"), lambda: arrive("b"))
        assert [f"a{n}", f"b{n}", f"old{n}"] in people()
    assert all_is_well()


def test_two_bridges_over_one_component_at_once():
    """Each joins the middle person to another one; together they make one of three."""
    mall = oneids.house(mall={})["mall"]
    left, middle, right = (account(mall, name, at=NOW) for name in ("left", "middle", "right"))
    bind(middle, PHONE)
    bind(middle, MAIL)
    resolve(left, middle, right)

    def bridge(person, told):
        bind(person, told, at=NOW + DAY)
        resolve(person)

    at_once(lambda: bridge(left, PHONE), lambda: bridge(right, MAIL))
    assert people() == [["left", "middle", "right"]]
    assert all_is_well()


def test_the_last_free_place_of_a_phone_is_taken_twice():
    """Eleven carriers are one person, thirteen are nobody: neither sees the other's, both together cross the cap."""
    mall = oneids.house(mall={})["mall"]
    resolve(*[account(mall, f"a{n:02}", PHONE) for n in range(11)])

    def arrive(name):
        resolve(account(mall, name, PHONE, at=NOW + DAY))

    at_once(lambda: arrive("x"), lambda: arrive("y"))
    assert len(people()) == 13
    assert all_is_well()


def test_a_rebuild_and_an_arrival_at_once():
    mall = oneids.house(mall={})["mall"]
    for n in range(20):
        account(mall, f"a{n:02}", f"{PHONE}{n % 5}", at=NOW + DAY * n)
    at_once(
        lambda: oneid.rebuild(now=NOW),
        lambda: resolve(account(mall, "z", f"{PHONE}0", at=NOW + DAY * 30)),
    )
    assert len(people()) == 5
    assert all_is_well()


def test_what_is_not_committed_never_happened():
    mall = oneids.house(mall={})["mall"]
    a, b = account(mall, "a", at=NOW), account(mall, "b", at=NOW + DAY)

    class Killed(Exception):
        pass

    @transaction.atomic
    def interrupted():
        bind(a, PHONE)
        bind(b, PHONE)
        resolve(a, b)
        raise Killed

    with pytest.raises(Killed):
        interrupted()
    assert people() == [["a"], ["b"]]
    assert all_is_well()
