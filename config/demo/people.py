"""The people of the sample: who they are, since when they buy, and how much they like what."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from config.demo import company, names

HISTORY_DAYS = 730
OLDEST_DAYS = 1000
FAMILY_SHARE = 0.035
RECYCLED_SHARE = 0.005
LATIN_SHARE = 0.06


@dataclass(frozen=True)
class Person:
    """`appetite` is the person's share in all orders; `left_at` is when they quietly stop buying."""

    key: str
    number: int
    name: str
    gender: str
    birth_date: date
    province: str
    city: str
    phone: str
    email: str
    device: str
    joined_at: datetime
    left_at: datetime | None
    appetite: float
    taste: float
    store: company.Organization
    latin: bool

    def brand(self, *, rng: Random) -> str:
        return company.APPLIANCES if rng.random() < self.taste else company.FOOD

    def active_until(self, *, now: datetime) -> datetime:
        return min(self.left_at or now, now)


def draw(*, rng: Random, count: int, now: datetime) -> list[Person]:
    """`count` people over the two years before `now`; some share a family phone or inherit a number."""
    found = [_person(rng=rng, number=number, now=now) for number in range(1, count + 1)]
    _move_in_together(rng=rng, people=found)
    _recycle_numbers(rng=rng, people=found, now=now)
    return found


def _person(*, rng: Random, number: int, now: datetime) -> Person:
    gender = "female" if rng.random() < 0.56 else "male"
    latin = rng.random() < LATIN_SHARE
    province, city, _share = rng.choices(names.PLACES, [place[2] for place in names.PLACES])[0]
    joined_at = _joined_at(rng=rng, now=now)
    return Person(
        key=f"p{number:05}",
        number=number,
        name=_latin_name(rng=rng, gender=gender) if latin else _chinese_name(rng=rng, gender=gender),
        gender=gender,
        birth_date=_birth_date(rng=rng, today=now.date()),
        province=province,
        city=city,
        phone=f"{rng.choice(names.MOBILE_PREFIXES)}{rng.randrange(10**8):08}",
        email=_email(rng=rng, number=number),
        device=f"dev-{rng.getrandbits(40):010x}",
        joined_at=joined_at,
        left_at=_left_at(rng=rng, joined_at=joined_at, now=now),
        appetite=rng.gammavariate(1.1, 1.0) + 0.03,
        taste=rng.betavariate(0.7, 1.1),
        store=_store_near(rng=rng, city=city),
        latin=latin,
    )


def _joined_at(*, rng: Random, now: datetime) -> datetime:
    """Many were customers before the two years begin; newcomers keep arriving until three weeks ago."""
    days = 20 + (OLDEST_DAYS - 20) * rng.betavariate(1.1, 1.0)
    return (now - timedelta(days=days)).replace(microsecond=0)


def _left_at(*, rng: Random, joined_at: datetime, now: datetime) -> datetime | None:
    if rng.random() > 0.45:
        return None
    lifetime = timedelta(days=int(30 + rng.expovariate(1 / 300)))
    return joined_at + lifetime if joined_at + lifetime < now else None


def _chinese_name(*, rng: Random, gender: str) -> str:
    given = names.GIVEN_FEMALE if gender == "female" else names.GIVEN_MALE
    surname = names.SURNAMES[int(len(names.SURNAMES) * rng.random() ** 2)]
    return surname + "".join(rng.choice(given) for _ in range(1 if rng.random() < 0.25 else 2))


def _latin_name(*, rng: Random, gender: str) -> str:
    given = names.LATIN_FEMALE if gender == "female" else names.LATIN_MALE
    return f"{rng.choice(given)} {rng.choice(names.LATIN_SURNAMES)}"


def _birth_date(*, rng: Random, today: date) -> date:
    age = 18 + int(58 * rng.betavariate(2.0, 2.8))
    return today - timedelta(days=age * 365 + rng.randrange(365))


def _email(*, rng: Random, number: int) -> str:
    word = "".join(rng.choice("abcdefghjkmnpqrstuvwxyz") for _ in range(5))
    return f"{word}{number}@{rng.choice(names.MAIL_HOSTS)}"


def _store_near(*, rng: Random, city: str) -> company.Organization:
    near = [store for store in company.STORES if store.city == city]
    return near[0] if near and rng.random() < 0.9 else rng.choice(company.STORES)


def _move_in_together(*, rng: Random, people: list[Person]) -> None:
    """Couples and parents: another person, another name, the same phone and city."""
    for index in range(1, len(people)):
        if rng.random() < FAMILY_SHARE:
            first = people[index - 1]
            people[index] = replace(
                people[index], phone=first.phone, province=first.province, city=first.city
            )


def _recycle_numbers(*, rng: Random, people: list[Person], now: datetime) -> None:
    """An operator hands the number of one who left to a newcomer."""
    gone = [person for person in people if person.left_at and (now - person.left_at).days > 200]
    fresh = [index for index, person in enumerate(people) if (now - person.joined_at).days < 180]
    for old, index in zip(
        gone, rng.sample(fresh, min(len(fresh), int(len(people) * RECYCLED_SHARE))), strict=False
    ):
        people[index] = replace(people[index], phone=old.phone)
