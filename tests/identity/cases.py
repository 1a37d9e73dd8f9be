"""Cases for the review queue: real ones, made by records that come in, and candidates as a search would open them."""

import itertools

from identity.models import ReviewCase
from members.models import Account
from tests.identity import company
from tests.identity.company import NOW

_numbers = itertools.count(1)
PHONES = (f"1390013{number:04}" for number in itertools.count(1))
FIELDS = (
    {"field": "name", "left": "王小明", "right": "王小明", "level": "exact", "weight": 7.9},
    {"field": "address", "left": "香港中路1号", "right": "香港中路1号", "level": "exact", "weight": 9.4},
    {"field": "phone", "left": "+8613800138001", "right": "+8613900139002", "level": "else", "weight": -3.1},
    {"field": "birth_date", "left": None, "right": "1984-05-06", "level": "null", "weight": 0.0},
)


def person(external_id: str, *, channel="app", phone=None, sent=None, **profile) -> Account:
    """An account that came in as a record, with a profile; `sent` is what else the record says."""
    profile = {key: value for key, value in {"name": "王小明", **profile}.items() if value}
    record = company.account(external_id, channel=channel, phone=phone or next(PHONES), profile=profile)
    assert [verdict.verdict for verdict in company.accept(record | (sent or {}))] == ["accepted"]
    return Account.objects.get(external_id=external_id, channel__code=channel)


def candidate(*, probability=0.97, left=None, right=None, fields=FIELDS, opened_at=NOW) -> ReviewCase:
    """Two people of the same name and address with different phones, proposed at a probability."""
    number = next(_numbers)
    at_home = {"province": "Shandong", "city": "Qingdao", "address": "香港中路1号"}
    left = left or person(f"left-{number}", **at_home)
    right = right or person(f"right-{number}", channel="tmall", birth_date="1984-05-06", **at_home)
    return ReviewCase.objects.create(
        sort="candidate",
        key=f"candidate-{number}",
        reason="probable",
        left=[left.pk],
        right=[right.pk],
        probability=probability,
        pairs=1,
        evidence={"prior": -9.6, "model": "people 1", "fields": list(fields)},
        opened_at=opened_at,
    )


def refused(*, phone=None) -> ReviewCase:
    """Two people of other names and birthdays behind one phone."""
    number, phone = next(_numbers), phone or next(PHONES)
    person(f"one-{number}", phone=phone, name="王小明", birth_date="1984-05-06")
    person(f"two-{number}", phone=phone, channel="tmall", name="李冬梅", birth_date="1961-02-03")
    return ReviewCase.objects.filter(sort="refused").latest("pk")


def unnamed(*, phone: str) -> Account:
    """One more behind a phone: a birthday of his own, and no name, so that the phone is not called shared."""
    return person(
        f"unnamed-{next(_numbers)}", phone=phone, channel="mall", name=None, birth_date="1999-09-09"
    )
